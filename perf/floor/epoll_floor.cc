// The practical limit of an epoll server: answers every request, whatever it asks for, with the same prepared bytes.
//
// A request costs one recv and one send, and with one connection one epoll_wait; pipelined requests share all three.
// Interest is edge-triggered, so that epoll need not look at a socket again that was just emptied. It never closes a
// connection first, and takes no request with a body.
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string_view>
#include <utility>
#include <vector>

#include "floor/blank_lines.h"
#include "floor/prepared_answers.h"
#include "peers/http_date.h"
#include "peers/server_program.h"

namespace pinwheel::perf {
namespace {

constexpr std::size_t input_bytes = 16 * 1024;
constexpr int events_max = 512;
struct connection {
  blank_lines blanks;
  bool waits_for_room = false;  // Set from the first send that did not fit, for good: EPOLLOUT is then watched as well.
  std::uint64_t owed = 0;       // Bytes of answers not yet sent.
};

std::uint32_t interest_of(const connection& peer) {
  return EPOLLIN | EPOLLRDHUP | EPOLLET | (peer.waits_for_room ? std::uint32_t{EPOLLOUT} : 0);
}

class epoll_loop {
 public:
  explicit epoll_loop(int listener) : listener_(listener) {
    watch(listener_, EPOLLIN);
    const timespec second{.tv_sec = 1, .tv_nsec = 0};
    const itimerspec each_second{.it_interval = second, .it_value = {.tv_sec = current_second() + 1, .tv_nsec = 0}};
    must(timerfd_settime(clock_, TFD_TIMER_ABSTIME, &each_second, nullptr), "timerfd_settime");
    watch(clock_, EPOLLIN);
  }

  void run() {
    std::array<epoll_event, events_max> events;
    for (;;) {
      const int ready = epoll_wait(epoll_, events.data(), events_max, -1);
      if (ready < 0 && errno != EINTR) fail("epoll_wait", errno);
      for (int i = 0; i < ready; ++i) take(events[static_cast<std::size_t>(i)]);
    }
  }

 private:
  void watch(int descriptor, std::uint32_t interest, int operation = EPOLL_CTL_ADD) {
    epoll_event event{.events = interest, .data = {.fd = descriptor}};
    must(epoll_ctl(epoll_, operation, descriptor, &event), "epoll_ctl");
  }

  void take(const epoll_event& event) {
    const int descriptor = event.data.fd;
    if (descriptor == listener_) return accept();
    if (descriptor == clock_) return refresh_date();
    connection& peer = connections_[static_cast<std::size_t>(descriptor)];
    const bool more = (event.events & ~std::uint32_t{EPOLLOUT}) == 0 || receive(descriptor, peer, event.events);
    if (peer.owed > 0 && !send(descriptor, peer)) return close(descriptor);
    if (!more && peer.owed == 0) close(descriptor);
  }

  void accept() {
    const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      full_ = errno == EMFILE || errno == ENFILE;
      if (full_) watch(listener_, 0, EPOLL_CTL_MOD);
      return;
    }
    const auto place = static_cast<std::size_t>(descriptor);
    if (place >= connections_.size()) connections_.resize(place + place / 2 + 1);
    connections_[place] = {};
    watch(descriptor, interest_of(connections_[place]));
  }

  void close(int descriptor) {
    ::close(descriptor);
    if (std::exchange(full_, false)) watch(listener_, EPOLLIN, EPOLL_CTL_MOD);
  }

  void refresh_date() {
    std::uint64_t seconds = 0;
    if (read(clock_, &seconds, sizeof(seconds)) > 0) answers_.set_date(current_second());
  }

  // False when the peer will send no more. A short read has emptied the socket, unless its end is known to follow.
  bool receive(int descriptor, connection& peer, std::uint32_t events) {
    for (;;) {
      const ssize_t got = recv(descriptor, input_.data(), input_bytes, 0);
      if (got <= 0) return got < 0 && errno == EAGAIN;
      peer.owed += peer.blanks.count(input_.data(), static_cast<std::size_t>(got)) * prepared_answers::answer_bytes;
      if (static_cast<std::size_t>(got) == input_bytes) {
        watch(descriptor, interest_of(peer), EPOLL_CTL_MOD);  // Reports what is left; others come first.
        return true;
      }
      if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0) return true;
    }
  }

  // False when the connection is broken.
  bool send(int descriptor, connection& peer) {
    do {
      const std::string_view bytes = answers_.next(peer.owed);
      const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) {
        if (errno != EAGAIN) return false;
        if (!std::exchange(peer.waits_for_room, true)) watch(descriptor, interest_of(peer), EPOLL_CTL_MOD);
        return true;
      }
      peer.owed -= static_cast<std::uint64_t>(sent);
    } while (peer.owed > 0);
    return true;
  }

  const int listener_;
  const int epoll_ = must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  const int clock_ = must(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create");
  bool full_ = false;  // Out of descriptors: accepts no connection until one is closed.
  prepared_answers answers_;
  std::vector<connection> connections_;  // By descriptor.
  std::array<char, input_bytes + blank_lines::block_bytes> input_{};
};

void serve(int listener) { epoll_loop(listener).run(); }

}  // namespace
}  // namespace pinwheel::perf

int main(int argc, char** argv) { pinwheel::perf::run_server(argc, argv, pinwheel::perf::serve); }
