#include "length_prefixed.h"

#include <gtest/gtest.h>
#include <pinwheel/framework/testing/simulation.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reverses.h"

namespace {

using namespace std::chrono_literals;
using pinwheel::testing::simulated_client;
using pinwheel::testing::simulation;

constexpr std::string_view where = "10.0.0.1:7000";
constexpr std::size_t longest = length_prefixed::message_bytes_max;

std::string reversed(std::string_view text) { return {text.rbegin(), text.rend()}; }
std::string framed(std::string_view message) { return length_prefixed::framed(message); }

struct repeats final : length_prefixed {
  static constexpr std::size_t times = 50;
  pinwheel::write_result on_message(pinwheel::connection& peer, std::string_view message) override {
    std::string answer;
    for (std::size_t copies = 0; copies < times; ++copies) answer += message;
    return send(peer, answer);
  }
};

TEST(length_prefixed_test, every_message_is_answered_the_empty_and_the_longest_included) {
  simulation world;
  world.listen(where, pinwheel::make_handler<reverses>);
  simulated_client& client = world.connect(where);
  for (const std::string& message : {std::string("abc"), std::string(), std::string(longest, 'x')}) {
    client.send(framed(message));
    world.run_until_idle();
    EXPECT_EQ(client.take_received(), framed(reversed(message)));
  }
}

TEST(length_prefixed_test, a_message_may_come_byte_by_byte) {
  simulation world;
  world.listen(where, pinwheel::make_handler<reverses>);
  simulated_client& client = world.connect(where);
  for (const char each : framed("abc")) {
    EXPECT_EQ(client.received(), "");
    client.send({&each, 1});
    world.run_until_idle();
  }
  EXPECT_EQ(client.received(), framed("cba"));
}

TEST(length_prefixed_test, messages_that_come_at_once_are_answered_in_order) {
  simulation world;
  world.listen(where, pinwheel::make_handler<reverses>);
  simulated_client& client = world.connect(where);
  client.send(framed("abc") + framed("") + framed("de"));
  world.run_until_idle();
  EXPECT_EQ(client.received(), framed("cba") + framed("") + framed("ed"));
}

TEST(length_prefixed_test, a_message_that_is_too_long_ends_the_connection_behind_the_answers_before_it) {
  simulation world;
  world.listen(where, pinwheel::make_handler<reverses>);
  simulated_client& client = world.connect(where);
  client.send(framed("abc") + framed(std::string(longest + 1, 'x')).substr(0, 4));
  world.run_until_idle();
  EXPECT_EQ(client.received(), framed("cba"));
  EXPECT_TRUE(client.is_at_end());
}

TEST(length_prefixed_test, a_client_that_does_not_read_its_answers_gets_them_when_it_does) {
  simulation world;
  world.listen(where, pinwheel::make_handler<repeats>);
  simulated_client& client = world.connect(where);
  client.stop_reading();
  for (int messages = 0; messages < 200; ++messages) client.send(framed(std::string(300, 'x')));
  world.run_until_idle();
  EXPECT_EQ(world.connections(), 1U);
  client.read();
  world.run_until_idle();
  EXPECT_EQ(client.received().size(), 200 * framed(std::string(300 * repeats::times, 'x')).size());
}

TEST(length_prefixed_test, a_message_that_is_unfinished_for_too_long_ends_the_connection) {
  simulation world;
  world.listen(where, pinwheel::make_handler<reverses>);
  simulated_client& client = world.connect(where);
  const std::string message = framed("a byte now and then");
  for (const char each : message.substr(0, 4)) {
    EXPECT_FALSE(client.is_at_end());
    client.send({&each, 1});
    world.run_for(3s);
  }
  EXPECT_TRUE(client.is_at_end());
}

// Clients that write as they like and wait for no answer; the seed says how.

struct stream_of_messages {
  explicit stream_of_messages(pinwheel::simulated_chance& chance) {
    for (int left = 60; left > 0; --left) {
      std::string message(chance.between(0, 400), ' ');
      for (char& each : message) each = static_cast<char>(chance.between('a', 'z'));
      bytes += framed(message);
      ends.push_back(bytes.size());
      answers += framed(reversed(message));
    }
  }

  [[nodiscard]] std::size_t end_of_message_at(std::size_t byte) const { return *std::ranges::upper_bound(ends, byte); }

  std::string bytes;
  std::string answers;
  std::vector<std::size_t> ends;  // Of each message.
};

// What a client found wrong; nothing if it has all its answers. None of its messages takes longer than 6 seconds.
std::string complaint(std::uint64_t seed) {
  simulation world({.seed = seed,
                    .faults = {.short_read = 0.2, .short_write = 0.2, .split = 0.3, .delay = 0.3, .late_report = 0.2}});
  world.listen(where, pinwheel::make_handler<reverses>);
  simulated_client& client = world.connect(where);
  pinwheel::simulated_chance chance(seed);  // Of its own: the client does the same whatever the server does.
  const stream_of_messages all(chance);
  const auto began = world.clock().now();
  for (std::size_t sent = 0; sent < all.bytes.size() && !client.is_at_end();) {
    const bool flushes = chance.happens(0.3);  // Else it writes what its buffer happens to hold.
    const std::size_t until = flushes ? all.end_of_message_at(sent) : sent + chance.between(200, 600);
    client.send(std::string_view(all.bytes).substr(sent, until - sent));
    sent = until;
    world.run_for(chance.between(0s, 2s));
  }
  const auto lasted = std::chrono::floor<std::chrono::seconds>(world.clock().now() - began);
  client.shut_down_write();
  world.run_until_idle();
  if (client.received() == all.answers) return "";
  return "after " + std::to_string(lasted.count()) + " s: " + std::to_string(client.received().size()) + " of " +
         std::to_string(all.answers.size()) + " bytes of answers";
}

TEST(length_prefixed_test, a_client_gets_all_its_answers_however_it_writes_and_whatever_the_network_does) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) EXPECT_EQ(complaint(seed), "") << "seed " << seed;
}

}  // namespace
