// What can be written: copies, strings that are given away, constants, many at once; and what is held back by a cork.
#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "support/net_connections.h"
#include "support/temporary_file.h"

namespace pinwheel::testing {
namespace {

constexpr std::string_view short_constant = "a constant";

class connection_output_test : public connection_test {
 protected:
  static constexpr connection_options narrow = {
      .output_high_bytes = 10'000, .output_low_bytes = 2000, .output_bytes_max = 30'000};

  const std::string large_ = std::string(20'000, 'l') + "arge";
  const constant_bytes large_constant_ = constant_bytes::unchecked(large_);
};

TEST_P(connection_output_test, every_spelling_of_a_write_finds_its_kind) {
  script& lines = new_script();
  const std::string kept = "an lvalue is copied;";
  const std::array<std::string_view, 2> parts = {"parts", ";"};
  lines.open = [&](connection& peer) {
    peer.write("literal;");
    peer.write(std::string_view("view;"));
    peer.write(kept);
    peer.write({kept.data(), 2});
    peer.write(std::string("temporary;"));
    std::string given = "given away;";
    peer.write(std::move(given));
    peer.write({"a", "b", "c;"});
    peer.write(parts);
    peer.write_constant("constant literal;");
    peer.write_constant(short_constant);
  };
  net_peer& peer = open(lines);
  run_until_received(peer,
                     "literal;view;an lvalue is copied;antemporary;given away;abc;parts;constant literal;a constant");
  EXPECT_EQ(kept, "an lvalue is copied;");
}

TEST_P(connection_output_test, a_large_string_that_is_given_away_is_not_copied) {
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    peer.pause_reading();
    std::string given = large_;
    peer.write(std::move(given));
    EXPECT_LE(host_->blocks().bytes_in_use(), 2 * block_pool::block_bytes_min);
  };
  net_peer& peer = open(lines);
  run_until_received(peer, large_);
}

TEST_P(connection_output_test, all_kinds_of_memory_that_one_callback_wrote_leave_in_one_send) {
  script& lines = new_script();
  lines.data = [&](connection& peer, std::string_view bytes) {
    peer.write("copied;");
    peer.write(std::string(large_));
    peer.write_constant(large_constant_);
    peer.write({"in ", "parts"});
    return bytes.size();
  };
  net_peer& peer = open(lines);
  turns(3);
  peer.send("x");
  run_until_received(peer, "copied;" + large_ + large_ + "in parts");
  if (is_immediate()) {
    EXPECT_EQ(sends(), 1U);
  }
}

TEST_P(connection_output_test, a_random_mixture_arrives_byte_for_byte) {
  const auto seed = static_cast<unsigned>(std::random_device{}());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::string content;
  while (content.size() < 100'000) content += std::to_string(content.size()) + ",";
  const temporary_file stored(content);
  const auto file = stored.open();
  std::string expected;
  const auto write_some = [&](connection& peer) {
    write_result wrote = write_result::accepted;
    while (expected.size() < (2 << 20) && wrote == write_result::accepted) {
      const std::size_t from = random() % 50'000;
      const std::string_view piece =
          std::string_view(content).substr(from, random() % (random() % 2 == 0 ? 500 : 50'000));
      switch (random() % 6) {
        case 0:
          wrote = peer.write(piece);
          break;
        case 1:
          wrote = peer.write(std::string(piece));
          break;
        case 2:
          wrote = peer.write_constant(constant_bytes::unchecked(piece));
          break;
        case 3:
          wrote = peer.write_file({file, from, piece.size()});
          break;
        case 4:
          wrote = peer.write({piece.substr(0, piece.size() / 2), piece.substr(piece.size() / 2)});
          break;
        default: {
          const std::string_view fits = piece.substr(0, connection::output_block_bytes);
          fits.copy(peer.reserve(connection::output_block_bytes), fits.size());
          wrote = peer.commit(fits.size());
          expected += fits;
          continue;
        }
      }
      expected += piece;
    }
  };
  script& lines = new_script();
  lines.open = write_some;
  lines.drained = write_some;
  net_peer& peer = open(lines, {}, random() % 2 == 0 ? small_kernel_buffers : listener_options{});
  run_until([&] {
    peer.receive(1 + random() % 100'000);
    return expected.size() >= (2 << 20) && peer.received().size() >= expected.size();
  });
  EXPECT_TRUE(peer.received() == expected);
}

TEST_P(connection_output_test, a_peer_that_reads_as_fast_as_this_sends_does_not_keep_the_loop) {
  script& lines = new_script();
  const std::string much(16 << 20, 'x');
  lines.open = [&](connection& peer) { peer.write_constant(constant_bytes::unchecked(much)); };
  net_peer& peer = open(lines, {}, {.receive_buffer_bytes = 32 << 20, .send_buffer_bytes = 32 << 20});
  std::size_t most_in_a_turn = 0;
  run_until([&] {
    const std::size_t before = host_->traffic().bytes_out.value();
    turn();
    most_in_a_turn = std::max(most_in_a_turn, host_->traffic().bytes_out.value() - before);
    peer.receive();
    return peer.received().size() == much.size();
  });
  EXPECT_LE(most_in_a_turn, 4 * output_queue::send_bytes_max);
}

// Bounds.

TEST_P(connection_output_test, moved_bytes_count_for_the_bound_as_copied_ones_do) {
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    EXPECT_EQ(peer.write(std::string(large_)), write_result::above_high);
    EXPECT_EQ(peer.write(std::string(large_)), write_result::above_high);
    EXPECT_EQ(peer.write(std::string(large_)), write_result::closed);
    EXPECT_FALSE(peer.is_open());
  };
  open(lines, narrow);
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::output_overflow);
}

TEST_P(connection_output_test, a_gathered_write_is_taken_whole_below_the_bound_and_not_at_all_at_it) {
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    EXPECT_EQ(peer.write({large_, large_, large_, large_}), write_result::above_high);
    EXPECT_EQ(peer.output_bytes(), 4 * large_.size());
    EXPECT_EQ(peer.write({"a", "b"}), write_result::closed);
    EXPECT_EQ(peer.output_bytes(), 4 * large_.size());
  };
  open(lines, narrow);
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::output_overflow);
}

TEST_P(connection_output_test, constants_count_for_the_marks_alone) {
  script& lines = new_script();
  std::string expected;
  lines.open = [&](connection& peer) {
    for (int at = 0; at < 10; ++at) {
      EXPECT_EQ(peer.write_constant(large_constant_), write_result::above_high);
      expected += large_;
    }
    EXPECT_EQ(peer.write("still taken"), write_result::above_high);
    expected += "still taken";
  };
  net_peer& peer = open(lines, narrow, small_kernel_buffers);
  turns(3);
  EXPECT_EQ(lines.draineds, 0);
  run_until_received(peer, expected);
  run_until([&] { return lines.draineds == 1; });
}

TEST_P(connection_output_test, a_constant_above_the_bound_on_their_number_closes) {
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    for (std::size_t at = 0; at < output_queue::pieces_max; ++at) {
      EXPECT_NE(peer.write_constant(large_constant_), write_result::closed);
    }
    EXPECT_EQ(peer.write_constant(large_constant_), write_result::closed);
    EXPECT_EQ(peer.output_bytes(), output_queue::pieces_max * large_.size());
  };
  open(lines, narrow);
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::output_overflow);
}

TEST_P(connection_output_test, who_stops_when_told_so_never_meets_the_bound_on_pieces) {
  script& lines = new_script();
  int left = 1000;
  const auto produce = [&](connection& peer) {
    while (left > 0) {
      --left;
      const write_result wrote = peer.write_constant(large_constant_);
      ASSERT_NE(wrote, write_result::closed);
      if (wrote == write_result::above_high) return;
    }
  };
  lines.open = produce;
  lines.drained = produce;
  net_peer& peer = open(lines, {.output_high_bytes = 1 << 30, .output_low_bytes = 1 << 29});
  run_until([&] {
    peer.receive();
    return peer.received().size() == 1000 * large_.size();
  });
  EXPECT_EQ(left, 0);
}

// Corks.

TEST_P(connection_output_test, a_cork_holds_what_several_callbacks_write_for_one_send) {
  script& lines = new_script();
  lines.data = [&](connection& peer, std::string_view bytes) {
    if (lines.offered.size() == 1) peer.cork();
    peer.write(bytes);
    if (lines.offered.size() == 3) peer.uncork();
    return bytes.size();
  };
  net_peer& peer = open(lines);
  turns(3);
  for (const char* each : {"one,", "two,", "three"}) {
    EXPECT_EQ(sends(), 0U);
    const std::size_t heard = lines.offered.size();
    peer.send(each);
    run_until([&] { return lines.offered.size() > heard; });
    turns(2);
  }
  run_until_received(peer, "one,two,three");
  if (is_immediate()) {
    EXPECT_EQ(sends(), 1U);
  }
}

TEST_P(connection_output_test, uncorked_outside_of_a_callback_what_was_held_leaves) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    peer.cork();
    peer.write("held");
  };
  net_peer& peer = open(lines);
  turns(3);
  EXPECT_EQ(lines.self->output_bytes(), 4U);
  lines.self->uncork();
  run_until_received(peer, "held");
}

// Above it reading pauses, so that nothing might come that takes the cork out.
TEST_P(connection_output_test, a_cork_gives_way_above_the_high_mark) {
  script& lines = new_script();
  const std::string much(10'001, 'x');
  lines.open = [&](connection& peer) {
    peer.cork();
    peer.write(much);
  };
  lines.data = [](connection& peer, std::string_view bytes) {
    peer.write("held again");
    return bytes.size();
  };
  net_peer& peer = open(lines, narrow);
  run_until([&] {
    peer.receive();
    return lines.draineds == 1;
  });
  peer.send("x");
  run_until([&] { return !lines.offered.empty(); });
  turns(3);
  peer.receive();
  EXPECT_GE(lines.self->output_bytes(), std::string_view("held again").size());
  lines.self->uncork();
  run_until_received(peer, much + "held again");
}

TEST_P(connection_output_test, a_close_or_an_end_of_writing_sends_what_a_cork_held) {
  script& closing = new_script();
  closing.open = [](connection& peer) {
    peer.cork();
    peer.write("last words");
    peer.close();
  };
  script& half_closing = new_script();
  half_closing.open = [](connection& peer) {
    peer.cork();
    peer.write("last words");
    peer.shutdown_write();
  };
  for (script* lines : {&closing, &half_closing}) {
    net_peer& peer = open(*lines);
    run_until_at_end(peer);
    EXPECT_EQ(peer.received(), "last words");
    EXPECT_TRUE(peer.at_end());
  }
}

TEST_P(connection_output_test, the_peers_end_sends_what_a_cork_held) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    peer.cork();
    peer.write("held");
  };
  net_peer& peer = open(lines);
  peer.shutdown_write();
  run_until_at_end(peer);
  EXPECT_EQ(peer.received(), "held");
}

TEST_P(connection_output_test, a_cork_that_nobody_takes_out_ends_with_the_idle_timeout) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    peer.cork();
    peer.write("never sent");
  };
  open(lines, {.idle_timeout = std::chrono::seconds(5)});
  turns(3);
  clock_.advance(std::chrono::seconds(6));
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::idle);
}

TEST_P(connection_output_test, a_new_handler_is_not_corked) {
  script& first = new_script();
  script& second = new_script();
  first.open = [&](connection& peer) {
    peer.cork();
    peer.write("from the old one, ");
    peer.become(std::make_unique<scripted>(second));
  };
  second.open = [](connection& peer) { peer.write("from the new one"); };
  net_peer& peer = open(first);
  run_until_received(peer, "from the old one, from the new one");
}

TEST_P(connection_output_test, abort_drops_every_kind_also_while_it_is_in_flight) {
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    for (int at = 0; at < 10; ++at) {
      peer.write(large_);
      peer.write(std::string(large_));
      peer.write_constant(large_constant_);
    }
  };
  open(lines, {.output_high_bytes = 1 << 20}, small_kernel_buffers);
  turns(2);
  ASSERT_GT(lines.self->output_bytes(), 0U);
  lines.self->abort();
  run_until([&] { return lines.destroyed == 1; });
  EXPECT_EQ(host_->blocks().blocks_in_use(), 0U);
}

PINWHEEL_IN_BOTH_STREAM_MODES(connection_output_test);

}  // namespace
}  // namespace pinwheel::testing
