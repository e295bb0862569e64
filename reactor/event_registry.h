// All events of a base, in order of construction, and how many of them are added (SEMANTICS D1, D2).
//
// Threads:   loop-bound.
// Ownership: borrows its events; each leaves before it dies.
#pragma once

#include <cstddef>

#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/base/gauge.h"
#include "pinwheel/reactor/base/intrusive_list.h"

namespace pinwheel {
inline namespace v0 {

class event;

struct event_tag;

class event_registry {
 public:
  event_registry() = default;
  ~event_registry() { PINWHEEL_CHECK(events_.empty(), "an event outlives its base"); }  // SEMANTICS D5.
  event_registry(const event_registry&) = delete;
  event_registry& operator=(const event_registry&) = delete;

  void enter(event& made);
  void leave(event& dying);

  // Events with a descriptor, a signal or a timeout to wait for.
  [[nodiscard]] gauge& added() noexcept { return added_; }
  [[nodiscard]] const gauge& added() const noexcept { return added_; }

  [[nodiscard]] event* first() const noexcept;
  [[nodiscard]] event* after(const event& each) const noexcept;

  void validate() const;

 private:
  intrusive_list<event, event_tag> events_;
  gauge added_;
};

}  // namespace v0
}  // namespace pinwheel
