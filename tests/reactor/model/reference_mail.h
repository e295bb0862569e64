// What is asked of the reference model from elsewhere, and the three ways to leave its loop (SEMANTICS L9, L12 to L15,
// N8, N14).
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "reference_events.h"

namespace pinwheel::testing::model {

class reference_mail : public reference_events {
 public:
  using reference_events::reference_events;

  // The earliest of several counts.
  void loop_exit(duration after) override { exit_at_ = std::min(exit_at_.value_or(time_point::max()), clock_ + after); }
  void loop_break() override { break_ = true; }
  void loop_continue() override { continue_ = true; }

  // Outside of all loops and in this loop's callbacks are two producers; between them no rule gives an order.
  void send(const operation& what) override { put(looping_ ? from_callbacks_ : from_outside_, what); }
  void send_at(time_point when, const operation& what) override {
    const int birth = birth_of(what);
    kernel_.happens_at(when, [this, what, birth] { put(from_outside_, what, birth); });
  }

 protected:
  [[nodiscard]] bool exit_is_due() const { return exit_at_ && *exit_at_ <= clock_; }

  [[nodiscard]] bool has_mail() const { return !from_outside_.empty() || !from_callbacks_.empty(); }
  void take_mail() {
    attention_ = false;
    for (const letter& each : std::exchange(from_outside_, {})) open(each);
    for (const letter& each : std::exchange(from_callbacks_, {})) open(each);
  }

  bool looping_ = false;
  bool attention_ = false;  // A command has come: looked at after every callback.
  std::optional<time_point> exit_at_;
  bool break_ = false;
  bool continue_ = false;

 private:
  struct letter {
    operation what;
    int birth;  // Of the event that is meant.
  };

  [[nodiscard]] int birth_of(const operation& what) const {
    return is_of_event(what.what) && of(what.target).exists ? of(what.target).birth : 0;
  }
  void put(std::vector<letter>& box, const operation& what) { put(box, what, birth_of(what)); }
  void put(std::vector<letter>& box, const operation& what, int birth) {
    box.push_back({what, birth});
    if (!is_of_task(what.what)) attention_ = true;
  }
  // Commands take effect at once, those to an event that is gone not at all; a task becomes active.
  void open(const letter& mail) {
    const operation& what = mail.what;
    if (is_of_task(what.what)) return make_active(first_task + what.target, reasons::user);
    if (!is_of_event(what.what)) return open_for_base(what);
    if (of(what.target).exists && of(what.target).birth == mail.birth) open_for_event(what);
    if (what.what == verb::send_remove_async) make_active(first_task + what.amount, reasons::user);  // N8.
  }
  void open_for_base(const operation& what) {
    if (what.what == verb::send_exit) return loop_exit(std::chrono::milliseconds(what.amount));
    what.what == verb::send_continue ? loop_continue() : loop_break();
  }
  void open_for_event(const operation& what) {
    switch (what.what) {
      case verb::send_activate:
        return activate(what.target, static_cast<reasons>(what.amount));
      case verb::elsewhere_activate:
        return activate(what.target, reasons::user);
      case verb::send_add:
        return tell_of_failure(what.target, add(what.target));
      case verb::send_add_timeout:
        return tell_of_failure(what.target, add(what.target, std::chrono::milliseconds(what.amount)));
      default:
        return remove(what.target);
    }
  }
  // Nobody waits for the answer of what was sent, so the event hears of it.
  void tell_of_failure(int event, int error) {
    if (error != 0) activate(event, reasons::failed);
  }

  std::vector<letter> from_outside_;
  std::vector<letter> from_callbacks_;
};

}  // namespace pinwheel::testing::model
