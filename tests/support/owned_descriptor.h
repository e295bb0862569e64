// Descriptors for tests that close them, and open others under the same number.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace pinwheel::testing {

class owned_descriptor {
 public:
  explicit owned_descriptor(int number = -1) : number_(number) {}
  owned_descriptor(owned_descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  owned_descriptor& operator=(owned_descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~owned_descriptor() { close(); }

  [[nodiscard]] int number() const { return number_; }

  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

  // The same file under another number, which is free or is closed by this.
  void move_to(int number) {
    if (number_ == number) return;
    EXPECT_EQ(::dup3(number_, number, O_CLOEXEC), number);
    close();
    number_ = number;
  }

 private:
  int number_;
};

struct owned_pipe {
  owned_pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    read_end = owned_descriptor(ends[0]);
    write_end = owned_descriptor(ends[1]);
  }

  void fill() const { EXPECT_EQ(::write(write_end.number(), "x", 1), 1); }

  owned_descriptor read_end;
  owned_descriptor write_end;
};

struct owned_socket_pair {
  owned_socket_pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    ours = owned_descriptor(ends[0]);
    peers = owned_descriptor(ends[1]);
  }

  void fill() const { EXPECT_EQ(::write(peers.number(), "x", 1), 1); }

  owned_descriptor ours;
  owned_descriptor peers;
};

}  // namespace pinwheel::testing
