// The promises of connection.h, whatever is called from whichever callback: every call from every place, in pairs, and
// each pair once with time between what happens and once with everything at once.
#include <sys/socket.h>

#include <array>
#include <type_traits>

#include "support/net_connections.h"
#include "support/watched_connection.h"

namespace pinwheel::testing {
namespace {

using std::chrono::seconds;

static_assert(noexcept(std::declval<connection_handler&>().on_close(std::declval<connection&>(), close_status{})),
              "what on_close throws could not be told to anybody");
static_assert(std::is_nothrow_destructible_v<connection_handler>, "nor what a destructor throws");

constexpr connection_options options = {
    .output_high_bytes = 1000, .output_low_bytes = 200, .output_bytes_max = 1 << 20, .idle_timeout = seconds(60)};

struct named_call {
  std::string_view name;
  void (*make)(watched_connection&);
  enum class sort { special, ends, like_another } is = sort::special;

  // No callback but on_close comes after it.
  [[nodiscard]] bool ends() const { return is == sort::ends; }
  // To the callbacks that follow it is the same as another call, so there it is paired only within its own.
  [[nodiscard]] bool is_like_another() const { return is == sort::like_another; }
};

const std::string constant(5000, 'c');

using sort = named_call::sort;

constexpr named_call calls[] = {
    {"write", [](watched_connection& to) { to.write("written "); }},
    {"write_above_high", [](watched_connection& to) { to.write(std::string(3000, 'h')); }},
    {"write_past_the_bound", [](watched_connection& to) { to.write_past_the_bound(options.output_bytes_max); },
     sort::ends},
    {"write_moved", [](watched_connection& to) { to.write_moved(std::string(20'000, 'm')); }, sort::like_another},
    {"write_constant", [](watched_connection& to) { to.write_constant(constant_bytes::unchecked(constant)); },
     sort::like_another},
    {"cork", [](watched_connection& to) { to.cork(); }},
    {"uncork", [](watched_connection& to) { to.uncork(); }},
    {"write_in_place", [](watched_connection& to) { to.write_in_place("in place "); }, sort::like_another},
    {"close", [](watched_connection& to) { to.close(close_reason::peer_eof); }, sort::ends},
    {"abort", [](watched_connection& to) { to.abort(close_reason::input_overflow); }, sort::ends},
    {"shutdown_write", [](watched_connection& to) { to.shutdown_write(); }},
    {"pause_reading", [](watched_connection& to) { to.pause_reading(); }},
    {"resume_reading", [](watched_connection& to) { to.resume_reading(); }},
    {"receive_now", [](watched_connection& to) { to.receive_now(); }},
    {"become", [](watched_connection& to) { to.become(0); }},
    {"become_with_unread", [](watched_connection& to) { to.become(3); }},
    {"set_deadline", [](watched_connection& to) { to.set_deadline(seconds(10)); }},
    {"clear_deadline", [](watched_connection& to) { to.clear_deadline(); }, sort::like_another},
    {"throw", [](watched_connection& to) { to.throw_now(); }, sort::ends},
};

constexpr std::array<std::string_view, places> place_names = {"on_open",    "on_data",  "elsewhere", "on_drained",
                                                              "on_timeout", "on_drain", "on_eof",    "on_close"};

struct planned_call {
  place where;
  const named_call* what;
};

// From elsewhere and from on_close nothing is thrown: the one is no callback of this connection, the other noexcept.
bool can_be_made(const planned_call& planned) {
  return planned.what->name != "throw" || (planned.where != place::elsewhere && planned.where != place::on_close);
}

// Within one kernel, so that nothing is on its way between two turns.
tcp_pair connected(simulated_network* network) {
  if (network != nullptr) return tcp_pair::make({}, network);
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {socket_descriptor(ends[0]), net_peer(socket_descriptor(ends[1]))};
}

// The other connection of the loop: echoes, whatever happens beside it, and makes the calls from elsewhere.
class bystander final : public connection_handler {
 public:
  explicit bystander(std::function<void()>& elsewhere) : elsewhere_(elsewhere) {}

  std::size_t on_data(connection& peer, std::string_view bytes) override {
    if (bytes == "elsewhere") elsewhere_();
    peer.write(bytes);
    return bytes.size();
  }
  void on_timeout(connection&, close_reason) override {}
  void on_drain(connection&) override {}

 private:
  std::function<void()>& elsewhere_;
};

enum class pace { step_by_step, all_at_once };

// One connection from its opening to its end, with calls made from planned places.
class scenario {
 public:
  scenario(event_base& base, virtual_clock& clock, simulated_network* network, stream_mode mode,
           std::vector<planned_call> plan, pace how)
      : base_(base), clock_(clock), network_(network), plan_(std::move(plan)), how_(how) {
    host_.emplace(base_, stream_options{.receive_bytes = 16, .mode = mode, .network = network});
    watched_.on_call = [this](place where) { run_plan(where); };
    elsewhere_ = [this] {
      if (host_->find(watched_.id()) != nullptr) run_plan(place::elsewhere);
    };
  }

  void run() {
    watched_.peer_will_send(first_ + second_);
    peer_ = open(make_handler_with<watched_connection::handler>(watched_));
    other_peer_ = open(make_handler_with<bystander>(elsewhere_));
    step();
    peer_.send(first_);
    step();
    other_peer_.send("elsewhere");
    step();
    clock_.advance(options.idle_timeout);
    step();
    host_->drain();
    step();
    peer_.send(second_);
    peer_.shutdown_write();
    settle();
    finish();
    expect_the_other_is_served();
    base_.validate();
    host_.reset();
    EXPECT_EQ(watched_.handlers_alive(), 0);
  }

  [[nodiscard]] int heard(place where) const { return watched_.heard(where); }

 private:
  net_peer open(const handler_factory& factory) {
    tcp_pair ends = connected(network_);
    host_->open(std::move(ends.ours), factory, options);
    return std::move(ends.peer);
  }

  void run_plan(place where) {
    if (where == place::on_open && watched_.heard(where) == 1) watched_.set_deadline(options.idle_timeout);
    // Something to drain, twice.
    const bool writes = where == place::on_data || where == place::on_timeout;
    if (writes && watched_.heard(where) == 1) watched_.write(std::string(1500, 'd'));
    while (made_ < plan_.size() && plan_[made_].where == where) plan_[made_++].what->make(watched_);
  }

  void step() {
    if (how_ == pace::step_by_step) settle();
  }

  // Until nothing moves any more, with a peer that reads.
  void settle() {
    for (int quiet_turns = 0; quiet_turns < 2; ++quiet_turns) {
      const std::size_t before = peer_.received().size();
      if (base_.loop(loop_flags::nonblock | loop_flags::stay) == loop_result::left_active) quiet_turns = 0;
      peer_.receive();
      if (peer_.received().size() > before) quiet_turns = 0;
    }
  }

  // Whoever is still there was not closed by anything that was called: it hears all that is left.
  void finish() {
    for (std::size_t pauses = 0; pauses <= plan_.size() && !watched_.has_closed(); ++pauses) {
      watched_.resume_reading();
      settle();
    }
    if (!watched_.has_closed()) {
      EXPECT_TRUE(watched_.was_all_offered());
      EXPECT_GT(watched_.heard(place::on_eof), 0);
      watched_.abort(close_reason::stopped);
      settle();
    }
    EXPECT_EQ(watched_.heard(place::on_close), 1);
    EXPECT_TRUE(peer_.at_end() || peer_.error() != 0);
    const std::string_view written = watched_.written();
    EXPECT_EQ(peer_.received(), watched_.was_cut() ? written.substr(0, peer_.received().size()) : written);
  }

  void expect_the_other_is_served() {
    other_peer_.send("!");
    settle();
    other_peer_.receive();
    EXPECT_EQ(other_peer_.received(), "elsewhere!");
  }

  // More than is received at once, and no multiple of what is consumed.
  const std::string first_ = "the first bytes, in 2 pieces";
  const std::string second_ = "and the last.";

  event_base& base_;
  virtual_clock& clock_;
  simulated_network* const network_;  // Null over the kernel.
  watched_connection watched_;
  std::function<void()> elsewhere_;
  std::optional<connection_host> host_;
  net_peer peer_;
  net_peer other_peer_;
  std::vector<planned_call> plan_;
  std::size_t made_ = 0;
  pace how_;
};

class connection_promises_test : public ::testing::TestWithParam<stream_case> {
 protected:
  void SetUp() override {
    set_log_hook([](log_level, std::string_view) {});
  }
  void TearDown() override { set_log_hook(nullptr); }

  // Every ordered pair whose first call is made from `first`.
  void run_all_pairs_from(place first) {
    for (int second = static_cast<int>(first); second < places; ++second) {
      for (const named_call& one : calls) {
        for (const named_call& other : calls) {
          run_pair({first, &one}, {static_cast<place>(second), &other});
          if (HasFailure()) return;
        }
      }
    }
  }

  scenario make(std::vector<planned_call> plan, pace how) {
    return {*base_, clock_, network_.get(), GetParam().mode, std::move(plan), how};
  }

 private:
  void run_pair(const planned_call& one, const planned_call& other) {
    if (!can_be_made(one) || !can_be_made(other)) return;
    if (one.where != other.where) {
      if (one.what->ends() && other.where != place::on_close) return;
      if (one.what->is_like_another() || other.what->is_like_another()) return;
    }
    for (const pace how : {pace::step_by_step, pace::all_at_once}) {
      if (how == pace::step_by_step && GetParam().is_simulated) continue;  // Which completes a turn late as it is.
      SCOPED_TRACE(described(one) + ", " + described(other) + (how == pace::all_at_once ? ", all at once" : ""));
      make({one, other}, how).run();
    }
  }

  static std::string described(const planned_call& planned) {
    std::string text(planned.what->name);
    return text.append(" from ").append(place_names[static_cast<std::size_t>(planned.where)]);
  }

  virtual_clock clock_;
  const std::unique_ptr<simulated_network> network_ = GetParam().make_network(clock_);
  const std::unique_ptr<event_base> base_ = GetParam().make_base({.clock = &clock_}, network_.get());
};

TEST_P(connection_promises_test, hold_for_each_pair_of_calls_that_begins_in_on_open) {
  run_all_pairs_from(place::on_open);
}

TEST_P(connection_promises_test, hold_for_each_pair_of_calls_that_begins_in_on_data) {
  run_all_pairs_from(place::on_data);
}

TEST_P(connection_promises_test, hold_for_each_pair_of_calls_that_begins_in_a_callback_of_another_connection) {
  run_all_pairs_from(place::elsewhere);
}

TEST_P(connection_promises_test, hold_for_each_pair_of_calls_that_begins_in_on_drained) {
  run_all_pairs_from(place::on_drained);
}

TEST_P(connection_promises_test, hold_for_each_pair_of_calls_that_begins_in_on_timeout) {
  run_all_pairs_from(place::on_timeout);
}

TEST_P(connection_promises_test, hold_for_each_pair_of_calls_that_begins_in_on_drain) {
  run_all_pairs_from(place::on_drain);
}

TEST_P(connection_promises_test, hold_for_each_pair_of_calls_that_begins_in_on_eof) {
  run_all_pairs_from(place::on_eof);
}

TEST_P(connection_promises_test, hold_for_each_pair_of_calls_in_on_close) { run_all_pairs_from(place::on_close); }

// Without this the tests above could pass because nothing was called.
TEST_P(connection_promises_test, are_held_against_every_callback) {
  scenario undisturbed = make({}, pace::step_by_step);
  undisturbed.run();
  for (const place each : {place::on_open, place::on_data, place::on_drained, place::on_timeout, place::on_drain,
                           place::on_eof, place::on_close}) {
    EXPECT_GE(undisturbed.heard(each), 1) << place_names[static_cast<std::size_t>(each)];
  }
}

// Each mode once: nothing here depends on whose sockets they are.
INSTANTIATE_TEST_SUITE_P(streams, connection_promises_test, ::testing::Values(immediate, simulated_late), case_name);

}  // namespace
}  // namespace pinwheel::testing
