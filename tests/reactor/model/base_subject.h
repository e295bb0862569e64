// Plays a program on a real event base, over the simulated backend and its virtual clock.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "pinwheel/reactor/loop_watcher.h"
#include "pinwheel/reactor/simulated_backend.h"
#include "subject.h"

namespace pinwheel::testing::model {

class base_subject final : public subject {
 public:
  base_subject(const program& plan, callbacks& told) : plan_(plan), told_(told), events_(plan.events.size()) {
    auto kernel = std::make_unique<simulated_backend>(clock_);
    kernel_ = kernel.get();
    base_ =
        event_base::create(
            {.priorities = plan.priorities, .dispatch = plan.dispatch, .cache_time = plan.cache_time, .clock = &clock_},
            std::move(kernel))
            .value();
    for (int each = 0; each < static_cast<int>(events_.size()); ++each) create(each);
  }
  ~base_subject() override {
    for (slot& each : events_) each.owned.reset();
  }

  int add(int event) override { return of(event).add().error(); }
  int add(int event, duration timeout) override { return of(event).add(timeout).error(); }
  int add_at(int event, time_point when) override { return of(event).add_at(when).error(); }
  void remove(int event) override { of(event).remove(); }
  void remove_timeout(int event) override { of(event).remove_timeout(); }
  void activate(int event, reasons why) override { of(event).activate(why); }
  void activate_later(int event, reasons why) override { of(event).activate_later(why); }
  bool set_priority(int event, unsigned priority) override { return of(event).set_priority(priority); }
  void set_repeat(int event, event_repeat repeat) override { of(event).set_repeat(repeat); }
  void finalize(int event) override {
    of(event).finalize([this, event] { told_.finalizer_runs(event); });
  }
  void destroy(int event) override { at(event).owned.reset(); }
  void delete_later(int event) override { base_->delete_later(std::move(at(event).owned)); }
  void create(int event) override {
    at(event).owned = make_event(event);
    at(event).ref = at(event).owned->ref();
  }

  void send(const operation& what) override { EXPECT_EQ(send_to(what, ref_for(what)), post_result::taken); }
  void send_at(time_point when, const operation& what) override {
    kernel_->call_at(when,
                     [this, what, which = ref_for(what)] { EXPECT_EQ(send_to(what, which), post_result::taken); });
  }

  loop_result loop(loop_flags flags) override { return base_->loop(flags); }
  void loop_exit(duration after) override { base_->loop_exit(after); }
  void loop_break() override { base_->loop_break(); }
  void loop_continue() override { base_->loop_continue(); }
  void hold() override { base_->hold(); }
  void release() override { base_->release(); }
  void refresh_time() override { base_->refresh_time(); }
  bool set_priorities(unsigned priorities) override { return base_->set_priorities(priorities); }
  void reset_maxima() override { base_->reset_maxima(); }
  void after(int task, duration delay) override { base_->after(delay, task_of(task)); }
  int once(int task, duration delay) override { return base_->once(delay, once_of(task)).error(); }
  int once(int task, int descriptor, std::optional<duration> timeout) override {
    const int number = number_of(descriptor);
    const io_result added = timeout ? base_->once(number, interest::read, *timeout, once_of(task))
                                    : base_->once(number, interest::read, once_of(task));
    return added.error();
  }
  void watch(int watcher) override {
    if (is_prepare(watcher)) {
      prepare_of(watcher) = std::make_unique<prepare_watcher>(
          *base_, [this, watcher](std::optional<duration> wait) { told_.watcher_runs(watcher, wait); });
    } else {
      check_of(watcher) =
          std::make_unique<check_watcher>(*base_, [this, watcher] { told_.watcher_runs(watcher, std::nullopt); });
    }
  }
  void unwatch(int watcher) override {
    prepare_of(watcher).reset();
    check_of(watcher).reset();
  }
  [[nodiscard]] bool is_watching(int watcher) const override {
    const auto at = static_cast<std::size_t>(watcher);
    return prepare_[at] != nullptr || check_[at] != nullptr;
  }

  void set_ready(int descriptor, reasons what) override { kernel_->set_ready(number_of(descriptor), what); }
  void set_ready_at(int descriptor, reasons what, time_point when) override {
    kernel_->set_ready_at(when, number_of(descriptor), what);
  }
  void activate_descriptor(int descriptor, reasons what) override {
    base_->activate_descriptor(number_of(descriptor), what);
  }
  void pass_time(duration by) override { clock_.advance(by); }

  [[nodiscard]] event_view look_at(int event) const override {
    const slot& held = events_[static_cast<std::size_t>(event)];
    const pinwheel::event* it = base_->find(held.ref);
    if (it == nullptr) return {};
    return {
        true,          held.owned != nullptr, it->is_finalized(), it->is_pending(), it->is_active(), it->has_timeout(),
        it->priority()};
  }
  [[nodiscard]] base_view look_at_base() const override {
    return {clock_.now(), base_->now(),        base_->next_deadline(),   base_->got_exit(),       base_->got_break(),
            running(),    base_->priorities(), view_of(base_->counts()), view_of(base_->maxima())};
  }
  void validate() const override { base_->validate(); }

 private:
  struct slot {
    std::unique_ptr<event> owned;  // Null also while it waits in the base to be deleted.
    event_ref ref;                 // Stale when it is gone.
  };

  std::unique_ptr<event> make_event(int number) {
    const event_plan& plan = plan_.events[static_cast<std::size_t>(number)];
    const auto called = [this, number](event&, reasons why) { told_.event_runs(number, why); };
    auto made = plan.descriptor < 0
                    ? std::make_unique<event>(*base_, plan.life, called)
                    : std::make_unique<event>(*base_, number_of(plan.descriptor), plan.watched, plan.life, called);
    EXPECT_TRUE(made->set_priority(std::min(plan.priority, base_->priorities() - 1)));
    return made;
  }

  post_result send_to(const operation& what, event_ref which) {
    const event_base_handle& there = base_->handle();
    const duration amount = std::chrono::milliseconds(what.amount);
    switch (what.what) {
      case verb::send_activate:
        return there.activate(which, static_cast<reasons>(what.amount));
      case verb::elsewhere_activate:
        return there.activate(which);
      case verb::send_add:
        return there.add(which);
      case verb::send_add_timeout:
        return there.add(which, amount);
      case verb::send_remove:
        return there.remove(which);
      case verb::send_remove_async:
        return there.remove_async(which, task_of(what.amount));
      case verb::send_exit:
        return there.loop_exit(amount);
      case verb::send_break:
      case verb::elsewhere_break:
        return there.loop_break();
      case verb::send_continue:
        return there.loop_continue();
      default:
        return there.post(task_of(what.target));
    }
  }
  event_ref ref_for(const operation& what) { return is_of_event(what.what) ? at(what.target).ref : event_ref{}; }

  task task_of(int number) {
    return [this, number] { told_.task_runs(number, reasons::none); };
  }
  once_callback once_of(int number) {
    return [this, number](reasons why) { told_.task_runs(number, why); };
  }

  [[nodiscard]] int running() const {
    const event* it = base_->running_event();
    if (it == nullptr) return nobody;
    for (std::size_t each = 0; each < events_.size(); ++each) {
      if (base_->find(events_[each].ref) == it) return static_cast<int>(each);
    }
    return somebody;
  }
  static counts_view view_of(const event_counts& counts) { return {counts.added, counts.active, counts.holds}; }

  static int number_of(int descriptor) { return 100 + descriptor; }
  slot& at(int event) { return events_[static_cast<std::size_t>(event)]; }
  event& of(int event) { return *base_->find(at(event).ref); }
  std::unique_ptr<prepare_watcher>& prepare_of(int watcher) { return prepare_[static_cast<std::size_t>(watcher)]; }
  std::unique_ptr<check_watcher>& check_of(int watcher) { return check_[static_cast<std::size_t>(watcher)]; }

  const program& plan_;
  callbacks& told_;
  virtual_clock clock_;
  simulated_backend* kernel_;
  std::unique_ptr<event_base> base_;
  std::vector<slot> events_;
  std::array<std::unique_ptr<prepare_watcher>, watchers_max> prepare_;
  std::array<std::unique_ptr<check_watcher>, watchers_max> check_;
};

}  // namespace pinwheel::testing::model
