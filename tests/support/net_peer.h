// The other end of a connection: a plain socket, of the kernel or of a simulated network, that a test drives step by
// step, without waiting.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "pinwheel/net/address.h"
#include "pinwheel/net/listener.h"
#include "pinwheel/net/simulation/network.h"
#include "pinwheel/net/socket.h"
#include "pinwheel/net/socket_calls.h"

namespace pinwheel::testing {

inline std::ptrdiff_t open_descriptors() {
  using files = std::filesystem::directory_iterator;
  return std::distance(files("/proc/self/fd"), files());
}

class net_peer {
 public:
  net_peer() = default;
  explicit net_peer(socket_descriptor socket) : socket_(std::move(socket)) {}

  // Connects, and makes the socket non-blocking then.
  static net_peer connect(const address& to, int receive_buffer_bytes = 0) {
    socket_descriptor socket(::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receive_buffer_bytes != 0) {
      EXPECT_EQ(::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(int)), 0);
    }
    EXPECT_EQ(::connect(socket.native_handle(), to.data(), to.size()), 0) << to_string(to);
    EXPECT_EQ(::fcntl(socket.native_handle(), F_SETFL, O_NONBLOCK), 0);
    return net_peer(std::move(socket));
  }

  // Answers how much the kernel took.
  std::size_t send(std::string_view bytes) {
    const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    const io_result sent = calls().send(native_handle(), {&piece, 1});
    return sent.ok() ? sent.count() : 0;
  }

  // Reads what is there, up to `most`, into received().
  void receive(std::size_t most = SIZE_MAX) {
    std::array<char, 65536> room;
    while (most > 0) {
      const io_result got = calls().receive(native_handle(), std::span(room).first(std::min(most, room.size())));
      if (!got.ok()) {
        if (got.error() != EAGAIN) error_ = got.error();
        return;
      }
      if (got.count() == 0) {
        at_end_ = true;
        return;
      }
      received_.append(room.data(), got.count());
      most -= got.count();
    }
  }

  [[nodiscard]] const std::string& received() const { return received_; }
  [[nodiscard]] bool at_end() const { return at_end_; }
  [[nodiscard]] int error() const { return error_; }
  // Whether the other side's kernel has all that was sent.
  [[nodiscard]] bool is_delivered() const {
    if (auto* network = static_cast<simulated_network*>(socket_.network())) {
      network->deliver();
      return network->bytes_under_way(native_handle()) == 0;
    }
    int unsent = -1;
    EXPECT_EQ(::ioctl(native_handle(), SIOCOUTQ, &unsent), 0);
    return unsent == 0;
  }

  void shutdown_write() { calls().shut_down_write(native_handle()); }
  void close() { socket_.close(); }
  void reset() {
    const socket_calls made_by = calls();
    made_by.reset(socket_.release());
  }

  [[nodiscard]] int native_handle() const { return socket_.native_handle(); }
  [[nodiscard]] address local_address() const { return calls().local_address(native_handle()); }
  [[nodiscard]] address peer_address() const { return calls().peer_address(native_handle()); }

 private:
  [[nodiscard]] socket_calls calls() const { return socket_calls(socket_.network()); }

  socket_descriptor socket_;
  std::string received_;
  int error_ = 0;
  bool at_end_ = false;
};

// Both ends of a TCP connection: ours, non-blocking, and the peer's. Over the kernel unless a network is given.
struct tcp_pair {
  socket_descriptor ours;
  net_peer peer;

  static tcp_pair make(const listener_options& options = {}, simulated_network* network = nullptr,
                       int peer_receive_buffer_bytes = 0) {
    if (network != nullptr) {
      simulated_network::pair pair = network->connected_pair(options);
      return {std::move(pair.inside), net_peer(std::move(pair.outside))};
    }
    const socket_descriptor listening = bind_and_listen(parse_address("127.0.0.1:0").value(), options).value();
    net_peer peer = net_peer::connect(local_address_of(listening.native_handle()), peer_receive_buffer_bytes);
    socket_descriptor ours(::accept4(listening.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    EXPECT_TRUE(ours.is_open());
    return {std::move(ours), std::move(peer)};
  }

  // The same with our end under this number. REQUIRES: no descriptor has it.
  static tcp_pair make_at(int number, simulated_network* network = nullptr) {
    if (network != nullptr) {
      tcp_pair pair = make({}, network);
      EXPECT_EQ(pair.ours.native_handle(), number);  // The lowest that is free.
      return pair;
    }
    EXPECT_EQ(::dup3(STDERR_FILENO, number, O_CLOEXEC), number);  // Until then nothing else may take it.
    tcp_pair pair = make();
    EXPECT_EQ(::dup3(pair.ours.native_handle(), number, O_CLOEXEC), number);
    pair.ours = socket_descriptor(number);
    return pair;
  }
};

}  // namespace pinwheel::testing
