#include "pinwheel/net/readiness_streams.h"

#include <cerrno>
#include <optional>

#include "pinwheel/net/streams.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr interest watched = interest::read_write | interest::closed | interest::edge;

}  // namespace

io_result readiness_streams::watch(stream& which, int descriptor) {
  which.set_target(descriptor, watched);
  return home_.base_.descriptors().add_rearmed(which);
}

// What is asked for.

void readiness_streams::start_receiving(stream& which) {
  which.is_.receiving = !which.is_.ended;
  which.is_.cancelling = which.is_.quieting = false;
  run_again_if_readable(which);
}

void readiness_streams::stop_receiving(stream& which) {
  if (mode_ == stream_mode::immediate) {
    which.is_.receiving = false;
  } else {
    which.is_.cancelling = true;
    home_.base_.queues().activate_later(which);
  }
}

void readiness_streams::receive_now(stream& which) {
  which.is_.catching_up = true;
  which.is_.maybe_readable = !which.is_.ended;
  home_.base_.queues().activate(which);
}

void readiness_streams::quiesce(stream& which) {
  which.is_.quieting = true;
  stop_receiving(which);
  if (mode_ == stream_mode::immediate) home_.base_.queues().activate(which);
}

void readiness_streams::fail_soon(stream& which) {
  which.is_.maybe_readable = true;
  if (!which.is_.closing) which.is_.receiving = true;
  home_.base_.queues().activate(which);
}

// A pass.

void readiness_streams::run(stream& which) {
  note_readiness(which);
  const stream::state before = which.is_;  // What its owner asks for from here on completes in a later pass.
  if (before.closing) return home_.finish_close(which);
  if (before.sending && !before.blocked) finish_send(which);
  if (which.is_.receiving && which.is_.maybe_readable && !which.is_.closing) receive(which);
  if (before.catching_up && which.is_.catching_up && !which.is_.closing) catch_up(which);
  if (before.cancelling && which.is_.cancelling) which.is_.cancelling = which.is_.receiving = false;
  if (before.waking && !which.is_.closing) {
    which.is_.waking = false;
    home_.complete(which, {.what = stream_event::woken});
  }
  if (before.quieting && which.is_.quieting && !which.is_.closing) become_quiet(which);
  run_again_if_readable(which);
}

void readiness_streams::note_readiness(stream& which) {
  const reasons why = which.take_reasons();
  if (any(why, reasons::readable | reasons::closed | reasons::failed)) which.is_.maybe_readable = true;
  if (any(why, reasons::closed | reasons::failed)) which.is_.read_to_end = true;
  if (any(why, reasons::writable | reasons::failed)) which.is_.blocked = false;
  // Behind the end of the stream nothing is read any more that would tell of a reset.
  if (any(why, reasons::failed) && which.is_.ended && !which.is_.closing) {
    if (const int error = home_.calls_.pending_error(which.descriptor()); error != 0) fail(which, error);
  }
}

void readiness_streams::finish_send(stream& which) {
  const std::optional<io_result> taken = sending_.finish(which);
  if (!taken) return;
  if (!taken->ok()) return fail(which, taken->error());
  home_.complete(which, {.what = stream_event::sent, .count = taken->count()});
}

// A short read means that the kernel has no more, and the next byte brings a new edge. Where the end or an error was
// reported together with data, no edge tells of it again: reading goes on until it comes.
void readiness_streams::receive(stream& which) {
  const std::span<char> room = home_.receive_room();
  const io_result got = home_.calls_.receive(which.descriptor(), room);
  home_.counters_.receives.add(1);
  if (!got.ok()) {
    if (got.error() == EINTR) return;
    which.is_.read_to_end = false;
    return got.error() == EAGAIN ? wait_for_bytes(which) : fail(which, got.error());
  }
  if (got.count() == 0) {
    which.is_.ended = true;
    which.is_.receiving = which.is_.maybe_readable = false;
    return home_.complete(which, {.what = stream_event::end_of_stream});
  }
  home_.counters_.bytes_in.add(got.count());
  if (got.count() < room.size() && !which.is_.read_to_end) wait_for_bytes(which);
  home_.complete(which, {.what = stream_event::received, .bytes = {room.data(), got.count()}});
}

// The kernel has no more.
void readiness_streams::wait_for_bytes(stream& which) {
  which.is_.maybe_readable = false;
  home_.base_.descriptors().rearm(which, interest::read | interest::closed);
}

void readiness_streams::catch_up(stream& which) {
  const bool caught_up = which.is_.ended || (which.is_.receiving && !which.is_.maybe_readable);
  if (!caught_up) return;
  which.is_.catching_up = false;
  home_.complete(which, {.what = stream_event::caught_up});
}

// A send that is still in flight has nothing in the kernel: it waits for room, or for its turn.
void readiness_streams::become_quiet(stream& which) {
  if (which.is_.receiving || which.is_.cancelling) return;
  sending_.take_back(which);
  which.is_.quieting = false;
  home_.complete(which, {.what = stream_event::quiet});
}

void readiness_streams::fail(stream& which, int error) {
  sending_.take_back(which);
  which.is_.receiving = which.is_.maybe_readable = which.is_.catching_up = false;
  home_.complete(which, {.what = stream_event::failed, .error = error});
}

void readiness_streams::run_again_if_readable(stream& which) {
  if (which.is_.receiving && which.is_.maybe_readable && !which.is_.closing) home_.base_.queues().activate(which);
}

}  // namespace v0
}  // namespace pinwheel
