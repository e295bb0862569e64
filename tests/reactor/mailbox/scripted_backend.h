// A kernel that a test acts through: while a loop sleeps in it, the next line of the script runs, and then the wait is
// over.
//
// Threads:   one; a line may start others and join them.
// Ownership: the base owns it; a script borrows what it captures.
// Errors:    a sleep beyond the script fails with EDEADLK instead of hanging the test.
#pragma once

#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "pinwheel/reactor/backend.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

class scripted_backend final : public backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "scripted"; }
  [[nodiscard]] backend_features features() const override { return backend_features::none; }

  io_result change(int descriptor, interest, interest) override {
    if (notifier_ < 0) notifier_ = descriptor;  // A base watches its notifier before anything else.
    return refused_with_ != 0 ? io_result::failure(refused_with_) : io_result::bytes(0);
  }
  void forget(int) override {}
  io_result reopen() override { return io_result::bytes(0); }
  // From now on change() fails with this; 0: it does not.
  void refuse_changes(int error) { refused_with_ = error; }

  io_result wait(std::optional<duration> timeout, descriptor_map&) override {
    timeouts_.push_back(timeout);
    if (timeout == duration::zero()) return io_result::bytes(0);
    if (script_.empty()) return io_result::failure(EDEADLK);
    const std::function<void()> line = std::move(script_.front());
    script_.pop_front();
    line();
    return io_result::bytes(0);
  }

  // The next sleep without a line of its own is spent with this.
  void while_asleep(std::function<void()> line) { script_.push_back(std::move(line)); }

  // What the loop asked for, wait by wait.
  [[nodiscard]] const std::vector<std::optional<duration>>& timeouts() const { return timeouts_; }

  // Reads and forgets what was written to an eventfd: the number of writes.
  [[nodiscard]] std::uint64_t take_eventfd_writes() const {
    std::uint64_t writes = 0;
    return ::read(notifier_, &writes, sizeof writes) == sizeof writes ? writes : 0;
  }
  // The same of a pipe, where each write is a byte.
  [[nodiscard]] std::uint64_t take_pipe_writes() const {
    std::array<char, 64> bytes{};
    const ssize_t writes = ::read(notifier_, bytes.data(), bytes.size());
    return writes > 0 ? static_cast<std::uint64_t>(writes) : 0;
  }

 private:
  int notifier_ = -1;
  int refused_with_ = 0;
  std::deque<std::function<void()>> script_;
  std::vector<std::optional<duration>> timeouts_;
};

struct scripted_base {
  explicit scripted_base(const event_base_options& options = {}) {
    auto owned = std::make_unique<scripted_backend>();
    kernel = owned.get();
    base = event_base::create(options, std::move(owned)).value();
  }

  event_base* operator->() const { return base.get(); }

  // One turn in which `callback` runs, so that what it posts comes from this loop.
  void run(task&& callback) const {
    static_cast<void>(base->post(std::move(callback)));
    base->loop(loop_flags::nonblock);
  }

  scripted_backend* kernel;  // Alive while the base is.
  std::unique_ptr<event_base> base;
};

}  // namespace v0
}  // namespace pinwheel
