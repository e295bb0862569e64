// What a server does when the mailbox of a loop is full.
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string_view>
#include <vector>

#include "pinwheel/framework/server.h"
#include "support/raw_client.h"
#include "test_handlers.h"

namespace pinwheel::testing {
namespace {

// Echoes; but a 'b' blocks its loop until the test lets go.
class blocks final : public connection_handler {
 public:
  struct gate {
    happens_once<bool> blocked;
    std::promise<void> open;
  };

  explicit blocks(gate& until) : until_(until) {}

  std::size_t on_data(connection& peer, std::string_view bytes) override {
    if (bytes == "b") {
      until_.blocked.happen(true);
      until_.open.get_future().wait();
    }
    peer.write(bytes);
    return bytes.size();
  }

 private:
  gate& until_;
};

class server_mailbox : public ::testing::Test {
 protected:
  // Returns with the one loop blocked and more clients than its mailbox takes; the last of them has been turned away.
  void fill_the_mailbox() {
    served_.listen("127.0.0.1:0", make_handler_with<blocks>(gate_));
    ASSERT_TRUE(served_.start().ok());
    blocker_ = std::make_unique<raw_client>(served_.addresses()[0]);
    blocker_->send("b");
    ASSERT_TRUE(gate_.blocked.wait());
    for (int at = 0; at < clients_count; ++at) clients_.push_back(std::make_unique<raw_client>(served_.addresses()[0]));
    clients_.back()->expect_end();
  }

  static constexpr int clients_count = 200;

  blocks::gate gate_;
  server served_{{.loops = 1, .mailbox_tasks_max = 2}};
  std::unique_ptr<raw_client> blocker_;
  std::vector<std::unique_ptr<raw_client>> clients_;
};

TEST_F(server_mailbox, that_is_full_closes_and_counts_what_it_does_not_take_and_keeps_the_rest) {
  fill_the_mailbox();
  gate_.open.set_value();
  EXPECT_EQ(blocker_->receive(1), "b");
  clients_.front()->expect_echo("hello");
  clients_.clear();
  blocker_.reset();
  served_.drain(std::chrono::hours(1));
  served_.wait();
  const server_counters counted = served_.counters();
  EXPECT_EQ(counted.acceptor.accepted, 1U + clients_count);
  EXPECT_GT(counted.acceptor.dropped, 0U);
  EXPECT_EQ(counted.loops[0].opened + counted.acceptor.dropped, counted.acceptor.accepted);
}

TEST_F(server_mailbox, that_is_full_is_what_for_each_answers) {
  fill_the_mailbox();
  const auto nothing = [](connection&) {};
  EXPECT_EQ(served_.for_each(nothing), post_result::taken);  // This thread's own two places.
  EXPECT_EQ(served_.for_each(nothing), post_result::taken);
  EXPECT_EQ(served_.for_each(nothing), post_result::full);
  gate_.open.set_value();
}

TEST_F(server_mailbox, that_is_full_is_what_send_to_answers_and_leaves_the_work_with_the_caller) {
  fill_the_mailbox();
  const connection_id somebody{.loop = served_.loop(0).loop_number() & 0x3ffU, .slot = 1, .generation = 1};
  int told = 0;
  std::vector<connection_work> left;
  for (int at = 0; at < 3; ++at) left.emplace_back([&told](connection*) { ++told; });
  EXPECT_EQ(served_.send_to(somebody, std::move(left[0])), post_result::taken);  // This thread's own two places.
  EXPECT_EQ(served_.send_to(somebody, std::move(left[1])), post_result::taken);
  EXPECT_EQ(served_.send_to(somebody, std::move(left[2])), post_result::full);
  EXPECT_TRUE(static_cast<bool>(left[2]));
  gate_.open.set_value();
  served_.drain(std::chrono::hours(1));
  clients_.clear();
  blocker_.reset();
  served_.wait();
  EXPECT_EQ(told, 2);
}

TEST_F(server_mailbox, that_is_full_does_not_lose_a_drain) {
  fill_the_mailbox();
  served_.drain(std::chrono::hours(1));
  gate_.open.set_value();
  EXPECT_EQ(blocker_->receive_rest(), "b");
  clients_.clear();
  served_.wait();
  EXPECT_EQ(served_.counters().loops[0].open(), 0U);
}

TEST_F(server_mailbox, that_is_full_does_not_lose_a_stop) {
  fill_the_mailbox();
  served_.stop();
  gate_.open.set_value();
  served_.wait();
  EXPECT_EQ(served_.counters().loops[0].open(), 0U);
}

}  // namespace
}  // namespace pinwheel::testing
