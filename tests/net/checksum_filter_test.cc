// What a filter promises (net/filter.h), shown with the one that the connection's tests use.
#include "support/checksum_filter.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "support/filtered_peer.h"

namespace pinwheel::testing {
namespace {

// One side, and all that it has opened.
struct side {
  explicit side(checksum_options options) : by(options) { by.start(sealed.out()); }

  std::size_t seal(std::string_view plaintext) {
    const iovec piece{const_cast<char*>(plaintext.data()), plaintext.size()};
    last = by.seal({&piece, 1}, sealed.out());
    return last.taken;
  }

  // Into rooms of `room_bytes`, until nothing is left of it.
  void open(std::string_view ciphertext, std::size_t room_bytes = 512) {
    std::vector<char> room(room_bytes);
    do {
      last = by.open(ciphertext, room, sealed.out());
      opened.append(room.data(), last.made);
      ciphertext.remove_prefix(last.taken);
      EXPECT_TRUE(ciphertext.empty() || last.made == room.size() || last.status != filter_status::going_on);
    } while (last.made == room.size() && last.status == filter_status::going_on);
  }

  checksum_filter by;
  sealed_bytes sealed;
  std::string opened;
  filter_result last;
};

constexpr checksum_options plain = {.handshakes = false};

TEST(checksum_filter_test, the_handshake_takes_three_flights) {
  side client({.is_client = true});
  side server({});
  server.open(client.sealed.take());
  EXPECT_FALSE(server.by.is_ready());
  client.open(server.sealed.take());
  EXPECT_TRUE(client.by.is_ready());
  server.open(client.sealed.take());
  EXPECT_TRUE(server.by.is_ready());
  EXPECT_EQ(server.sealed.take(), "");
}

TEST(checksum_filter_test, bytes_in_pieces_of_any_size_come_out_as_they_went_in) {
  side from(plain);
  side to(plain);
  std::mt19937 random(5);
  std::string written;
  std::string sealed;
  for (int piece = 0; piece < 50; ++piece) {
    const std::string added(1 + random() % 9000, static_cast<char>(random()));
    EXPECT_EQ(from.seal(added), added.size());
    written += added;
    sealed += from.sealed.take();
  }
  for (std::string_view rest = sealed; !rest.empty();) {
    const std::string_view next = rest.substr(0, 1 + random() % 5000);
    to.open(next, 1 + random() % 3000);
    rest.remove_prefix(next.size());
  }
  EXPECT_EQ(to.opened, written);
}

TEST(checksum_filter_test, no_byte_can_change_unnoticed) {
  side from(plain);
  from.seal("some bytes");
  const std::string sealed = from.sealed.take();
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string spoilt = sealed;
    spoilt[at] = static_cast<char>(spoilt[at] ^ 1);
    side to(plain);
    to.open(spoilt + std::string(checksum_filter::payload_bytes_max, 'x'));
    EXPECT_EQ(to.last.status, filter_status::failed) << "byte " << at;
    EXPECT_EQ(to.opened, "");
  }
}

TEST(checksum_filter_test, a_frame_that_is_missing_is_noticed_and_what_came_before_it_is_used) {
  side from(plain);
  side to(plain);
  from.seal("one");
  std::string sealed = from.sealed.take();
  from.seal("two");
  from.sealed.take();
  from.seal("three");
  sealed += from.sealed.take();
  to.open(sealed);
  EXPECT_EQ(to.last.status, filter_status::failed);
  EXPECT_EQ(to.last.error, EBADMSG);
  EXPECT_EQ(to.opened, "one");
}

TEST(checksum_filter_test, the_closing_notice_ends_what_was_written_before_it) {
  side from(plain);
  side to(plain);
  from.seal("all");
  from.by.finish(from.sealed.out());
  to.open(from.sealed.take() + "what comes behind is not looked at");
  EXPECT_EQ(to.last.status, filter_status::ended);
  EXPECT_EQ(to.opened, "all");
}

TEST(checksum_filter_test, a_small_frame_that_opens_to_much_fills_one_room_after_the_other) {
  side from({.handshakes = false, .compresses = true});
  side to(plain);
  const std::string much(100'000, 'm');
  from.seal(much);
  const std::string sealed = from.sealed.take();
  EXPECT_LT(sealed.size(), 20U);
  to.open(sealed, 4096);
  EXPECT_EQ(to.opened, much);
}

TEST(checksum_filter_test, while_it_waits_for_an_answer_it_seals_nothing) {
  side from({.handshakes = false, .rekeys_after = 1});
  side to(plain);
  EXPECT_EQ(from.seal("one"), 3U);
  EXPECT_EQ(from.seal("two"), 0U);
  EXPECT_EQ(from.last.status, filter_status::needs_input);
  to.open(from.sealed.take());
  from.open(to.sealed.take());
  EXPECT_EQ(from.seal("two"), 3U);
  to.open(from.sealed.take());
  EXPECT_EQ(to.opened, "onetwo");
}

}  // namespace
}  // namespace pinwheel::testing
