// Which of its server's loops this thread runs: a thread-local that lasts as long as a scope, so that one thread may
// step several loops.
#pragma once

#include <cstddef>

namespace pinwheel {
inline namespace v0 {

// One loop among those of one server.
struct server_loop_place {
  const void* server = nullptr;  // Tells the servers of a process apart.
  std::size_t index = 0;
};

class current_server_loop {
 public:
  class scope {
   public:
    explicit scope(server_loop_place here) noexcept : before_(place_) { place_ = here; }
    ~scope() { place_ = before_; }
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;

   private:
    server_loop_place before_;
  };

  // Of no server outside of every scope.
  [[nodiscard]] static server_loop_place get() noexcept { return place_; }

 private:
  static inline thread_local constinit server_loop_place place_{};
};

}  // namespace v0
}  // namespace pinwheel
