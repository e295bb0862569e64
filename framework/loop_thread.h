// One of a server's loops: a base, the connections on it, and the thread that runs them.
//
// Threads:   made, launched and destroyed by the server's starter; post() and the counters are for any thread.
// Ownership: owns all three.
// Errors:    what a task or a raw event throws is logged and counted, and the loop goes on.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pinwheel/framework/current_server_loop.h"
#include "pinwheel/framework/server_counters.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/net/connection_host_handle.h"
#include "pinwheel/net/loop_counter.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

class loop_thread {
 public:
  static absl::StatusOr<std::unique_ptr<loop_thread>> create(const event_base_options& options, server_loop_place place,
                                                             std::optional<unsigned> cpu);
  ~loop_thread();  // As stop_and_join().
  loop_thread(const loop_thread&) = delete;
  loop_thread& operator=(const loop_thread&) = delete;

  // Starts the thread, on its CPU. `ended` is called on it when the loop has left for whatever reason; nothing runs
  // behind it.
  absl::Status launch(task ended);

  // Stops the loop if it has not left, and waits for its thread. At once when it never ran.
  void stop_and_join();

  // --- any thread ---

  // Gives the loop a piece of work; see event_base_handle::post.
  post_result post(task&& work) const { return base_->handle().post(std::move(work)); }

  // Connections are told to finish; the loop goes on.
  post_result post_drain();
  // Behind all that this thread posted before: connections are told to finish, and the loop leaves after the last.
  post_result post_leave();
  // Connections are aborted, and the loop leaves.
  post_result post_stop();

  // Where connections move to, and work is sent.
  [[nodiscard]] const connection_host_handle& connections() const noexcept { return connections_; }

  [[nodiscard]] loop_counters counters() const;
  [[nodiscard]] std::string_view backend_name() const { return base_->backend_name(); }

  // --- this loop's thread ---

  [[nodiscard]] connection_host& host() noexcept { return *host_; }

 private:
  loop_thread(std::unique_ptr<event_base> base, server_loop_place place, std::optional<unsigned> cpu);

  absl::Status pin();
  void run(task ended);
  void run_until_left();
  void end_connections();
  void count_exception(const char* what);
  void leave_when_empty();

  const server_loop_place place_;
  const std::optional<unsigned> cpu_;
  std::unique_ptr<event_base> base_;
  std::unique_ptr<connection_host> host_;
  const connection_host_handle connections_;
  loop_counter task_exceptions_;
  std::atomic<bool> has_left_{false};  // Nobody takes its mail any more.
  std::thread thread_;
};

using loop_threads = std::vector<std::unique_ptr<loop_thread>>;  // By index; constant while any of them runs.

}  // namespace v0
}  // namespace pinwheel
