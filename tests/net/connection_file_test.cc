// Files: sent from where they lie, in their place between other bytes, and never promised in vain.
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/net_connections.h"
#include "support/temporary_file.h"

namespace pinwheel::testing {
namespace {

class connection_file_test : public connection_test {
 protected:
  // Opens a connection that writes all of the file.
  net_peer& open_with_file(script& lines, const temporary_file& stored) {
    lines.open = [&stored](connection& peer) { peer.write_file(file_range::whole(stored.open())); };
    return open(lines, {}, small_kernel_buffers);
  }

  const std::string content_ = [] {
    std::string made;
    while (made.size() < 300'000) made += std::to_string(made.size()) + ",";
    return made;
  }();
  const temporary_file stored_{content_};
};

TEST_P(connection_file_test, a_file_arrives_between_what_was_written_before_and_after_it) {
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    peer.write("before ");
    EXPECT_EQ(peer.write_file({stored_.open(), 1000, 200'000}), write_result::above_high);
    peer.write(" after");
  };
  net_peer& peer = open(lines, {}, small_kernel_buffers);
  run_until_received(peer, "before " + content_.substr(1000, 200'000) + " after");
}

TEST_P(connection_file_test, one_open_file_serves_many_connections_at_once) {
  const auto file = stored_.open();
  const std::ptrdiff_t before = open_descriptors();
  std::vector<net_peer*> peers;
  for (int at = 0; at < 5; ++at) {
    script& lines = new_script();
    lines.open = [&](connection& peer) {
      peer.write_file(file_range::whole(file));
      peer.close();
    };
    peers.push_back(&open(lines, {}, small_kernel_buffers));
  }
  EXPECT_LE(open_descriptors(), before + 10);
  for (net_peer* each : peers) run_until_at_end(*each);
  for (net_peer* each : peers) EXPECT_TRUE(each->received() == content_);
}

TEST_P(connection_file_test, a_file_counts_for_the_marks_alone) {
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    EXPECT_EQ(peer.write_file(file_range::whole(stored_.open())), write_result::above_high);
    EXPECT_EQ(peer.output_bytes(), content_.size());
    EXPECT_EQ(peer.write("taken"), write_result::above_high);
  };
  net_peer& peer = open(lines, {.output_high_bytes = 10'000, .output_low_bytes = 2000, .output_bytes_max = 30'000});
  run_until_received(peer, content_ + "taken");
  run_until([&] { return lines.draineds == 1; });
}

TEST_P(connection_file_test, a_file_above_the_bound_on_their_number_closes_and_none_stays_open) {
  const std::ptrdiff_t before = open_descriptors();
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    for (std::size_t at = 0; at < output_queue::pieces_max; ++at) {
      EXPECT_NE(peer.write_file({stored_.open(), 0, 10}), write_result::closed);
    }
    EXPECT_EQ(peer.write_file({stored_.open(), 0, 10}), write_result::closed);
  };
  open(lines).close();
  run_until([&] { return lines.destroyed == 1; });
  EXPECT_EQ(reason_of(lines), close_reason::output_overflow);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(connection_file_test, a_file_that_is_shorter_than_promised_cuts_the_connection) {
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    peer.write_file({stored_.open(), content_.size() - 1000, 2000});
    peer.write("never in its place");
  };
  net_peer& peer = open(lines);
  run_until_closed(lines);
  EXPECT_EQ(lines.closes.front(), (close_status{close_reason::file_failed, file_ended_early}));
  run_until_at_end(peer);
  EXPECT_EQ(peer.error(), ECONNRESET) << "the peer cannot take it for whole";
}

TEST_P(connection_file_test, a_file_that_shrinks_while_it_is_sent_cuts_the_connection) {
  script& lines = new_script();
  net_peer& peer = open_with_file(lines, stored_);
  turns(3);
  ASSERT_GT(lines.self->output_bytes(), 100'000U);
  stored_.truncate(50'000);
  run_until([&] {
    peer.receive();
    return !lines.closes.empty();
  });
  EXPECT_EQ(lines.closes.front(), (close_status{close_reason::file_failed, file_ended_early}));
}

TEST_P(connection_file_test, a_file_that_is_removed_while_it_is_sent_arrives_whole) {
  script& lines = new_script();
  net_peer& peer = open_with_file(lines, stored_);
  turns(3);
  stored_.remove();
  run_until_received(peer, content_);
}

TEST_P(connection_file_test, a_peer_that_resets_during_a_file_is_not_the_files_fault) {
  script& lines = new_script();
  net_peer& peer = open_with_file(lines, stored_);
  turns(3);
  peer.reset();
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::reset);
}

TEST_P(connection_file_test, close_sends_the_file_before_the_end) {
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    peer.write_file(file_range::whole(stored_.open()));
    peer.close();
  };
  net_peer& peer = open(lines, {}, small_kernel_buffers);
  run_until_at_end(peer);
  EXPECT_TRUE(peer.at_end());
  EXPECT_TRUE(peer.received() == content_);
}

TEST_P(connection_file_test, abort_with_a_file_in_flight_closes_it_when_the_send_is_over) {
  const std::ptrdiff_t before = open_descriptors();
  script& lines = new_script();
  net_peer& peer = open_with_file(lines, stored_);
  turns(2);
  ASSERT_GT(lines.self->output_bytes(), 0U);
  lines.self->abort();
  run_until([&] { return lines.destroyed == 1; });
  peer.close();
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(connection_file_test, a_file_of_the_old_handler_arrives_before_what_the_new_one_writes) {
  script& first = new_script();
  script& second = new_script();
  first.open = [&](connection& peer) {
    peer.write_file(file_range::whole(stored_.open()));
    peer.become(std::make_unique<scripted>(second));
  };
  second.open = [](connection& peer) { peer.write("new"); };
  net_peer& peer = open(first, {}, small_kernel_buffers);
  run_until_received(peer, content_ + "new");
}

PINWHEEL_IN_BOTH_STREAM_MODES(connection_file_test);

class kernel_file_test : public connection_file_test {
 protected:
  // Packets that carried bytes to the peer: tcpi_data_segs_out of linux/tcp.h, which glibc's tcp_info does not reach.
  static std::uint32_t packets_to_peer(const connection& from) {
    constexpr std::size_t offset = 156;
    std::array<char, 256> info{};
    socklen_t length = info.size();
    EXPECT_EQ(::getsockopt(from.native_handle(), IPPROTO_TCP, TCP_INFO, info.data(), &length), 0);
    std::uint32_t packets = 0;
    EXPECT_GE(length, offset + sizeof(packets));
    std::memcpy(&packets, info.data() + offset, sizeof(packets));
    return packets;
  }
};

TEST_P(kernel_file_test, a_head_and_a_small_file_leave_in_one_packet) {
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    peer.write("head ");
    peer.write_file({stored_.open(), 0, 1000});
  };
  net_peer& peer = open(lines);
  run_until_received(peer, "head " + content_.substr(0, 1000));
  if (is_immediate()) {
    EXPECT_EQ(packets_to_peer(*lines.self), 1U);
    EXPECT_EQ(sends(), 2U);
  }
}

TEST_P(kernel_file_test, what_cannot_be_sent_from_cuts_the_connection_with_the_errno) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    const int folder = ::open("/", O_RDONLY | O_CLOEXEC);
    peer.write_file({std::make_shared<const open_file>(folder), 0, 10});
  };
  open(lines);
  run_until_closed(lines);
  EXPECT_EQ(lines.closes.front(), (close_status{close_reason::file_failed, EINVAL}));
}

// sendfile(2) would raise SIGPIPE, which ends a process that does not ignore it.
TEST_P(kernel_file_test, a_file_to_a_peer_that_has_gone_ends_the_connection_alone) {
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    ::shutdown(peer.native_handle(), SHUT_WR);
    peer.write_file({stored_.open(), 0, 10});
  };
  open(lines);
  run_until_closed(lines);
  EXPECT_EQ(lines.closes.front(), (close_status{close_reason::reset, EPIPE}));
}

INSTANTIATE_TEST_SUITE_P(streams, kernel_file_test, ::testing::Values(immediate, late), case_name);

TEST(open_file_test, says_what_it_could_not_open) {
  const auto missing = open_file::open("/nowhere/at/all");
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(missing.status().message().find("/nowhere/at/all"), std::string_view::npos);
}

TEST(open_file_test, takes_regular_files_alone_and_waits_for_no_pipe) {
  const std::ptrdiff_t before = open_descriptors();
  const std::string pipe =
      (std::filesystem::temp_directory_path() / "pinwheel_test_pipe").string() + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(open_file::open(pipe).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(open_file::open("/").status().code(), absl::StatusCode::kInvalidArgument);
  ::unlink(pipe.c_str());
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace pinwheel::testing
