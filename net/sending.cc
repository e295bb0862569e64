#include "pinwheel/net/sending.h"

#include <cerrno>
#include <utility>

#include "pinwheel/net/streams.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {
namespace {

std::size_t total_of(std::span<const iovec> pieces) {
  std::size_t total = 0;
  for (const iovec& each : pieces) total += each.iov_len;
  return total;
}

}  // namespace

// At once.

send_result sending::send(stream& which, std::span<const iovec> pieces, bool more_follows) {
  if (is_late_) [[unlikely]]
    return lend(which, {{pieces.begin(), pieces.end()}, {}, more_follows});
  return at_once(which, which.is_.blocked ? io_result::failure(EAGAIN) : ask(which, pieces, more_follows));
}

send_result sending::send_file(stream& which, const file_part& part) {
  if (is_late_) [[unlikely]]
    return lend(which, {{}, part, false});
  return at_once(which, which.is_.blocked ? io_result::failure(EAGAIN) : ask_with_file(which, part));
}

inline send_result sending::at_once(stream& which, io_result taken) {
  which.is_.sending = taken.error() == EAGAIN;
  return {.in_flight = which.is_.sending, .taken = taken};
}

// Late.

send_result sending::lend(stream& which, lent_send&& lent) {
  late_.lend(which, std::move(lent));
  which.is_.sending = true;
  home_.base_.queues().activate_later(which);
  return {.in_flight = true, .taken = io_result::bytes(0)};
}

io_result sending::ask_with_lent(stream& which) {
  const lent_send part = late_.part_of(which);
  return part.pieces.empty() ? ask_with_file(which, part.file) : ask(which, part.pieces, part.more_follows);
}

// Both.

std::optional<io_result> sending::finish(stream& which) {
  const io_result taken = is_late_ ? ask_with_lent(which) : io_result::bytes(0);
  if (taken.error() == EAGAIN) return std::nullopt;
  take_back(which);
  return taken;
}

void sending::take_back(stream& which) {
  if (is_late_) late_.forget(which);
  which.is_.sending = false;
}

void sending::take_back_at_close(stream& which) {
  if (is_late_ && which.is_.sending) static_cast<void>(ask_with_lent(which));
  take_back(which);
}

// The kernel.

inline void sending::note(stream& which, io_result taken, bool is_full) {
  if (taken.ok()) home_.counters_.bytes_out.add(taken.count());
  which.is_.blocked = is_full;
  if (is_full) home_.base_.descriptors().rearm(which, interest::write);
}

io_result sending::ask(stream& which, std::span<const iovec> pieces, bool more_follows) {
  io_result taken = io_result::failure(EINTR);
  while (taken.error() == EINTR) {
    taken = home_.calls_.send(which.descriptor(), pieces, more_follows);
    home_.counters_.sends.add(1);
  }
  note(which, taken, taken.ok() ? taken.count() < total_of(pieces) : taken.error() == EAGAIN);
  return taken;
}

// Where less is sent than was asked for, it may as well be the file that has ended: no edge would tell of room then, so
// the kernel is full only when it says so.
io_result sending::ask_with_file(stream& which, const file_part& part) {
  io_result taken = io_result::failure(EINTR);
  while (taken.error() == EINTR) {
    taken = home_.calls_.send_file(which.descriptor(), part.descriptor, part.offset, part.bytes);
    home_.counters_.sends.add(1);
  }
  if (taken.ok() && taken.count() == 0) taken = io_result::failure(file_ended_early);
  note(which, taken, taken.error() == EAGAIN);
  return taken;
}

}  // namespace v0
}  // namespace pinwheel
