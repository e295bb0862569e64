// An event of Pinwheel, as the cases see events.
#pragma once

#include <memory>

#include "conformance/adapter.h"
#include "pinwheel/reactor/event.h"

namespace pinwheel::conformance {

class pinwheel_event final : public tested_event {
 public:
  pinwheel_event(event_base& base, const watch& what, called callback);

  bool add() override { return event_->add().ok(); }
  bool add(duration timeout) override { return event_->add(timeout).ok(); }
  bool add_at(time_point deadline) override { return event_->add_at(deadline).ok(); }
  void remove() override { event_->remove(); }
  void remove_timeout() override { event_->remove_timeout(); }
  void activate(reasons why) override { event_->activate(why); }
  void activate_later(reasons why) override { event_->activate_later(why); }
  bool set_priority(unsigned priority) override { return event_->set_priority(priority); }
  [[nodiscard]] unsigned priority() const override { return event_->priority(); }
  [[nodiscard]] bool is_pending() const override { return event_->is_pending(); }
  [[nodiscard]] bool has_timeout() const override { return event_->has_timeout(); }
  void repeat_at_fixed_rate() override { event_->set_repeat(event_repeat::fixed_rate); }
  void repeat_at_fixed_delay() override { event_->set_repeat(event_repeat::fixed_delay); }
  void finalize(action finalizer) override { event_->finalize(std::move(finalizer)); }
  void finalize_and_delete(action finalizer) override {
    event::finalize_and_delete(std::move(event_), std::move(finalizer));
  }
  void destroy() override { event_.reset(); }

  [[nodiscard]] const event* native() const { return event_.get(); }
  [[nodiscard]] event_ref ref() const { return ref_; }

 private:
  called callback_;
  std::unique_ptr<event> event_;  // Null once it is destroyed or given away.
  event_ref ref_;
};

}  // namespace pinwheel::conformance
