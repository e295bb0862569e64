// How the streams of a loop work where the kernel reports readiness, as epoll and poll do.
//
// A stream's descriptor is registered once, edge-triggered, so no request costs an epoll_ctl. What becomes ready is an
// active item at the stream's priority; each pass of it reads at most once, so no peer keeps the loop.
//
// Threads:   loop-bound.
// Ownership: part of its streams, which say what each operation promises and check what it requires.
#pragma once

#include <sys/uio.h>

#include <span>

#include "pinwheel/net/file_range.h"
#include "pinwheel/net/sending.h"
#include "pinwheel/net/stream_completion.h"
#include "pinwheel/net/stream_options.h"
#include "pinwheel/reactor/base/io_result.h"
#include "pinwheel/reactor/reasons.h"

namespace pinwheel {
inline namespace v0 {

class stream;
class streams;

class readiness_streams {
 public:
  readiness_streams(streams& home, stream_mode mode) noexcept : home_(home), mode_(mode), sending_(home, mode) {}
  readiness_streams(const readiness_streams&) = delete;
  readiness_streams& operator=(const readiness_streams&) = delete;

  // Registers the descriptor.
  io_result watch(stream& which, int descriptor);

  // As the operations of streams.
  void start_receiving(stream& which);
  void stop_receiving(stream& which);
  void receive_now(stream& which);
  send_result send(stream& which, std::span<const iovec> pieces, bool more_follows) {
    return sending_.send(which, pieces, more_follows);
  }
  send_result send_file(stream& which, const file_part& part) { return sending_.send_file(which, part); }
  void quiesce(stream& which);

  // One pass: what the kernel has reported, and what was asked for since the last one.
  void run(stream& which);
  // Takes in what the kernel has reported and no pass has seen.
  void note_readiness(stream& which);

  // Lends nothing any more, right before the descriptor is closed.
  void end(stream& which) { sending_.take_back_at_close(which); }
  // The socket is another one now, and fails at its first use.
  void fail_soon(stream& which);

 private:
  void finish_send(stream& which);
  void receive(stream& which);
  void wait_for_bytes(stream& which);
  void catch_up(stream& which);
  void become_quiet(stream& which);
  void fail(stream& which, int error);
  void run_again_if_readable(stream& which);

  streams& home_;
  const stream_mode mode_;
  sending sending_;
};

}  // namespace v0
}  // namespace pinwheel
