// A server of several loops and its clients in one thread: a network in memory, a virtual clock, and one seed that
// chooses which loop runs next and what goes wrong. The same seed gives the same run, to the byte.
//
//   pinwheel::testing::simulation world({.seed = 7, .loops = 3, .faults = {.short_read = 0.1, .reset = 0.001}});
//   world.listen("10.0.0.1:7000", pinwheel::make_handler<my_handler>);
//   auto& client = world.connect("10.0.0.1:7000");
//   client.send("question\n");
//   world.run_until_idle();
//   EXPECT_EQ(client.received(), "answer\n");
//
// Handlers run unchanged: they see the connections, loops, timers and core_local of a server. Of every connection the
// test can script its end of it (see simulated_client), and network() scripts faults.
//
// Threads:   one; several simulations may live on it.
// Ownership: owns everything, clients included; ends all connections with close_reason::stopped when it dies.
// Errors:    an address that cannot be listened on, and a run that comes to no rest within steps_max, abort with a
//            message: they are mistakes of the test.
// Limits:    simulation_options.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "pinwheel/framework/listen_options.h"
#include "pinwheel/framework/testing/simulated_client.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/net/connection_id.h"
#include "pinwheel/net/connection_router.h"
#include "pinwheel/net/connection_work.h"
#include "pinwheel/net/handler_factory.h"
#include "pinwheel/net/simulation/network.h"
#include "pinwheel/net/streams.h"
#include "pinwheel/reactor/dispatch.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
namespace testing {
inline namespace v0 {

struct simulation_options {
  std::uint64_t seed = 1;
  std::size_t loops = 1;
  fault_probabilities faults = {};
  stream_mode streams = stream_mode::immediate;  // Late: operations complete as those of an asynchronous kernel.
  unsigned priorities = 1;                       // Of each loop, as server_options.
  dispatch_options dispatch = {.policy = dispatch_policy::aged};
  wire_options wire = {};
  std::uint64_t steps_max = 10'000'000;  // Of one run_until_idle() or run_for().
};

class simulation {
 public:
  explicit simulation(const simulation_options& options = {});
  ~simulation();
  simulation(const simulation&) = delete;
  simulation& operator=(const simulation&) = delete;

  // Serves what connects there, on the loops in turn; answers where, with the port that was chosen for port 0.
  address listen(std::string_view where, handler_factory factory, const listen_options& options = {});

  // A client that begins to connect; it lasts as long as the simulation.
  simulated_client& connect(std::string_view to) { return connect(address_of(to)); }
  simulated_client& connect(const address& to, const address& from = {});

  // As server::send_to(); connections move to host(index).handle().
  post_result send_to(connection_id to, connection_work&& work) const { return router_.send_to(to, std::move(work)); }

  // As server::drain() and server::stop(), without a deadline and without leaving the loops.
  void drain();
  void stop();

  // Runs until nothing is under way and nothing is to be done but to wait for a timer.
  void run_until_idle();
  // Lets so much time pass, with all that happens in it.
  void run_for(duration time);
  // One turn of one loop, or one act of a client, of those that have something to do; false when there is none, and
  // only time could bring one.
  bool step();

  [[nodiscard]] std::size_t loops() const noexcept { return loops_.size(); }
  // REQUIRES: index < loops().
  [[nodiscard]] event_base& loop(std::size_t index);
  [[nodiscard]] connection_host& host(std::size_t index);
  [[nodiscard]] std::size_t connections() const;  // Whose on_close was not called, and that are not between two loops.

  [[nodiscard]] simulated_network& network() noexcept { return network_; }
  [[nodiscard]] fault_plan& faults() noexcept { return network_.faults(); }
  [[nodiscard]] virtual_clock& clock() noexcept { return clock_; }
  // For what else a test wants to be decided by the seed.
  [[nodiscard]] simulated_chance& chance() noexcept { return network_.chance(); }

  // The same for the same seed and the same test.
  [[nodiscard]] std::uint64_t trace_hash() noexcept { return network_.trace().hash(); }

 private:
  struct simulated_loop;
  struct listener;

  [[nodiscard]] static address address_of(std::string_view text);
  std::unique_ptr<simulated_loop> make_loop();
  void hand_over(socket_descriptor socket, const listener& from);
  template <class Work>
  void on_every_loop(Work work);
  void find_runnable();
  [[nodiscard]] bool is_runnable(simulated_loop& loop) const;
  void run_loop(std::size_t index);
  [[nodiscard]] std::optional<time_point> next_time() const;

  const simulation_options options_;
  virtual_clock clock_;
  simulated_network network_;
  std::vector<std::unique_ptr<simulated_loop>> loops_;
  connection_router router_;
  std::unique_ptr<simulated_loop> accepts_;  // As the server's thread that accepts.
  std::vector<std::unique_ptr<listener>> listeners_;
  std::size_t next_loop_ = 0;
  std::deque<simulated_client> clients_;
  std::vector<std::size_t> runnable_;  // Loops, then the one that accepts, then clients.
};

}  // namespace v0
}  // namespace testing
}  // namespace pinwheel
