// What a connection holds while it is idle: its room, and nothing else.
//
// A program of its own, because it counts every allocation of the process.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "pinwheel/net/connection_host.h"
#include "pinwheel/net/socket.h"
#include "pinwheel/reactor/event_base.h"
#include "support/allocation_counter.h"

namespace pinwheel::testing {
namespace {

struct echo final : connection_handler {
  std::size_t on_data(connection& peer, std::string_view bytes) override {
    peer.write(bytes);
    return bytes.size();
  }
};

constexpr std::size_t room_bytes = sizeof(connection) + sizeof(echo);

class idle_connection_test : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int at = 0; at < 3; ++at) come_and_go();
  }

  socket_descriptor open() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    host_->open(socket_descriptor(ends[0]), make_handler<echo>, options_);
    return socket_descriptor(ends[1]);
  }

  void ask_once(const socket_descriptor& peer) {
    char answer = 0;
    ASSERT_EQ(::send(peer.native_handle(), "?", 1, 0), 1);
    turns();
    ASSERT_EQ(::recv(peer.native_handle(), &answer, 1, 0), 1);
  }

  void come_and_go() {
    socket_descriptor peer = open();
    ask_once(peer);
    peer.close();
    turns();
  }

  void turns() {
    for (int turn = 0; turn < 4; ++turn) base_->loop(loop_flags::nonblock | loop_flags::stay);
  }

  const connection_options options_;
  std::unique_ptr<event_base> base_ = event_base::create({}).value();
  std::unique_ptr<connection_host> host_ = std::make_unique<connection_host>(*base_);
};

TEST_F(idle_connection_test, a_connection_that_comes_and_goes_allocates_nothing) {
  const std::size_t before = allocations;
  for (int at = 0; at < 20; ++at) come_and_go();
  EXPECT_EQ(allocations - before, 0U);
}

TEST_F(idle_connection_test, an_idle_connection_owns_its_room_and_nothing_else_and_a_crowd_leaves_nothing_behind) {
  constexpr std::size_t many = 400;
  const std::size_t slabs_before = host_->rooms().bytes_held();
  std::vector<socket_descriptor> peers;
  peers.reserve(many);
  const std::size_t before = allocations;
  while (peers.size() < many) {
    peers.push_back(open());
    ask_once(peers.back());
  }
  EXPECT_LE(allocations - before, 4U) << "pages of the descriptors, and their index";
  EXPECT_EQ(host_->blocks().blocks_in_use(), 0U);
  EXPECT_LT(host_->rooms().bytes_held(), many * room_bytes + slab_pool::slab_bytes);
  peers.clear();
  turns();
  EXPECT_EQ(host_->size(), 0U);
  EXPECT_EQ(host_->rooms().rooms_in_use(), 0U);
  EXPECT_EQ(host_->rooms().bytes_held(), slabs_before);
  EXPECT_LE(host_->blocks().bytes_retained(), 2 * block_pool::block_bytes_min);
}

}  // namespace
}  // namespace pinwheel::testing
