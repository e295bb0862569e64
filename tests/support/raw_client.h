// A client of plain blocking calls, so that what a server does is seen from outside.
#pragma once

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>

#include "pinwheel/net/address.h"
#include "pinwheel/net/socket.h"

namespace pinwheel::testing {

class raw_client {
 public:
  explicit raw_client(const address& where) : raw_client(where.family()) { connect(where); }

  // Has its descriptor, and is not connected yet.
  explicit raw_client(sa_family_t family) : socket_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{.tv_sec = 20, .tv_usec = 0};  // Ends a test that would hang; no test waits for it to pass.
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }

  void connect(const address& where) {
    EXPECT_EQ(::connect(socket_.native_handle(), where.data(), where.size()), 0)
        << "connecting to " << to_string(where);
  }

  void send(std::string_view bytes) {
    EXPECT_EQ(::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  void shutdown_write() { EXPECT_EQ(::shutdown(socket_.native_handle(), SHUT_WR), 0); }

  // Until the server's kernel has acknowledged every byte.
  void wait_until_delivered() {
    for (int unacknowledged = 1; unacknowledged != 0; ::sched_yield()) {
      ASSERT_EQ(::ioctl(socket_.native_handle(), SIOCOUTQ, &unacknowledged), 0);
    }
  }

  // That many bytes; fewer when the server ends the connection before.
  std::string receive(std::size_t bytes) {
    std::string received(bytes, '\0');
    const ssize_t count = ::recv(socket_.native_handle(), received.data(), bytes, MSG_WAITALL);
    EXPECT_GE(count, 0) << "errno " << errno;
    received.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return received;
  }

  // All bytes up to the server's end of the connection, which must be an orderly one; then closes this end too.
  std::string receive_rest() {
    std::string received;
    for (std::array<char, 4096> block;;) {
      const ssize_t count = ::recv(socket_.native_handle(), block.data(), block.size(), 0);
      EXPECT_GE(count, 0) << "errno " << errno;
      if (count <= 0) break;
      received.append(block.data(), static_cast<std::size_t>(count));
    }
    socket_.close();
    return received;
  }

  // Sends and waits for the same bytes to come back.
  void expect_echo(std::string_view bytes) {
    send(bytes);
    EXPECT_EQ(receive(bytes.size()), bytes);
  }

  // The server ends the connection, in order or not, without another byte.
  void expect_end() {
    char byte = 0;
    const ssize_t count = ::recv(socket_.native_handle(), &byte, 1, 0);
    EXPECT_TRUE(count == 0 || (count < 0 && errno == ECONNRESET)) << "received " << count << ", errno " << errno;
  }

 private:
  socket_descriptor socket_;
};

}  // namespace pinwheel::testing
