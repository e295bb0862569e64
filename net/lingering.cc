#include "pinwheel/net/lingering.h"

#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <new>

#include "pinwheel/net/stream_table.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

bool lingering::reserve(stream_slot& slot, duration timeout, timer_node::expired_function expired) {
  if (size() >= options_.connections_max || timeout <= duration::zero()) return false;
  auto* place = ::new (places_.allocate(sizeof(lingering_stream))) lingering_stream(expired);
  place->slot = &slot;
  place->owner = slot.owner;
  place->timeout = timeout;
  place->bytes_left = options_.bytes_max;
  slot.owner = place;
  slot.is.lingers = true;
  return true;
}

lingering_stream& lingering::of(const stream_slot& slot) noexcept {
  return *static_cast<lingering_stream*>(slot.owner);
}

void lingering::start(stream_slot& slot) {
  lingering_stream& place = of(slot);
  place.owner = nullptr;
  ::shutdown(slot.descriptor(), SHUT_WR);
  base_.arm_after(place, place.timeout);
}

bool lingering::discard(stream_slot& slot, std::span<char> scrap) {
  lingering_stream& place = of(slot);
  const ssize_t got = ::recv(slot.descriptor(), scrap.data(), scrap.size(), 0);
  if (got < 0) {
    if (errno == EINTR) return true;
    slot.is.maybe_readable = false;
    return errno == EAGAIN;
  }
  const auto count = static_cast<std::size_t>(got);
  if (count == 0 || count >= place.bytes_left) return false;
  place.bytes_left -= count;
  if (count < scrap.size() && !slot.is.read_to_end) slot.is.maybe_readable = false;
  return true;
}

void lingering::end(stream_slot& slot) noexcept {
  lingering_stream& place = of(slot);
  base_.timers().cancel(place);
  std::destroy_at(&place);
  places_.release(&place, sizeof(lingering_stream));
  slot.owner = nullptr;
  slot.is.lingers = false;
}

}  // namespace v0
}  // namespace pinwheel
