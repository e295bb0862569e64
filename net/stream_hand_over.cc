// How a stream goes from the streams of one loop to those of another.
#include <utility>

#include "pinwheel/net/streams.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

void streams::quiesce(stream& which) {
  which.is_.quieting = true;
  stop_receiving(which);
  if (mode_ == stream_mode::immediate) base_.queues().activate(which);
}

// A send that is still in flight only waits for room: the kernel has nothing of it.
void streams::become_quiet(stream& which) {
  if (which.is_.receiving || which.is_.cancelling) return;
  if (which.is_.sending && mode_ == stream_mode::late) late_sends_.forget(which);
  which.is_.quieting = which.is_.sending = false;
  complete(which, {.what = stream_event::quiet});
}

detached_stream streams::detach(stream& which) {
  PINWHEEL_CHECK(which.is_added() && !which.is_.receiving && !which.is_.sending && !which.is_.closing,
                 "a stream was detached that is not quiet");
  base_.queues().remove(which);
  base_.descriptors().remove(which);
  detached_stream taken{socket_descriptor(which.descriptor(), calls_.network()), which.is_.ended,
                        which.is_.catching_up};
  which.is_ = {};
  which.generation_ = 0;
  --open_;
  notify_if_empty();
  return taken;
}

// What the kernel has to say of the descriptor it says again to the new loop as that begins to watch.
io_result streams::adopt(stream& which, detached_stream&& from, unsigned priority) {
  which.home_ = this;
  const io_result adopted = adopt(which, std::move(from.socket), priority);
  if (!adopted.ok()) return adopted;
  which.is_.ended = from.ended;
  if (from.catching_up) receive_now(which);
  return adopted;
}

}  // namespace v0
}  // namespace pinwheel
