#include "pinwheel/net/lingering.h"

#include <cerrno>
#include <memory>
#include <new>
#include <utility>

#include "pinwheel/net/streams.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

// Active, or added to the descriptor map, or both.
struct lingering::place : io_watch, timer_node, list_hook<tag> {
  place(lingering& owner, stream& closed, duration after, std::size_t bytes)
      : io_watch(&lingering::run, 0, kind::user),
        timer_node(&lingering::expired),
        home(owner),
        closing(&closed),
        timeout(after),
        bytes_left(bytes) {}

  lingering& home;
  stream* closing;  // Until it was completed; only then the timeout begins.
  const duration timeout;
  std::size_t bytes_left;  // That may still be dropped.
  bool maybe_readable = false;
  bool read_to_end = false;  // Both as those of a stream.
};

bool lingering::take_over(stream& closing, duration timeout) {
  if (size() >= options_.connections_max || timeout <= duration::zero()) return false;
  auto& taken = *::new (rooms_.allocate(sizeof(place))) place(*this, closing, timeout, options_.bytes_max);
  taken.maybe_readable = closing.is_.maybe_readable;
  taken.read_to_end = closing.is_.read_to_end;
  active_queues& queues = home_.base_.queues();
  queues.remove(closing);
  queues.set_priority(taken, closing.priority());
  home_.base_.descriptors().hand_over(closing, taken);
  places_.push_back(taken);
  queues.activate(taken);
  return true;
}

void lingering::run(active_item& self) {
  auto& at = static_cast<place&>(self);
  const reasons why = at.take_reasons();
  if (any(why, reasons::readable | reasons::closed | reasons::failed)) at.maybe_readable = true;
  if (any(why, reasons::closed | reasons::failed)) at.read_to_end = true;
  if (at.closing != nullptr) {
    at.home.complete(at);
  } else if (at.maybe_readable) {
    at.home.drop_input(at);
  }
}

// The stream's owner may do anything then: it comes last.
void lingering::complete(place& at) {
  stream& over = *std::exchange(at.closing, nullptr);
  if (at.is_added()) {
    start(at);
  } else {
    end(at);
  }
  home_.complete_closed(over);
}

void lingering::start(place& at) {
  home_.calls_.shut_down_write(at.descriptor());
  home_.base_.arm_after(at, at.timeout);
  if (at.maybe_readable) home_.base_.queues().activate(at);
}

void lingering::drop_input(place& at) {
  if (!discard(at)) return end(at);
  if (at.maybe_readable) {
    home_.base_.queues().activate(at);
  } else {
    home_.base_.descriptors().rearm(at, interest::read | interest::closed);
  }
}

// Reads once; answers whether to go on.
bool lingering::discard(place& at) {
  const std::span<char> scrap = home_.receive_room();
  const io_result got = home_.calls_.receive(at.descriptor(), scrap);
  if (!got.ok()) {
    if (got.error() == EINTR) return true;
    at.maybe_readable = false;
    return got.error() == EAGAIN;
  }
  const std::size_t count = got.count();
  if (count == 0 || count >= at.bytes_left) return false;
  at.bytes_left -= count;
  if (count < scrap.size() && !at.read_to_end) at.maybe_readable = false;
  return true;
}

void lingering::expired(timer_node& self) {
  auto& over = static_cast<place&>(self);
  over.home.end(over);
}

void lingering::close_descriptor(place& at) noexcept {
  if (!at.is_added()) return;
  home_.base_.descriptors().remove_before_close(at);
  home_.calls_.close(at.descriptor());
}

void lingering::end(place& over) noexcept {
  close_descriptor(over);
  home_.base_.queues().remove(over);
  home_.base_.timers().cancel(over);
  static_cast<list_hook<tag>&>(over).unlink();
  std::destroy_at(&over);
  rooms_.release(&over, sizeof(place));
  home_.notify_if_empty();
}

void lingering::end_all() noexcept {
  for (place* at = places_.first(); at != nullptr;) {
    place* const next = places_.after(*at);
    at->closing == nullptr ? end(*at) : close_descriptor(*at);
    at = next;
  }
}

void lingering::finish_closing() {
  for (place* at = places_.first(); at != nullptr;) {
    place* const next = places_.after(*at);
    if (at->closing != nullptr) {
      home_.base_.queues().remove(*at);
      complete(*at);
    }
    at = next;
  }
}

void lingering::part_from_parent() noexcept {
  for (place* at = places_.first(); at != nullptr; at = places_.after(*at)) {
    if (!at->is_added()) continue;
    home_.calls_.part_from_parent(at->descriptor());
    at->maybe_readable = true;
    home_.base_.queues().activate(*at);
  }
}

}  // namespace v0
}  // namespace pinwheel
