// The byte streams of one loop as operations that complete: receive, send, shut down, close (DESIGN section 5).
//
// What does not depend on how the kernel is asked lies here: names, what is open, the end. Receiving and sending over
// readiness is readiness_streams's; an operation reaches it by an inline call, never a virtual one.
//
// Threads:   loop-bound.
// Ownership: owns the descriptors; borrows the streams, each until it has completed with `closed`.
// Errors:    errno values. A stream that has `failed` does nothing more than to be closed. After fork(2), and
//            event_base::reinit_after_fork() in the child, every stream fails there and goes on in the parent.
// Limits:    streams::descriptors_max; those of lingering_options.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/functional/function_ref.h"
#include "pinwheel/net/address.h"
#include "pinwheel/net/file_range.h"
#include "pinwheel/net/lingering.h"
#include "pinwheel/net/readiness_streams.h"
#include "pinwheel/net/socket.h"
#include "pinwheel/net/socket_calls.h"
#include "pinwheel/net/stream.h"
#include "pinwheel/net/stream_completion.h"
#include "pinwheel/net/stream_id.h"
#include "pinwheel/net/stream_options.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/base/io_result.h"
#include "pinwheel/reactor/base/task.h"
#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/loop_watcher.h"

namespace pinwheel {
inline namespace v0 {

class event_base;

enum class stream_close : std::uint8_t {
  linger,  // Takes care that the peer gets what was sent (net/lingering.h).
  at_once,
  reset,  // The peer learns that the stream was cut off.
};

// What a stream takes along to the streams of another loop.
struct detached_stream {
  socket_descriptor socket;  // None in the child of a fork, where it fails on arrival.
  bool ended = false;        // The end of the stream was read.
  bool catching_up = false;  // receive_now() was asked for and not answered.
};

class streams {
 public:
  using complete_function = void (*)(stream& which, const stream_completion& done) noexcept;

  static constexpr int descriptors_max = 1 << 22;  // What connection_id has bits for.

  streams(event_base& base, complete_function completed, const stream_options& options);
  // Closes what lingers. REQUIRES: every other stream is closed and has said so.
  ~streams();
  streams(const streams&) = delete;
  streams& operator=(const streams&) = delete;

  // Takes a connected, non-blocking socket over as `which`; does not receive yet. When the kernel or descriptors_max
  // refuses, the socket is closed. A priority that the base does not have counts as its least important one.
  // REQUIRES: this is the stream's home, it was not adopted before, and the socket is of stream_options::network.
  io_result adopt(stream& which, socket_descriptor socket, unsigned priority);

  // The same of a stream that was detached from its streams, which may be another loop's: this is its home from now on,
  // also when the answer is an error.
  io_result adopt(stream& which, detached_stream&& from, unsigned priority);

  // Null for a stale name, and after close().
  [[nodiscard]] stream* find(stream_id named) const noexcept;

  // All below REQUIRE: the stream was adopted here and not closed.

  void start_receiving(stream& which);
  void stop_receiving(stream& which);
  // Asks the kernel although it has reported nothing; ends with `caught_up`, while receiving is stopped only after its
  // start.
  void receive_now(stream& which);

  // With `more_follows` the kernel keeps back what does not fill a packet, for the send that comes next.
  // REQUIRES: no send is in flight, and the pieces are not all empty.
  send_result send(stream& which, std::span<const iovec> pieces, bool more_follows = false) {
    require_no_send(which);
    return readiness_.send(which, pieces, more_follows);
  }
  // As send(); lends the descriptor. Fails with file_ended_early where there is nothing left to send.
  // REQUIRES: no send is in flight, and the part is not empty.
  send_result send_file(stream& which, const file_part& part) {
    require_no_send(which);
    return readiness_.send_file(which, part);
  }
  // The peer reads the end of the stream behind what was sent. REQUIRES: no send is in flight.
  void shutdown_write(stream& which);

  // Completes with `woken` at the stream's priority, once however often it is asked for.
  void wake(stream& which);

  // Stops receiving, and takes back what of a send only waits for room; ends with `quiet`, unless receiving was started
  // again before.
  void quiesce(stream& which);
  // Nothing is received, nothing in flight; after `quiet` it stays so, but for a fork.
  [[nodiscard]] static bool is_quiet(const stream& which) noexcept;
  // Lets go of the descriptor, and of the stream's name; nothing completes any more. REQUIRES: is_quiet().
  [[nodiscard]] detached_stream detach(stream& which);

  // What is in flight is cancelled. `linger_timeout` is for stream_close::linger, which REQUIRES: no send is in flight.
  void close(stream& which, stream_close how, duration linger_timeout = duration::zero());

  // Of what the kernel took, what the peer has not acknowledged. A system call.
  [[nodiscard]] std::size_t unacknowledged(const stream& which) const;

  [[nodiscard]] address local_address(const stream& which) const;
  [[nodiscard]] address peer_address(const stream& which) const;
  // For options that have no name here.
  [[nodiscard]] int native_handle(const stream& which) const;

  // Every stream that was not closed; `visit` may adopt and close streams.
  void for_each(absl::FunctionRef<void(stream&)> visit);

  // Closes what is still to be closed, and completes it, now. Not inside a callback of a stream.
  void finish_closing();

  // What lingers is closed now.
  void end_lingering() { lingering_.end_all(); }

  // Calls `empty`, once and not within this call, when no stream is open or lingers, and none is on its way; replaces
  // an earlier one.
  void on_empty(task empty);
  // Announces a stream that is to be adopted, and ends that.
  void hold() noexcept { ++held_; }
  void release();

  [[nodiscard]] event_base& loop() const noexcept { return base_; }
  [[nodiscard]] socket_network* network() const noexcept { return calls_.network(); }
  // Streams that have not completed with `closed`.
  [[nodiscard]] std::size_t open() const noexcept { return open_; }
  [[nodiscard]] std::size_t lingering_now() const noexcept { return lingering_.size(); }
  [[nodiscard]] bool empty() const noexcept { return open_ == 0 && held_ == 0 && lingering_.size() == 0; }
  [[nodiscard]] const stream_counters& counters() const noexcept { return counters_; }

 private:
  friend class stream;
  friend class lingering;
  friend class readiness_streams;
  friend class sending;

  static void require_open(const stream& which) {
    PINWHEEL_CHECK(!which.is_.closing, "an operation on a stream that was closed");
  }
  static void require_no_send(const stream& which) {
    require_open(which);
    PINWHEEL_CHECK(!which.is_.sending, "a second send of one stream, or its end during one");
  }
  void complete(stream& which, const stream_completion& done) { complete_(which, done); }
  void complete_closed(stream& which);
  void finish_close(stream& which);
  void close_descriptor(stream& which) noexcept;
  [[nodiscard]] std::span<char> receive_room() const noexcept { return {receive_block_.get(), receive_bytes_}; }
  void for_each_adopted(absl::FunctionRef<void(stream&)> visit);
  void notify_if_empty();
  void part_from_parent() noexcept;

  event_base& base_;
  const complete_function complete_;
  const socket_calls calls_;
  const std::size_t receive_bytes_;
  std::unique_ptr<char[]> receive_block_;
  std::size_t open_ = 0;
  readiness_streams readiness_;
  lingering lingering_;
  event empty_event_;
  task empty_;
  std::size_t held_ = 0;
  fork_watcher forked_;
  stream_counters counters_;
};

}  // namespace v0
}  // namespace pinwheel
