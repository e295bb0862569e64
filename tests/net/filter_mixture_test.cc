// Output of every kind and input in every measure, at random and in both directions at once, through a filter.
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <random>

#include "pinwheel/net/open_file.h"
#include "support/filtered_connections.h"

namespace pinwheel::testing {
namespace {

std::shared_ptr<const open_file> file_of(std::string_view bytes) {
  const int descriptor = ::memfd_create("file_of", MFD_CLOEXEC);
  EXPECT_EQ(::write(descriptor, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return std::make_shared<const open_file>(descriptor);
}

class filter_mixture_test : public filtered_connection_test {
 protected:
  static constexpr std::size_t bytes_each_way = 300'000;
  static constexpr connection_options narrow = {
      .input_bytes_max = 20'000, .output_high_bytes = 30'000, .output_low_bytes = 5000, .output_bytes_max = 200'000};

  bool one_in(unsigned n) { return random_() % n == 0; }
  std::size_t up_to(std::size_t most) { return 1 + random_() % most; }

  // Runs of one byte, which compress, between bytes that do not.
  std::string random_bytes(std::size_t count) {
    std::string all;
    while (all.size() < count) {
      if (one_in(3)) {
        all.append(up_to(20'000), static_cast<char>(random_()));
      } else {
        all += counted_bytes(up_to(5000));
      }
    }
    all.resize(count);
    return all;
  }

  // The front of `rest` in one of the ways there are; answers how much of it.
  std::size_t write_some(connection& peer, std::string_view rest) {
    const std::string_view next = rest.substr(0, up_to(one_in(4) ? 40'000 : 2000));
    switch (random_() % 6) {
      case 0:
        peer.write(std::string(next));
        break;
      case 1:
        peer.write_constant(constant_bytes::unchecked(next));
        break;
      case 2:
        peer.write_file({file_, static_cast<std::uint64_t>(next.data() - sent_.data()), next.size()});
        break;
      case 3: {
        const std::string_view fits = next.substr(0, connection::output_block_bytes);
        fits.copy(peer.reserve(fits.size()), fits.size());
        peer.commit(fits.size());
        return fits.size();
      }
      case 4:
        peer.write({next.substr(0, 3), next.substr(std::min<std::size_t>(3, next.size()))});
        break;
      default:
        peer.write(next);
    }
    return next.size();
  }

  // As much as the high mark lets it, and at most a few writes at once.
  void produce(connection& peer) {
    for (std::size_t writes = up_to(4); writes > 0 && written_ < sent_.size() && !is_full_; --writes) {
      written_ += write_some(peer, std::string_view(sent_).substr(written_));
      is_full_ = peer.output_bytes() > narrow.output_high_bytes;
    }
    if (written_ == sent_.size() && peer.is_open()) peer.shutdown_write();
  }

  std::size_t consume(connection& peer, std::string_view bytes) {
    const std::size_t consumed = one_in(3) ? up_to(bytes.size()) : bytes.size();
    heard_ += bytes.substr(0, consumed);
    if (consumed < bytes.size() || one_in(4)) peer.pause_reading();  // The end comes behind what is left, then.
    produce(peer);
    return consumed;
  }

  void run(const checksum_options& filter, unsigned seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    random_.seed(seed);
    sent_ = random_bytes(bytes_each_way);
    file_ = file_of(sent_);
    written_ = 0;
    is_full_ = false;
    heard_.clear();
    script& lines = new_script();
    lines.data = [&](connection& peer, std::string_view bytes) { return consume(peer, bytes); };
    lines.drained = [&](connection& peer) {
      is_full_ = false;
      produce(peer);
    };
    lines.eof = [](connection&) {};
    filtered_peer& peer = open_filtered(lines, filter, narrow, small_kernel_buffers);
    const std::string to_hear = random_bytes(bytes_each_way);
    std::size_t given = 0;
    run_until([&] {
      if (given < to_hear.size() && one_in(3)) {
        const std::string_view next = std::string_view(to_hear).substr(given, up_to(10'000));
        peer.write(next);
        given += next.size();
        if (given == to_hear.size()) peer.finish();
      }
      peer.step(one_in(4) ? 0 : up_to(50'000));
      if (lines.self != nullptr && one_in(2)) lines.self->resume_reading();
      if (lines.self != nullptr && one_in(2)) produce(*lines.self);
      return !lines.closes.empty() && peer.has_ended();
    });
    EXPECT_EQ(reason_of(lines), close_reason::peer_eof) << lines.closes.front().error;
    file_.reset();
    EXPECT_TRUE(peer.received() == sent_) << peer.received().size() << " of " << sent_.size();
    EXPECT_TRUE(heard_ == to_hear) << heard_.size() << " of " << to_hear.size();
  }

 private:
  std::mt19937 random_;
  std::string sent_;
  std::shared_ptr<const open_file> file_;
  std::size_t written_ = 0;
  std::string heard_;
  bool is_full_ = false;
};

TEST_P(filter_mixture_test, everything_arrives_in_order_in_both_directions) {
  for (unsigned seed = 1; seed <= 4; ++seed) run({}, seed);
}

TEST_P(filter_mixture_test, everything_arrives_when_the_ciphertext_is_smaller) {
  for (unsigned seed = 11; seed <= 14; ++seed) run({.compresses = true}, seed);
}

TEST_P(filter_mixture_test, everything_arrives_when_sealing_waits_for_input_now_and_then) {
  for (unsigned seed = 21; seed <= 24; ++seed) run({.compresses = true, .rekeys_after = 3}, seed);
}

TEST_P(filter_mixture_test, a_large_file_is_read_as_the_peer_takes_it) {
  const std::string bytes = counted_bytes(4 << 20);
  const std::shared_ptr<const open_file> file = file_of(bytes);
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    peer.write_file(file_range::whole(file));
    peer.close();
  };
  filtered_peer& peer = open_filtered(lines, no_handshake, {}, small_kernel_buffers);
  std::size_t most = 0;
  run_with(peer, [&] {
    most = std::max(most, host_->blocks().bytes_in_use());
    return peer.has_ended();
  });
  EXPECT_TRUE(peer.received() == bytes);
  EXPECT_LT(most, 3 * filtered_bytes::sealed_bytes_max);
}

TEST_P(filter_mixture_test, a_file_that_ends_early_ends_the_connection_without_the_closing_notice) {
  const std::shared_ptr<const open_file> file = file_of("too short");
  script& lines = new_script();
  lines.open = [&](connection& peer) { peer.write_file({file, 4, 100}); };
  filtered_peer& peer = open_filtered(lines, no_handshake);
  run_until_over(peer);
  EXPECT_EQ(lines.closes.front(), (close_status{close_reason::file_failed, file_ended_early}));
  EXPECT_FALSE(peer.has_ended());
}

PINWHEEL_IN_BOTH_STREAM_MODES(filter_mixture_test);

}  // namespace
}  // namespace pinwheel::testing
