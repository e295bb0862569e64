// The byte streams of one loop as operations that complete: receive, send, shut down, close (DESIGN section 5).
//
// Underneath is readiness: a stream's descriptor is registered once, edge-triggered, so no request costs an epoll_ctl.
// What becomes ready is an active item at the stream's priority; each activation reads at most once, so no peer keeps
// the loop.
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
#include <string_view>

#include "absl/functional/function_ref.h"
#include "pinwheel/net/address.h"
#include "pinwheel/net/file_range.h"
#include "pinwheel/net/late_sends.h"
#include "pinwheel/net/lingering.h"
#include "pinwheel/net/loop_counter.h"
#include "pinwheel/net/socket.h"
#include "pinwheel/net/socket_calls.h"
#include "pinwheel/net/stream.h"
#include "pinwheel/net/stream_id.h"
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
  quiet,          // After quiesce(): nothing is in flight, nothing lent.
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
  socket_network* network = nullptr;   // Whose the sockets are; null: the kernel's.
  std::uint32_t generations_from = 0;  // Behind it the generations in the streams' names begin.
};

struct alignas(64) stream_counters {
  loop_counter receives;  // System calls.
  loop_counter sends;
  loop_counter bytes_in;
  loop_counter bytes_out;
};

// What a stream takes along to the streams of another loop.
struct detached_stream {
  socket_descriptor socket;
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
  send_result send(stream& which, std::span<const iovec> pieces, bool more_follows = false);
  // As send(); lends the descriptor. Fails with file_ended_early where there is nothing left to send.
  // REQUIRES: no send is in flight, and the part is not empty.
  send_result send_file(stream& which, const file_part& part);
  // The peer reads the end of the stream behind what was sent. REQUIRES: no send is in flight.
  void shutdown_write(stream& which);

  // Completes with `woken` at the stream's priority, once however often it is asked for.
  void wake(stream& which);

  // Stops receiving, and takes back what of a send only waits for room; ends with `quiet`, unless receiving was started
  // again before.
  void quiesce(stream& which);
  // Lets go of the descriptor, and of the stream's name; nothing completes any more. REQUIRES: quiet since quiesce().
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

  static void require_open(const stream& which);
  void run(stream& which);
  void note_readiness(stream& which, reasons why);
  void complete(stream& which, const stream_completion& done) { complete_(which, done); }
  void complete_send(stream& which);
  void complete_closed(stream& which);
  void receive(stream& which);
  void wait_for_bytes(stream& which);
  void catch_up(stream& which);
  void become_quiet(stream& which);
  void fail(stream& which, int error);
  void run_again_if_readable(stream& which);
  send_result send_late(stream& which, lent_send&& lent);
  io_result send_lent(stream& which);
  io_result send_now(stream& which, std::span<const iovec> pieces, bool more_follows);
  io_result send_file_now(stream& which, const file_part& part);
  void note_sent(stream& which, io_result taken, bool is_full);
  void finish_close(stream& which);
  void close_descriptor(stream& which) noexcept;
  [[nodiscard]] std::uint32_t next_generation() noexcept;
  [[nodiscard]] std::span<char> receive_room() const noexcept { return {receive_block_.get(), receive_bytes_}; }
  void for_each_adopted(absl::FunctionRef<void(stream&)> visit);
  void notify_if_empty();
  void part_from_parent() noexcept;

  event_base& base_;
  const complete_function complete_;
  const socket_calls calls_;
  const stream_mode mode_;
  const std::size_t receive_bytes_;
  std::unique_ptr<char[]> receive_block_;
  std::size_t open_ = 0;
  std::uint32_t generation_;  // Of the stream adopted last.
  lingering lingering_;
  late_sends late_sends_;  // Empty in the immediate mode.
  event empty_event_;
  task empty_;
  std::size_t held_ = 0;
  fork_watcher forked_;
  stream_counters counters_;
};

}  // namespace v0
}  // namespace pinwheel
