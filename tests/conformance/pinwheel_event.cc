#include "conformance/pinwheel_event.h"

#include <utility>

namespace pinwheel::conformance {
namespace {

std::unique_ptr<event> make_event(event_base& base, const watch& what, event::callback callback) {
  const event_life life = what.persistent ? event_life::persistent : event_life::one_shot;
  if (what.signal != 0) return std::make_unique<event>(base, signal_number{what.signal}, life, std::move(callback));
  if (what.descriptor < 0) return std::make_unique<event>(base, life, std::move(callback));
  return std::make_unique<event>(base, what.descriptor, what.what, life, std::move(callback));
}

}  // namespace

pinwheel_event::pinwheel_event(event_base& base, const watch& what, called callback)
    : callback_(std::move(callback)),
      event_(make_event(base, what, [this](event&, reasons why) { callback_(why); })),
      ref_(event_->ref()) {}

}  // namespace pinwheel::conformance
