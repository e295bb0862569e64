// The byte streams of one loop as operations that complete: receive, send, shut down, close (DESIGN section 5).
//
// Underneath is readiness: a stream's descriptor is registered once, edge-triggered, so no request costs an epoll_ctl.
// What becomes ready is an active item at the stream's priority; each activation reads at most once, so no peer keeps
// the loop.
//
// Threads:   loop-bound.
// Ownership: owns the descriptors; borrows the owners, each until it has heard `closed`.
// Errors:    errno values. A stream that has `failed` does nothing more than to be closed. After fork(2), and
//            event_base::reinit_after_fork() in the child, every stream fails there and goes on in the parent.
// Limits:    stream_table::streams_max; those of lingering_options.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "pinwheel/net/address.h"
#include "pinwheel/net/late_sends.h"
#include "pinwheel/net/lingering.h"
#include "pinwheel/net/loop_counter.h"
#include "pinwheel/net/socket.h"
#include "pinwheel/net/stream_id.h"
#include "pinwheel/net/stream_table.h"
#include "pinwheel/reactor/base/io_result.h"
#include "pinwheel/reactor/base/task.h"
#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/loop_watcher.h"

namespace pinwheel {
inline namespace v0 {

class event_base;

// What has completed. None of these comes inside the call that asked for it.
enum class stream_event : std::uint8_t {
  received,       // `bytes`, lent for the call. May still come after stop_receiving().
  end_of_stream,  // The peer has sent its last byte.
  caught_up,      // All that the kernel had after receive_now() has been received.
  sent,           // The send in flight is over, and took `count` bytes, perhaps none.
  failed,         // Receiving or sending failed with `error`; what was in flight is over.
  woken,          // After wake().
  closed,         // After close(): the last one. Nothing is in flight, nothing lent; the stream's name is stale.
};

struct stream_completion {
  stream_event what;
  int error = 0;
  std::size_t count = 0;
  std::string_view bytes = {};
};

// How a send went so far.
struct send_result {
  bool in_flight;   // It completes later; until then its bytes neither move nor die.
  io_result taken;  // Otherwise what the kernel took of it, at least a byte, or an errno.
};

enum class stream_close : std::uint8_t {
  linger,  // Takes care that the peer gets what was sent (net/lingering.h).
  at_once,
  reset,  // The peer learns that the stream was cut off.
};

// What makes one loop's streams behave otherwise than the kernel does.
enum class stream_mode : std::uint8_t {
  immediate,
  late,  // For tests: sends complete a turn late and partly, and receiving goes on for a turn after stop_receiving().
};

struct stream_options {
  std::size_t receive_bytes = 64 << 10;  // Received at once.
  stream_mode mode = stream_mode::immediate;
  lingering_options lingering = {};
};

struct alignas(64) stream_counters {
  loop_counter receives;  // System calls.
  loop_counter sends;
  loop_counter bytes_in;
  loop_counter bytes_out;
};

class streams {
 public:
  using complete_function = void (*)(void* owner, const stream_completion& done) noexcept;

  struct adopted {
    stream_id id;   // Names no stream when the kernel or streams_max refused; the socket is closed then.
    int error = 0;  // Why.
  };

  streams(event_base& base, complete_function completed, const stream_options& options);
  // Closes what lingers. REQUIRES: every other stream is closed and has said so.
  ~streams();
  streams(const streams&) = delete;
  streams& operator=(const streams&) = delete;

  // Takes a connected, non-blocking socket over; does not receive yet. A priority that the base does not have counts as
  // its least important one.
  adopted adopt(socket_descriptor socket, void* owner, unsigned priority);

  // The owner; null for a stale name, and after close().
  [[nodiscard]] void* owner_of(stream_id named) const noexcept;

  // All below REQUIRE: the stream was not closed.

  void start_receiving(stream_id which);
  void stop_receiving(stream_id which);
  // Asks the kernel although it has reported nothing; ends with `caught_up`, while receiving is stopped only after its
  // start.
  void receive_now(stream_id which);

  // REQUIRES: no send is in flight, and the pieces are not all empty.
  send_result send(stream_id which, std::span<const iovec> pieces);
  // The peer reads the end of the stream behind what was sent. REQUIRES: no send is in flight.
  void shutdown_write(stream_id which);

  // Completes with `woken` at the stream's priority, once however often it is asked for.
  void wake(stream_id which);

  // What is in flight is cancelled. `linger_timeout` is for stream_close::linger, which REQUIRES: no send is in flight.
  void close(stream_id which, stream_close how, duration linger_timeout = duration::zero());

  [[nodiscard]] address local_address(stream_id which) const;
  [[nodiscard]] address peer_address(stream_id which) const;
  // For options that have no name here.
  [[nodiscard]] int native_handle(stream_id which) const;

  // Calls visit(owner) for every stream that was not closed; it may adopt and close streams.
  template <class Visit>
  void for_each_owner(Visit visit) {
    table_.for_each([&](stream_slot& slot) {
      if (!slot.is.closing && !slot.is.lingers) visit(slot.owner);
    });
  }

  // Closes what is still to be closed, and completes it, now. Not inside a callback of a stream.
  void finish_closing();

  // What lingers is closed now, and what was closed to linger is closed at once.
  void end_lingering();

  // Calls `empty`, once and not within this call, when no stream is open or lingers; replaces an earlier one.
  void on_empty(task empty);

  [[nodiscard]] bool empty() const noexcept { return table_.used() == 0; }  // None open, none lingering.
  [[nodiscard]] std::size_t open() const noexcept { return table_.used() - lingering_.size(); }
  [[nodiscard]] std::size_t lingering_now() const noexcept { return lingering_.size(); }
  [[nodiscard]] const stream_counters& counters() const noexcept { return counters_; }

 private:
  friend struct stream_slot;

  stream_slot& at(stream_id which) const noexcept;
  void run(stream_slot& slot);
  void note_readiness(stream_slot& slot, reasons why);
  void complete(const stream_slot& slot, const stream_completion& done) { complete_(slot.owner, done); }
  void complete_send(stream_slot& slot);
  void receive(stream_slot& slot);
  void wait_for_bytes(stream_slot& slot);
  void catch_up(stream_slot& slot);
  void fail(stream_slot& slot, int error);
  void run_again_if_readable(stream_slot& slot);
  io_result send_now(stream_slot& slot, std::span<const iovec> pieces);
  void finish_close(stream_slot& slot);
  void run_lingering(stream_slot& slot);
  void close_descriptor(stream_slot& slot) noexcept;
  void stop_lingering(stream_slot& slot) noexcept;
  static void lingered_too_long(timer_node& self);
  void notify_if_empty();
  void part_from_parent() noexcept;

  event_base& base_;
  const complete_function complete_;
  const stream_mode mode_;
  const std::size_t receive_bytes_;
  std::unique_ptr<char[]> receive_block_;
  stream_table table_;
  lingering lingering_;
  late_sends late_sends_;  // Empty in the immediate mode.
  event empty_event_;
  task empty_;
  fork_watcher forked_;
  stream_counters counters_;
};

}  // namespace v0
}  // namespace pinwheel
