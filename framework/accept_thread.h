// The thread that accepts a server's connections, gives them to its loops in turn, and ends those loops.
//
// Threads:   made, launched and destroyed by the server's starter. It has a base of its own and is not pinned: it
//            sleeps while nobody connects.
// Ownership: owns its base, the listening sockets, and the loops; they outlive its thread.
// Errors:    a socket that no loop takes is closed and counted.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pinwheel/framework/declared_listener.h"
#include "pinwheel/framework/loop_shutdown.h"
#include "pinwheel/framework/loop_thread.h"
#include "pinwheel/framework/server_counters.h"
#include "pinwheel/net/acceptor.h"
#include "pinwheel/net/address.h"
#include "pinwheel/net/connection_router.h"
#include "pinwheel/net/loop_counter.h"
#include "pinwheel/net/socket.h"
#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

class accept_thread {
 public:
  static absl::StatusOr<std::unique_ptr<accept_thread>> create(const event_base_options& options, loop_threads loops);
  ~accept_thread();  // Stops the loops and joins, if it was launched.
  accept_thread(const accept_thread&) = delete;
  accept_thread& operator=(const accept_thread&) = delete;

  // --- before launch() ---

  // Accepts from `socket` once launched. `what` outlives this.
  absl::Status add(socket_descriptor socket, const declared_listener& what);
  // The first of these signals drains, with this deadline; the next stops.
  absl::Status end_on_signals(duration drain_deadline);
  // Starts the loops' threads, then its own.
  absl::Status launch();

  // --- any thread ---

  void drain(duration deadline);
  void stop();
  void wait() const { has_ended_.wait(false); }
  [[nodiscard]] bool has_ended() const noexcept { return has_ended_.load(); }

  // Whether the server ended because a loop did, unasked.
  [[nodiscard]] bool has_failed() const noexcept { return has_failed_.load(); }
  [[nodiscard]] const loop_threads& loops() const noexcept { return loops_; }
  // Finds them by the ids of their connections.
  [[nodiscard]] const connection_router& router() const noexcept { return router_; }
  [[nodiscard]] accept_counters counters() const;

 private:
  accept_thread(std::unique_ptr<event_base> base, loop_threads loops);

  absl::Status launch_loops();
  void run();
  void hand_over(socket_descriptor socket, const declared_listener& from);
  void heard_signal(duration drain_deadline);
  void begin_drain(duration deadline);
  void one_acceptor_drained();
  void begin_stop();
  void one_loop_ended(std::size_t index);

  const loop_threads loops_;
  const connection_router router_;
  std::unique_ptr<event_base> base_;
  std::vector<std::unique_ptr<acceptor>> acceptors_;
  std::vector<std::unique_ptr<event>> signals_;
  loop_shutdown shutdown_;
  std::size_t next_loop_ = 0;
  std::size_t acceptors_drained_ = 0;
  bool is_draining_ = false;
  bool was_signalled_ = false;
  loop_counter dropped_;  // Accepted, but their loop's mailbox was full.
  std::atomic<bool> stop_asked_{false};
  std::atomic<bool> has_failed_{false};
  std::atomic<bool> has_ended_{false};
  std::thread thread_;
};

}  // namespace v0
}  // namespace pinwheel
