// The practical limit of an io_uring server: answers every request, whatever it asks for, with the same prepared bytes.
//
// A turn is one io_uring_enter: it submits the sends of the last turn and waits for more input. Input arrives by one
// multishot receive a connection in buffers that all share; connections are direct descriptors. A send is tried once,
// within the enter that submits it, and has a completion only where not everything fitted: so with one connection a
// request costs one enter, and the sends of a connection cannot overtake each other.
//
// Needs Linux 6.1. It never closes a connection first, and takes no request with a body.
#include <liburing.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "floor/blank_lines.h"
#include "floor/prepared_answers.h"
#include "floor/receive_buffers.h"
#include "peers/http_date.h"
#include "peers/server_program.h"

namespace pinwheel::perf {
namespace {

constexpr unsigned submissions = 4096;
constexpr unsigned completions = 65536;  // More than one turn brings: a receive and a send for each connection.

// What a completion belongs to; with slot and generation it is the submission's user data.
enum class operation : std::uint8_t { accept, receive, send, wait_for_room, close, date };

struct connection {
  blank_lines blanks;
  bool open = false;
  bool receives = false;         // While the multishot receive is armed.
  bool ended = false;            // The peer sends no more, or the connection is broken.
  bool blocked = false;          // While it waits for room in the socket.
  bool touched = false;          // While listed in touched_.
  std::uint16_t generation = 0;  // Of the slot: completions of earlier connections are stale.
  std::uint64_t owed = 0;        // Bytes of answers not yet sent.
  std::uint64_t sending = 0;     // Bytes of the last send: all have left unless its completion says otherwise.
};

class ring_loop {
 public:
  explicit ring_loop(int listener) : listener_(listener) {
    accept();
    wait_for_next_second();
  }

  [[noreturn]] void run() {
    for (;;) {
      // Touched ones are left where the copies did not suffice for what a client is owed, and where it is to be closed.
      const int result =
          touched_.empty() ? io_uring_submit_and_wait(&ring_, 1) : io_uring_submit_and_get_events(&ring_);
      if (result < 0 && result != -EINTR) fail("io_uring_enter", -result);
      take_completions();
      act_on_touched();
    }
  }

 private:
  io_uring open_ring() {
    io_uring ring{};
    io_uring_params parameters{};
    parameters.flags =
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL;
    parameters.cq_entries = completions;
    check(io_uring_queue_init_params(submissions, &ring, &parameters), "io_uring_queue_init");
    check(io_uring_register_ring_fd(&ring), "io_uring_register_ring_fd");
    rlimit descriptors{};
    must(getrlimit(RLIMIT_NOFILE, &descriptors), "getrlimit");
    connections_.resize(std::min<rlim_t>(descriptors.rlim_cur, completions / 2));
    check(io_uring_register_files_sparse(&ring, static_cast<unsigned>(connections_.size())),
          "io_uring_register_files_sparse");
    return ring;
  }

  static void check(int result, const char* what) {
    if (result < 0) fail(what, -result);
  }

  // ---- submitting ----

  io_uring_sqe* next_submission() {
    if (io_uring_sqe* const free = io_uring_get_sqe(&ring_)) return free;
    check(io_uring_submit(&ring_), "io_uring_submit");
    return io_uring_get_sqe(&ring_);
  }

  static void name(io_uring_sqe* submission, operation what, std::uint32_t slot = 0, std::uint16_t generation = 0) {
    submission->user_data = std::uint64_t{generation} << 40 | static_cast<std::uint64_t>(what) << 32 | slot;
  }

  void name(io_uring_sqe* submission, operation what, std::uint32_t slot, const connection& peer) {
    submission->flags |= IOSQE_FIXED_FILE;
    name(submission, what, slot, peer.generation);
  }

  void accept() {
    io_uring_sqe* const submission = next_submission();
    io_uring_prep_multishot_accept_direct(submission, listener_, nullptr, nullptr, 0);
    name(submission, operation::accept);
    accepting_ = true;
  }

  void wait_for_next_second() {
    next_second_ = {.tv_sec = current_second() + 1, .tv_nsec = 0};
    io_uring_sqe* const submission = next_submission();
    io_uring_prep_timeout(submission, &next_second_, 0, IORING_TIMEOUT_ABS | IORING_TIMEOUT_REALTIME);
    name(submission, operation::date);
  }

  void receive(std::uint32_t slot, connection& peer) {
    io_uring_sqe* const submission = next_submission();
    io_uring_prep_recv_multishot(submission, static_cast<int>(slot), nullptr, 0, 0);
    submission->buf_group = receive_buffers::group;
    submission->flags |= IOSQE_BUFFER_SELECT;
    name(submission, operation::receive, slot, peer);
    peer.receives = true;
  }

  void send(std::uint32_t slot, connection& peer) {
    const std::string_view bytes = answers_.next(peer.owed);
    io_uring_sqe* const submission = next_submission();
    // Not waiting, it is over when the enter returns; wanting all, it counts as failed where only a part went, and what
    // failed has a completion.
    io_uring_prep_send(submission, static_cast<int>(slot), bytes.data(), bytes.size(),
                       MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL);
    submission->flags |= IOSQE_CQE_SKIP_SUCCESS;
    name(submission, operation::send, slot, peer);
    peer.sending = bytes.size();
    peer.owed -= bytes.size();
  }

  void wait_for_room(std::uint32_t slot, connection& peer) {
    io_uring_sqe* const submission = next_submission();
    io_uring_prep_poll_add(submission, static_cast<int>(slot), POLLOUT);
    name(submission, operation::wait_for_room, slot, peer);
    peer.blocked = true;
  }

  void close(std::uint32_t slot, connection& peer) {
    io_uring_sqe* const submission = next_submission();
    io_uring_prep_close_direct(submission, slot);
    submission->flags |= IOSQE_CQE_SKIP_SUCCESS;
    name(submission, operation::close, slot);
    if (!accepting_) accept();
    const auto generation = static_cast<std::uint16_t>(peer.generation + 1);
    peer = {};
    peer.generation = generation;
  }

  // ---- what completed ----

  void take_completions() {
    unsigned head = 0;
    unsigned taken = 0;
    io_uring_cqe* completion = nullptr;
    io_uring_for_each_cqe(&ring_, head, completion) {
      take(*completion);
      ++taken;
    }
    io_uring_cq_advance(&ring_, taken);
    buffers_.publish();
  }

  void take(const io_uring_cqe& completion) {
    const auto what = static_cast<operation>(completion.user_data >> 32 & 0xff);
    if (what == operation::accept) return accepted(completion);
    if (what == operation::date) return refresh_date();
    if (what == operation::close) fail("closing a direct descriptor", -completion.res);
    const auto slot = static_cast<std::uint32_t>(completion.user_data);
    connection& peer = connections_[slot];
    const bool stale = peer.generation != static_cast<std::uint16_t>(completion.user_data >> 40);
    if (what == operation::receive) received(completion, stale ? nullptr : &peer);
    if (stale) return;
    if (what == operation::send) send_failed(completion.res, slot, peer);
    if (what == operation::wait_for_room) peer.blocked = false;
    touch(slot, peer);
  }

  void accepted(const io_uring_cqe& completion) {
    const bool armed = (completion.flags & IORING_CQE_F_MORE) != 0;
    if (completion.res >= 0) {
      const auto slot = static_cast<std::uint32_t>(completion.res);
      connections_[slot].open = true;
      touch(slot, connections_[slot]);
    } else if (completion.res == -ENFILE) {
      accepting_ = false;  // Out of slots, until one is free; the kernel dropped the connection.
      return;
    } else if (completion.res != -ECONNABORTED) {
      fail("accept", -completion.res);
    }
    if (!armed) accept();
  }

  // `peer` is null for a connection that is no more: its buffer goes back all the same.
  void received(const io_uring_cqe& completion, connection* peer) {
    if ((completion.flags & IORING_CQE_F_BUFFER) != 0) {
      const auto buffer = static_cast<std::uint16_t>(completion.flags >> IORING_CQE_BUFFER_SHIFT);
      if (peer != nullptr && completion.res > 0) {
        peer->owed += prepared_answers::answer_bytes *
                      peer->blanks.count(buffers_.bytes(buffer), static_cast<std::size_t>(completion.res));
      }
      buffers_.give_back(buffer);
    }
    if (peer == nullptr) return;
    if ((completion.flags & IORING_CQE_F_MORE) == 0) peer->receives = false;
    if (completion.res <= 0 && completion.res != -ENOBUFS) peer->ended = true;
  }

  void send_failed(int result, std::uint32_t slot, connection& peer) {
    if (result < 0 && result != -EAGAIN) {
      peer.ended = true;
      peer.owed = 0;
      return;
    }
    peer.owed += peer.sending - static_cast<std::uint64_t>(std::max(result, 0));
    wait_for_room(slot, peer);
  }

  void refresh_date() {
    answers_.set_date(current_second());
    wait_for_next_second();
    // For Valgrind, which takes signals in calls that it knows to block; io_uring_enter is none of them.
    poll(nullptr, 0, 0);
  }

  // ---- acting, once a turn, on what completed ----

  void touch(std::uint32_t slot, connection& peer) {
    if (!std::exchange(peer.touched, true)) touched_.push_back(slot);
  }

  void act_on_touched() {
    std::swap(touched_, acting_on_);
    for (const std::uint32_t slot : acting_on_) {
      connection& peer = connections_[slot];
      peer.touched = false;
      act_on(slot, peer);
    }
    acting_on_.clear();
  }

  void act_on(std::uint32_t slot, connection& peer) {
    if (!peer.open || peer.blocked) return;
    if (!peer.receives && !peer.ended) receive(slot, peer);
    if (peer.owed > 0) {
      send(slot, peer);
      if (peer.ended || peer.owed > 0) touch(slot, peer);  // The next turn knows whether all has left.
    } else if (peer.ended) {
      close(slot, peer);
    }
  }

  const int listener_;
  std::vector<connection> connections_;  // By slot; as many as the ring has.
  io_uring ring_ = open_ring();
  receive_buffers buffers_{ring_};
  bool accepting_ = false;
  __kernel_timespec next_second_{};
  prepared_answers answers_;
  std::vector<std::uint32_t> touched_;  // Slots to act on when all that completed is taken.
  std::vector<std::uint32_t> acting_on_;
};

void serve(int listener) { ring_loop(listener).run(); }

}  // namespace
}  // namespace pinwheel::perf

int main(int argc, char** argv) { pinwheel::perf::run_server(argc, argv, pinwheel::perf::serve); }
