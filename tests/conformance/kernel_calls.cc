#include "conformance/kernel_calls.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace pinwheel::conformance {
namespace {

constexpr std::size_t signal_set_bytes = 8;  // Of the kernel's, as the raw system calls want it.

std::atomic<std::size_t> poll_count{0};
std::atomic<std::size_t> change_count{0};
std::atomic<int> next_error{0};

// Counts a wait; answers whether it is to fail, with errno set.
bool must_fail() {
  ++poll_count;
  const int error = next_error.exchange(0);
  if (error == 0) return false;
  errno = error;
  return true;
}

}  // namespace

std::size_t kernel_calls::polls() { return poll_count; }
std::size_t kernel_calls::changes() { return change_count; }
void kernel_calls::fail_next_poll(int error) { next_error = error; }

}  // namespace pinwheel::conformance

using pinwheel::conformance::change_count;
using pinwheel::conformance::must_fail;
using pinwheel::conformance::signal_set_bytes;

#pragma GCC visibility push(default)  // Shared libraries are to find these.

extern "C" {

int epoll_ctl(int epoll, int operation, int descriptor, epoll_event* event) noexcept {
  ++change_count;
  return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, descriptor, event));
}

int epoll_wait(int epoll, epoll_event* events, int count, int timeout) {
  if (must_fail()) return -1;
  return static_cast<int>(::syscall(SYS_epoll_pwait, epoll, events, count, timeout, nullptr, signal_set_bytes));
}

int epoll_pwait2(int epoll, epoll_event* events, int count, const timespec* timeout, const sigset_t* mask) {
  if (must_fail()) return -1;
  return static_cast<int>(::syscall(SYS_epoll_pwait2, epoll, events, count, timeout, mask, signal_set_bytes));
}

int ppoll(pollfd* descriptors, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  if (must_fail()) return -1;
  timespec left = timeout != nullptr ? *timeout : timespec{};  // The kernel writes into it.
  return static_cast<int>(
      ::syscall(SYS_ppoll, descriptors, count, timeout != nullptr ? &left : nullptr, mask, signal_set_bytes));
}

int poll(pollfd* descriptors, nfds_t count, int timeout) {
  const timespec wanted{timeout / 1000, timeout % 1000 * 1'000'000L};
  return ppoll(descriptors, count, timeout >= 0 ? &wanted : nullptr, nullptr);
}

}  // extern "C"

#pragma GCC visibility pop
