// A connection through a filter that changes loops: the filter goes along, with what it holds in both directions.
#include <random>

#include "pinwheel/net/filter_factory.h"
#include "pinwheel/net/filtered_bytes.h"
#include "support/filtered_peer.h"
#include "support/net_loops.h"

namespace pinwheel::testing {
namespace {

class filter_move_test : public net_loops_test {
 protected:
  filtered_peer open_filtered(script& lines, const checksum_options& filter, connection_options options = {},
                              const listener_options& listener = {}) {
    filter_ = filter;
    options.filter = make_filter_with<checksum_filter>(filter_);
    checksum_options other_side = filter;
    other_side.is_client = true;
    return filtered_peer(open(lines, options, listener), other_side);
  }

  // Turns, and steps of the peer, until `done()`.
  template <class Done>
  void run_with(filtered_peer& peer, Done done) {
    run_until([&] {
      peer.step();
      return done();
    });
  }

  static std::string numbers(std::size_t count) {
    std::string all;
    for (int number = 0; all.size() < count; ++number) all += std::to_string(number) + ",";
    return all;
  }

 private:
  checksum_options filter_;
};

TEST_P(filter_move_test, frames_go_on_in_order_on_the_new_loop) {
  script& lines = new_script();
  echoes(lines);
  filtered_peer peer = open_filtered(lines, {});
  peer.write("here, ");
  run_with(peer, [&] { return peer.received() == "here, "; });
  move_and_wait(lines, 1);
  peer.write("there");
  run_with(peer, [&] { return peer.received() == "here, there"; });
  peer.finish();
  run_with(peer, [&] { return peer.has_ended(); });
  EXPECT_EQ(reason_of(lines), close_reason::peer_eof);
}

TEST_P(filter_move_test, half_a_frame_and_plaintext_that_was_not_offered_go_along) {
  script& lines = new_script();
  std::string heard;
  lines.data = [&](connection& moving, std::string_view bytes) {
    heard += bytes;
    if (lines.moves == 0) moving.pause_reading();
    return bytes.size();
  };
  filtered_peer peer = open_filtered(lines, {.handshakes = false, .compresses = true});
  std::string held;
  peer.spoil([&](std::string& sealed) {
    sealed = held + sealed;
    held = sealed.substr(sealed.size() - std::min<std::size_t>(sealed.size(), 3));
    sealed.resize(sealed.size() - held.size());
  });
  const std::string sent = std::string(3 * filtered_bytes::opened_bytes_max, 'r') + numbers(10'000);
  peer.write(sent);
  run_with(peer, [&] { return !heard.empty(); });
  move_and_wait(lines, 2);
  EXPECT_EQ(host(0).blocks().blocks_in_use(), 0U);
  peer.spoil([&](std::string& sealed) { sealed = std::exchange(held, {}) + sealed; });
  lines.self->resume_reading();
  run_with(peer, [&] { return heard.size() == sent.size(); });
  EXPECT_TRUE(heard == sent);
}

TEST_P(filter_move_test, output_sealed_and_unsealed_goes_along_and_all_of_it_arrives) {
  script& lines = new_script();
  const std::string much = numbers(500'000);
  lines.open = [&](connection& moving) { moving.write(much); };
  filtered_peer peer = open_filtered(lines, {.handshakes = false, .rekeys_after = 5}, {.output_high_bytes = 1 << 20},
                                     small_kernel_buffers);
  turns(3);
  move_and_wait(lines, 1);
  EXPECT_GT(lines.self->output_bytes(), 0U);
  run_with(peer, [&] { return peer.received().size() > much.size() / 2; });
  move_and_wait(lines, 2);
  lines.self->close();
  run_with(peer, [&] { return peer.has_ended(); });
  EXPECT_TRUE(peer.received() == much);
}

TEST_P(filter_move_test, it_moves_again_and_again_while_bytes_go_both_ways) {
  std::mt19937 random(9);
  script& lines = new_script();
  echoes(lines);
  filtered_peer peer = open_filtered(lines, {.rekeys_after = 4}, {}, small_kernel_buffers);
  run_with(peer, [&] { return lines.opens == 1; });
  const std::string sent = numbers(300'000);
  std::size_t given = 0;
  run_until([&] {
    if (given < sent.size()) {
      const std::string_view next = std::string_view(sent).substr(given, random() % 5000);
      peer.write(next);
      given += next.size();
    }
    connection* moving = random() % 8 == 0 ? find(lines) : nullptr;
    if (moving != nullptr) moving->move_to(host(random() % loops_count).handle());
    peer.step(random() % 50'000);
    return peer.received().size() == sent.size();
  });
  EXPECT_TRUE(peer.received() == sent);
  EXPECT_GT(lines.moves, 5);
}

PINWHEEL_IN_BOTH_STREAM_MODES(filter_move_test);

}  // namespace
}  // namespace pinwheel::testing
