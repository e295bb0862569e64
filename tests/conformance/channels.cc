#include "conformance/channels.h"

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "pinwheel/reactor/base/check.h"

namespace pinwheel::conformance {
namespace {

std::array<int, 2> make_pair() {
  std::array<int, 2> ends{};
  const int made = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data());
  PINWHEEL_CHECK(made == 0, "no socket pair for a case");
  return ends;
}

void close_end(int& end) {
  if (end >= 0) ::close(std::exchange(end, -1));
}

}  // namespace

socket_channel::socket_channel() : ends_(make_pair()) {}

socket_channel::~socket_channel() {
  for (int& end : ends_) close_end(end);
  close_end(kept_);
}

void socket_channel::make_readable() { PINWHEEL_CHECK(::write(ends_[1], "x", 1) == 1, "the peer cannot write"); }

void socket_channel::read_empty() {
  std::array<char, 64> scrap{};
  while (::read(ends_[0], scrap.data(), scrap.size()) > 0) {
  }
}

void socket_channel::make_unwritable() {
  const std::array<char, 4096> filling{};
  while (::write(ends_[0], filling.data(), filling.size()) > 0) {
  }
}

void socket_channel::shut_down_peer() { ::shutdown(ends_[1], SHUT_WR); }

void socket_channel::close_peer() { close_end(ends_[1]); }

void socket_channel::reopen() {
  const int number = ends_[0];
  for (int& end : ends_) close_end(end);
  ends_ = make_pair();
  if (ends_[0] == number) return;
  PINWHEEL_CHECK(ends_[1] != number && ::dup2(ends_[0], number) == number, "a descriptor's number cannot be had again");
  ::close(std::exchange(ends_[0], number));
}

void socket_channel::hide_number() {
  kept_ = ::dup(ends_[0]);
  PINWHEEL_CHECK(kept_ >= 0, "no second number for a descriptor");
  ::close(ends_[0]);
}

void socket_channel::show_number() {
  PINWHEEL_CHECK(::dup2(kept_, ends_[0]) == ends_[0], "a descriptor's number cannot be had again");
  close_end(kept_);
}

}  // namespace pinwheel::conformance
