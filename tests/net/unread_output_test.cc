// 1,000 peers do not read while 1 GiB is offered to each: what is kept for them is bounded, and all others are served.
#include <gtest/gtest.h>
#include <malloc.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "pinwheel/net/detail/poison.h"
#include "support/net_connections.h"

namespace pinwheel::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t unread_peers = 1000;
constexpr std::size_t offered_bytes = 1 << 30;  // To each.
constexpr std::size_t piece_bytes_max = 128 << 10;
constexpr duration tick = 10ms;
constexpr std::size_t served_peers = 5;
// 1,005 sockets that become ready at once are five waits of the kernel's (64 of the first, twice as many of each next).
constexpr int served_within_turns = 6;
constexpr std::size_t resident_slack_bytes = 16 << 20;  // The test's own, and blocks kept for reuse.

// The bounds as they are unless told otherwise; nothing here ends by being idle.
constexpr connection_options bounds = {
    .output_high_bytes = 64 << 10, .output_low_bytes = 16 << 10, .output_bytes_max = 256 << 10, .idle_timeout = 0s};

// Of what is offered, which tells by its bytes where it stands.
std::string_view offered_at(std::size_t position, std::size_t bytes) {
  constexpr std::size_t period = 251;
  static const std::string pattern = [] {
    std::string all(period + piece_bytes_max, '\0');
    for (std::size_t at = 0; at < all.size(); ++at) all[at] = static_cast<char>(at % period);
    return all;
  }();
  return std::string_view(pattern).substr(position % period, bytes);
}

std::size_t resident_bytes() {
  std::size_t all = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

int received_by_kernel(const connection& peer) {
  int bytes = 0;
  EXPECT_EQ(::ioctl(peer.native_handle(), FIONREAD, &bytes), 0);
  return bytes;
}

// What the handlers of the peers that do not read share.
struct crowd {
  std::mt19937 random{5};
  std::size_t pool_bytes_most = 0;  // In use, right after any write.
  std::size_t allowed_bytes = 0;    // The sum of what each may hold.
};

class offering : public connection_handler {
 public:
  explicit offering(crowd& all) : all_(all) {}

  std::size_t on_data(connection&, std::string_view bytes) override { return bytes.size(); }

 protected:
  write_result offer(connection& peer, std::size_t bytes) {
    const std::string_view piece = offered_at(position_, std::min(bytes, offered_bytes - position_));
    const write_result wrote = peer.write(piece);
    if (wrote != write_result::closed) position_ += piece.size();
    all_.pool_bytes_most = std::max(all_.pool_bytes_most, peer.host().blocks().bytes_in_use());
    return wrote;
  }
  [[nodiscard]] bool has_more() const { return position_ < offered_bytes; }

  crowd& all_;

 private:
  std::size_t position_ = 0;
};

// Writes at every tick, whatever it is answered, until the connection takes no more.
class heedless final : public offering {
 public:
  explicit heedless(crowd& all)
      : offering(all), piece_bytes_(piece_bytes_max / 2 + all.random() % (piece_bytes_max / 2)) {
    all.allowed_bytes += bounds.output_bytes_max + piece_bytes_;
  }

  void on_open(connection& peer) override { peer.set_deadline(tick, close_reason::idle); }
  void on_timeout(connection& peer, close_reason) override {
    if (offer(peer, piece_bytes_) == write_result::closed) return;
    EXPECT_LE(peer.output_bytes(), bounds.output_bytes_max + piece_bytes_);
    if (has_more()) peer.set_deadline(tick, close_reason::idle);
  }

 private:
  const std::size_t piece_bytes_;
};

// Stops when it is told to, and goes on when its output has drained.
class heeding final : public offering {
 public:
  explicit heeding(crowd& all) : offering(all) {
    all.allowed_bytes += bounds.output_high_bytes + output_queue::block_bytes;
  }

  void on_open(connection& peer) override { go_on(peer); }
  void on_drained(connection& peer) override { go_on(peer); }

 private:
  void go_on(connection& peer) {
    while (has_more() && offer(peer, 1 + all_.random() % connection::output_block_bytes) == write_result::accepted) {
    }
    EXPECT_LE(peer.output_bytes(), bounds.output_high_bytes + connection::output_block_bytes);
  }
};

class unread_output_test : public connection_test {
 protected:
  void SetUp() override {
    rlimit descriptors{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &descriptors), 0);
    descriptors.rlim_cur = descriptors.rlim_max;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &descriptors), 0);
    ASSERT_GT(descriptors.rlim_max, 2 * (unread_peers + served_peers) + 100) << "ulimit -n";
    ::malloc_trim(0);  // What earlier tests have left would hide what this one takes.
    resident_before_ = resident_bytes();
    connection_test::SetUp();
    for (std::size_t at = 0; at < served_peers; ++at) {
      served_.push_back(&new_script());
      echoes(*served_.back());
      askers_.push_back(&open(*served_.back(), bounds));
    }
  }

  void TearDown() override {
    unread_.clear();
    connection_test::TearDown();
  }

  template <class Handler>
  void open_unread() {
    const socket_descriptor listening =
        bind_and_listen(parse_address("127.0.0.1:0").value(), small_kernel_buffers).value();
    for (std::size_t at = 0; at < unread_peers; ++at) {
      unread_.push_back(net_peer::connect(local_address_of(listening.native_handle()), 8192));
      socket_descriptor ours(::accept4(listening.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      ASSERT_TRUE(ours.is_open());
      host_->open(std::move(ours), make_handler_with<Handler>(all_), bounds);
    }
  }

  // Whoever asks is answered, within so many turns of the loop.
  void expect_others_are_served() {
    asked_ += "still there?";
    for (net_peer* each : askers_) each->send("still there?");
    for (const script* each : served_) {
      while (received_by_kernel(*each->self) == 0) ::sched_yield();
    }
    const std::size_t asked_before = served_.front()->offered.size();
    for (int turns = 0; turns < served_within_turns; ++turns) turn();
    for (const script* each : served_) EXPECT_EQ(each->offered.size(), asked_before + 1);
    for (net_peer* each : askers_) run_until_received(*each, asked_);
    resident_most_ = std::max(resident_most_, resident_bytes());
  }

  void expect_memory_is_bounded() {
    EXPECT_LE(all_.pool_bytes_most, all_.allowed_bytes);
#ifndef PINWHEEL_ADDRESS_SANITIZER  // It keeps what was freed.
    EXPECT_LE(resident_most_, resident_before_ + all_.allowed_bytes + resident_slack_bytes);
#endif
  }

  crowd all_;
  std::vector<net_peer> unread_;

 private:
  std::vector<script*> served_;
  std::vector<net_peer*> askers_;
  std::string asked_;
  std::size_t resident_before_ = 0;
  std::size_t resident_most_ = 0;
};

TEST_P(unread_output_test, a_handler_that_goes_on_writing_holds_its_bound_and_one_write_then_it_is_closed) {
  open_unread<heedless>();
  for (int ticks = 0; host_->size() > served_peers; ++ticks) {
    ASSERT_LT(ticks, 20);
    clock_.advance(tick);
    expect_others_are_served();
  }
  expect_memory_is_bounded();
  EXPECT_GT(all_.pool_bytes_most, unread_peers * bounds.output_bytes_max / 2);  // The crowd was there at one time.
  EXPECT_EQ(host_->counters().closed(close_reason::output_overflow), unread_peers);
}

TEST_P(unread_output_test, a_handler_that_stops_when_told_holds_its_high_mark_and_one_block) {
  open_unread<heeding>();
  for (int ticks = 0; ticks < 10; ++ticks) {
    clock_.advance(tick);
    expect_others_are_served();
  }
  EXPECT_GT(all_.pool_bytes_most, unread_peers * bounds.output_low_bytes);
  EXPECT_EQ(host_->size(), unread_peers + served_peers);

  constexpr std::size_t readers = 10;
  constexpr std::size_t read_bytes = 1 << 20;
  for (std::size_t at = 0; at < readers; ++at) {
    net_peer& reader = unread_[at * unread_peers / readers];
    run_until([&] {
      reader.receive(piece_bytes_max);
      return reader.received().size() >= read_bytes;
    });
    for (std::size_t position = 0; position < reader.received().size(); position += piece_bytes_max) {
      const std::string_view part = std::string_view(reader.received()).substr(position, piece_bytes_max);
      ASSERT_TRUE(part == offered_at(position, part.size())) << "at " << position;
    }
    expect_others_are_served();
  }
  expect_memory_is_bounded();
  EXPECT_EQ(host_->counters().closed(), 0U);
}

INSTANTIATE_TEST_SUITE_P(streams, unread_output_test, ::testing::Values(immediate, late), case_name);

}  // namespace
}  // namespace pinwheel::testing
