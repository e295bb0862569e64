// One T for each loop of a server, or of a testing::simulation: state of its own, so that no loop locks, or shares a
// cache line with another.
//
//   pinwheel::server server({});
//   pinwheel::core_local<statistics> by_loop(server);
//   server.listen("0.0.0.0:7000", pinwheel::make_handler_with<counting_echo>(by_loop));
//
// Threads:   made before start(); local() on a loop of that server; at() where nobody writes, such as after wait().
// Ownership: owns its Ts; outlives the run of the server, since handlers use it until they end.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>

#include "pinwheel/framework/current_server_loop.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

// Owns loops in whose turns current_server_loop names it.
template <class T>
concept loop_owner = requires(const T& owner) {
  { owner.loops() } -> std::convertible_to<std::size_t>;
};

template <class T>
class core_local {
 public:
  // Each T is made from the same `arguments`.
  template <loop_owner Owner, class... Arguments>
  explicit core_local(const Owner& owner, const Arguments&... arguments)
      : owner_(&owner), size_(owner.loops()), slots_(std::make_unique<slot[]>(size_)) {
    for (std::size_t at = 0; at < size_; ++at) slots_[at].value.emplace(arguments...);
  }
  core_local(const core_local&) = delete;
  core_local& operator=(const core_local&) = delete;

  // REQUIRES: called on a loop of the owner.
  [[nodiscard]] T& local() {
    const server_loop_place here = current_server_loop::get();
    PINWHEEL_DCHECK(here.server == owner_, "core_local::local was called off the loops of its owner");
    return *slots_[here.index].value;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  // REQUIRES: index < size(), and no loop writes meanwhile what the caller reads.
  [[nodiscard]] T& at(std::size_t index) {
    PINWHEEL_CHECK(index < size_, "core_local has one value for each loop");
    return *slots_[index].value;
  }

 private:
  struct alignas(64) slot {
    std::optional<T> value;  // Never empty once made.
  };

  const void* owner_;
  std::size_t size_;
  std::unique_ptr<slot[]> slots_;
};

}  // namespace v0
}  // namespace pinwheel
