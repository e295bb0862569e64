// The pools of one loop, and the input buffers that are made of their blocks.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "pinwheel/net/block_pool.h"
#include "pinwheel/net/input_buffer.h"
#include "pinwheel/net/slab_pool.h"

namespace pinwheel::testing {
namespace {

TEST(block_pool_test, a_block_that_came_back_is_given_out_again) {
  block_pool pool;
  void* first = pool.allocate(8192);
  pool.release(first, 8192);
  void* second = pool.allocate(8192);
  EXPECT_EQ(first, second);
  EXPECT_EQ(pool.bytes_in_use(), 8192U);
  pool.release(second, 8192);
  EXPECT_EQ(pool.blocks_in_use(), 0U);
}

TEST(block_pool_test, sizes_are_powers_of_two_from_four_kibibytes) {
  EXPECT_EQ(block_pool::rounded(1), 4096U);
  EXPECT_EQ(block_pool::rounded(4096), 4096U);
  EXPECT_EQ(block_pool::rounded(4097), 8192U);
}

TEST(block_pool_test, a_crowd_that_left_is_not_kept_for_ever) {
  block_pool pool;
  std::vector<void*> blocks;
  constexpr std::size_t bytes = 1 << 20;
  for (int at = 0; at < 16; ++at) blocks.push_back(pool.allocate(bytes));
  for (void* each : blocks) pool.release(each, bytes);
  EXPECT_EQ(pool.blocks_in_use(), 0U);
  EXPECT_EQ(pool.bytes_retained(), block_pool::retained_bytes_max);
}

TEST(slab_pool_test, rooms_are_apart_aligned_and_reused) {
  slab_pool pool;
  std::vector<void*> rooms;
  for (std::size_t at = 0; at < 1000; ++at) {
    rooms.push_back(pool.allocate(225));
    std::memset(rooms.back(), static_cast<int>(at % 251), 225);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(rooms.back()) % slab_pool::step_bytes, 0U);
  }
  for (std::size_t at = 0; at < rooms.size(); ++at) {
    EXPECT_EQ(static_cast<unsigned char*>(rooms[at])[224], at % 251);
    pool.release(rooms[at], 225);
  }
  EXPECT_EQ(pool.rooms_in_use(), 0U);
  EXPECT_EQ(pool.bytes_held(), slab_pool::slab_bytes);
}

TEST(slab_pool_test, a_crowd_of_objects_costs_little_more_than_their_bytes) {
  slab_pool pool;
  constexpr std::size_t bytes = 216;
  std::vector<void*> rooms;
  while (rooms.size() < 10'000) rooms.push_back(pool.allocate(bytes));
  EXPECT_LT(pool.bytes_held(), 10'000 * bytes + slab_pool::slab_bytes + slab_pool::slab_bytes / 2);
  for (void* each : rooms) pool.release(each, bytes);
  EXPECT_EQ(pool.bytes_held(), slab_pool::slab_bytes);
}

TEST(slab_pool_test, random_sizes_come_and_go) {
  slab_pool pool;
  std::mt19937 random(7);
  std::vector<std::pair<unsigned char*, std::size_t>> rooms;
  for (int step = 0; step < 20'000; ++step) {
    if (rooms.size() < 300 || random() % 2 == 0) {
      const std::size_t bytes = 1 + random() % 2500;
      auto* room = static_cast<unsigned char*>(pool.allocate(bytes));
      room[0] = room[bytes - 1] = static_cast<unsigned char>(bytes % 256);
      rooms.emplace_back(room, bytes);
    } else {
      std::swap(rooms[random() % rooms.size()], rooms.back());
      const auto [room, bytes] = rooms.back();
      EXPECT_EQ(room[0], bytes % 256);
      EXPECT_EQ(room[bytes - 1], bytes % 256);
      pool.release(room, bytes);
      rooms.pop_back();
    }
  }
  for (const auto& [room, bytes] : rooms) pool.release(room, bytes);
  EXPECT_EQ(pool.rooms_in_use(), 0U);
}

TEST(input_buffer_test, what_is_unread_stays_in_one_piece) {
  block_pool pool;
  input_buffer buffer;
  std::mt19937 random(13);
  std::string expected;
  for (int step = 0; step < 5000; ++step) {
    const std::string added(random() % 3000, static_cast<char>('a' + step % 26));
    switch (random() % 4) {
      case 0:
        buffer.append(added, pool);
        expected += added;
        break;
      case 1:
        buffer.prepend(added, pool);
        expected.insert(0, added);
        break;
      default: {
        const std::size_t consumed = std::min<std::size_t>(random() % 3000, expected.size());
        buffer.consume(consumed, pool);
        expected.erase(0, consumed);
      }
    }
    ASSERT_EQ(buffer.view(), expected);
    ASSERT_LE(pool.blocks_in_use(), 1U);
  }
  buffer.consume(expected.size(), pool);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(pool.blocks_in_use(), 0U);
}

}  // namespace
}  // namespace pinwheel::testing
