// What waits to be sent, in order, whatever it is made of.
#include "pinwheel/net/output_queue.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "pinwheel/net/block_pool.h"
#include "support/net_peer.h"
#include "support/temporary_file.h"

namespace pinwheel::testing {
namespace {

std::string letters(std::size_t bytes) {
  std::string made;
  made.reserve(bytes);
  for (std::size_t at = 0; at < bytes; ++at) made += static_cast<char>('a' + (at * at + at / 26) % 26);
  return made;
}

const std::string source = letters(40'000);

class output_queue_test : public ::testing::Test {
 protected:
  void TearDown() override {
    queue_.release(pool_);
    EXPECT_EQ(pool_.blocks_in_use(), 0U);
  }

  // What the next operation would send.
  std::string first() {
    if (queue_.is_file_first()) {
      const file_part part = queue_.first_file();
      std::string read(part.bytes, '\0');
      EXPECT_EQ(::pread(part.descriptor, read.data(), read.size(), static_cast<off_t>(part.offset)),
                static_cast<ssize_t>(part.bytes));
      return read;
    }
    std::array<iovec, output_queue::gathered_max> pieces;
    const auto [count, more_follows] = queue_.gather(pieces);
    std::string all;
    for (std::size_t at = 0; at < count; ++at) all.append(static_cast<char*>(pieces[at].iov_base), pieces[at].iov_len);
    EXPECT_EQ(more_follows, all.size() < queue_.bytes());
    return all;
  }

  std::string take(std::size_t bytes) {
    std::string taken;
    while (taken.size() < bytes) {
      const std::string next = first().substr(0, bytes - taken.size());
      queue_.consume(next.size(), pool_);
      taken += next;
    }
    return taken;
  }

  block_pool pool_;
  output_queue queue_;
  const temporary_file stored_{source};
  const std::shared_ptr<const open_file> file_ = stored_.open();
};

TEST_F(output_queue_test, bytes_leave_in_the_order_they_came_whatever_they_are_and_whatever_the_steps) {
  std::mt19937 random(11);
  std::string expected;
  for (int step = 0; step < 20'000; ++step) {
    const std::size_t from = random() % 20'000;
    const std::string_view added = std::string_view(source).substr(from, random() % 9000);
    const bool takes_piece = queue_.pieces() < output_queue::pieces_max;
    switch (random() % 7) {
      case 0:
        queue_.append(added, pool_);
        expected += added;
        break;
      case 1:
        added.copy(queue_.reserve(added.size(), pool_), added.size());
        queue_.commit(added.size() / 2);
        expected += added.substr(0, added.size() / 2);
        break;
      case 2:
        queue_.append_moved(std::string(added), pool_);
        expected += added;
        break;
      case 3:
        if (!takes_piece) break;
        queue_.append_constant(constant_bytes::unchecked(added), pool_);
        expected += added;
        break;
      case 4:
        if (!takes_piece) break;
        queue_.append_file({file_, from, added.size()}, pool_);
        expected += added;
        break;
      default: {
        const std::size_t bytes = std::min<std::size_t>(random() % 20'000, expected.size());
        ASSERT_EQ(take(bytes), expected.substr(0, bytes));
        expected.erase(0, bytes);
      }
    }
    ASSERT_EQ(queue_.bytes(), expected.size());
    ASSERT_EQ(queue_.empty(), expected.empty());
  }
  EXPECT_EQ(take(expected.size()), expected);
  EXPECT_EQ(pool_.blocks_in_use(), 0U);
}

TEST_F(output_queue_test, what_is_gathered_stays_where_it_is_while_more_is_appended) {
  queue_.append("lent", pool_);
  queue_.append_moved(letters(5000), pool_);
  std::array<iovec, output_queue::gathered_max> pieces;
  ASSERT_EQ(queue_.gather(pieces).pieces, 2U);
  for (int at = 0; at < 30; ++at) {
    queue_.append(source, pool_);
    queue_.append_moved(std::string(source), pool_);
  }
  EXPECT_EQ(std::string_view(static_cast<char*>(pieces[0].iov_base), 4), "lent");
  EXPECT_EQ(std::string_view(static_cast<char*>(pieces[1].iov_base), 5000), letters(5000));
}

TEST_F(output_queue_test, a_large_string_keeps_its_buffer_and_a_small_one_is_copied) {
  std::string large = letters(output_queue::moved_bytes_min);
  const char* const buffer = large.data();
  std::string small = letters(output_queue::moved_bytes_min - 1);
  queue_.append_moved(std::move(large), pool_);
  queue_.append_moved(std::move(small), pool_);
  EXPECT_EQ(queue_.pieces(), 1U);
  std::array<iovec, output_queue::gathered_max> pieces;
  ASSERT_GE(queue_.gather(pieces).pieces, 2U);
  EXPECT_EQ(pieces[0].iov_base, buffer);
  EXPECT_EQ(queue_.owned_bytes(), 2 * output_queue::moved_bytes_min - 1);
}

// Else the bound on bytes would be none on memory.
TEST_F(output_queue_test, a_string_with_much_room_to_spare_is_copied) {
  std::string roomy = letters(5000);
  roomy.reserve(6000);
  queue_.append_moved(std::move(roomy), pool_);
  EXPECT_EQ(queue_.pieces(), 0U);
  EXPECT_EQ(first(), letters(5000));
}

TEST_F(output_queue_test, beyond_the_bound_on_pieces_strings_are_copied) {
  std::string expected;
  for (std::size_t at = 0; at < output_queue::pieces_max + 3; ++at) {
    queue_.append_moved(letters(5000 + at), pool_);
    expected += letters(5000 + at);
  }
  EXPECT_EQ(queue_.pieces(), output_queue::pieces_max);
  EXPECT_EQ(take(expected.size()), expected);
}

TEST_F(output_queue_test, constants_are_sent_from_where_they_lie_unless_they_are_short) {
  const std::string_view constant = std::string_view(source).substr(0, output_queue::constant_bytes_min);
  queue_.append_constant(constant_bytes::unchecked(constant), pool_);
  queue_.append_constant("short", pool_);
  std::array<iovec, output_queue::gathered_max> pieces;
  ASSERT_EQ(queue_.gather(pieces).pieces, 2U);
  EXPECT_EQ(pieces[0].iov_base, constant.data());
  EXPECT_EQ(queue_.owned_bytes(), 5U);
  EXPECT_EQ(queue_.bytes(), constant.size() + 5);
}

TEST_F(output_queue_test, a_file_is_sent_alone_and_what_is_in_front_of_it_says_that_more_follows) {
  queue_.append("head", pool_);
  queue_.append_file({file_, 100, 1000}, pool_);
  queue_.append("tail", pool_);
  EXPECT_FALSE(queue_.is_file_first());
  EXPECT_EQ(first(), "head");
  queue_.consume(4, pool_);
  ASSERT_TRUE(queue_.is_file_first());
  queue_.consume(400, pool_);
  ASSERT_TRUE(queue_.is_file_first());
  EXPECT_EQ(first(), source.substr(500, 600));
  queue_.consume(600, pool_);
  EXPECT_FALSE(queue_.is_file_first());
  EXPECT_EQ(first(), "tail");
}

TEST_F(output_queue_test, one_send_is_bounded_in_bytes_and_in_pieces) {
  const std::string much(3 * output_queue::send_bytes_max, 'x');
  queue_.append_constant(constant_bytes::unchecked(much), pool_);
  EXPECT_EQ(first().size(), output_queue::send_bytes_max);
  queue_.consume(much.size(), pool_);
  queue_.append_file({file_, 0, much.size()}, pool_);
  EXPECT_EQ(queue_.first_file().bytes, output_queue::send_bytes_max);
  queue_.consume(much.size(), pool_);
  for (std::size_t at = 0; at < output_queue::pieces_max; ++at) {
    queue_.append("x", pool_);
    queue_.append_constant(constant_bytes::unchecked(std::string_view(source).substr(0, 2000)), pool_);
  }
  EXPECT_EQ(first().size(), output_queue::gathered_max / 2 * 2001);
}

TEST_F(output_queue_test, a_dropped_queue_frees_strings_and_closes_files) {
  const std::ptrdiff_t before = open_descriptors();
  queue_.append_moved(letters(10'000), pool_);
  queue_.append_file(file_range::whole(stored_.open()), pool_);
  EXPECT_EQ(open_descriptors(), before + 1);
  queue_.release(pool_);
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_TRUE(queue_.empty());
}

TEST_F(output_queue_test, a_file_of_no_bytes_is_nothing_to_send) {
  queue_.append_file({file_, 0, 0}, pool_);
  EXPECT_TRUE(queue_.empty());
}

}  // namespace
}  // namespace pinwheel::testing
