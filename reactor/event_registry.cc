#include "pinwheel/reactor/event_registry.h"

#include "pinwheel/reactor/event.h"

namespace pinwheel {
inline namespace v0 {

void event_registry::enter(event& made) { events_.push_back(made); }

void event_registry::leave(event& dying) { static_cast<list_hook<event_tag>&>(dying).unlink(); }

event* event_registry::first() const noexcept { return events_.first(); }

event* event_registry::after(const event& each) const noexcept { return events_.after(each); }

void event_registry::validate() const {
  static_cast<void>(events_.validate());
  std::size_t added = 0;
  for (const event* at = events_.first(); at != nullptr; at = events_.after(*at)) {
    if (at->is_added()) ++added;
  }
  PINWHEEL_CHECK(added == added_.value(), "the count of added events is wrong");
}

}  // namespace v0
}  // namespace pinwheel
