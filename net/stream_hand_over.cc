// How a stream goes from the streams of one loop to those of another.
#include <cerrno>
#include <utility>

#include "pinwheel/net/streams.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

void streams::quiesce(stream& which) {
  require_open(which);
  readiness_.quiesce(which);
}

bool streams::is_quiet(const stream& which) noexcept {
  return which.is_added() && !which.is_.receiving && !which.is_.sending && !which.is_.closing;
}

detached_stream streams::detach(stream& which) {
  PINWHEEL_CHECK(is_quiet(which), "a stream was detached that is not quiet");
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
  if (!from.socket.is_open()) return io_result::failure(ENOTCONN);
  const io_result adopted = adopt(which, std::move(from.socket), priority);
  if (!adopted.ok()) return adopted;
  which.is_.ended = from.ended;
  if (from.catching_up) receive_now(which);
  return adopted;
}

}  // namespace v0
}  // namespace pinwheel
