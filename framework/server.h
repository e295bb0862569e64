// Listens on addresses, and serves what connects to them on a pool of pinned loops.
//
//   pinwheel::server server({.loops = pinwheel::one_per_cpu});
//   server.listen("0.0.0.0:7000", pinwheel::make_handler<echo>);
//   return server.run();
//
// Life: made, listen(), start() or run(); then drain() or stop(); ended. Once only.
//
// Threads:   made, started and destroyed by one thread; drain(), stop(), wait(), for_each(), send_to() and the
//            questions are for any, once start() has returned. It starts a thread for each loop, and one that accepts;
//            connections go to the loops in turn.
// Ownership: owns its threads, loops and connections; destroying it stops it.
// Errors:    start() says what went wrong and what to do about it, and leaves nothing behind then.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pinwheel/framework/listen_options.h"
#include "pinwheel/framework/loop_placement.h"
#include "pinwheel/framework/server_counters.h"
#include "pinwheel/framework/server_options.h"
#include "pinwheel/net/address.h"
#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_host_handle.h"
#include "pinwheel/net/connection_id.h"
#include "pinwheel/net/connection_work.h"
#include "pinwheel/net/handler_factory.h"
#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/event_base.h"  // What a handler's peer.loop() is.

namespace pinwheel {
inline namespace v0 {

class accept_thread;
class async_log;
class socket_descriptor;
struct declared_listener;

class server {
 public:
  explicit server(server_options options = {});
  ~server();  // Stops and waits.
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  // Declares an address, such as "127.0.0.1:8080", "[::]:0" or "unix:/run/name.sock", and what handles its connections;
  // start() binds it, and says what is wrong with it. REQUIRES: not started.
  void listen(std::string_view address, handler_factory factory, listen_options options = {});

  // Binds every address, or none, then serves. After a failure it may be called again.
  absl::Status start();

  // start(), then until SIGTERM or SIGINT, which drain; a second one stops. Answers what main() should: 0, or 1 after
  // it has said on standard error, in one line, why it could not start or had to end. SIGPIPE is ignored from then on.
  int run();

  // Takes no new connections, lets every handler finish what is open, and ends; what is still open when the deadline is
  // over is aborted. Returns at once. Of several calls the earliest deadline counts.
  void drain(duration deadline);

  // Aborts what is open, and ends. Returns at once.
  void stop();

  // Until the server has ended; at once if it never started. REQUIRES: not called on a loop of this server.
  void wait();

  // Calls `work` for every connection, each on its own loop; returns at once. The first answer that is not `taken`, if
  // any: some loop then has not heard of it. What `work` throws is logged and counted, and ends the round of its loop.
  // One that moves meanwhile may be passed over, or come twice.
  post_result for_each(std::function<void(connection&)> work);

  // Calls `work` on the loop of that connection, wherever it has moved since it had this id; with null when it turns
  // out to be gone (net/connection_work.h). `gone`: it is no connection of this server, or the server has ended;
  // `full`: too much waits for its loop; `work` is left with the caller then. What one thread sends by one id is called
  // in the order it was sent.
  post_result send_to(connection_id to, connection_work&& work) const;

  // Where connection::move_to() may go to. REQUIRES: started, and index < loops().
  [[nodiscard]] const connection_host_handle& loop(std::size_t index) const;

  // Known as soon as the server is made.
  [[nodiscard]] std::size_t loops() const noexcept { return placement_.size(); }
  // By loop; empty places are not pinned.
  [[nodiscard]] const loop_placement& loop_cpus() const noexcept { return placement_; }

  // In the order of listen(), with the ports that the kernel chose; empty before start().
  [[nodiscard]] const std::vector<address>& addresses() const noexcept { return addresses_; }
  // What the loops run on; before start(), what was asked for.
  [[nodiscard]] std::string_view backend() const;
  // All zero before start().
  [[nodiscard]] server_counters counters() const;

 private:
  absl::Status start(bool end_on_signals);
  void forget_start();
  [[nodiscard]] absl::StatusOr<std::vector<socket_descriptor>> bind_all() const;
  [[nodiscard]] absl::StatusOr<std::unique_ptr<accept_thread>> make_threads() const;
  [[nodiscard]] std::string ready_line() const;

  const server_options options_;
  absl::Status placed_;  // Why there is no placement.
  loop_placement placement_;
  std::vector<declared_listener> declared_;  // Constant once started.
  std::vector<address> addresses_;
  std::unique_ptr<async_log> log_;           // Set, with the acceptor, exactly once started.
  std::unique_ptr<accept_thread> acceptor_;  // With the loops.
};

}  // namespace v0
}  // namespace pinwheel
