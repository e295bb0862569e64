// The reference model of an event base: SEMANTICS.md once more, as the plainest code that does what it says. Read it
// beside that page; nothing here is clever, fast or shared with the base.
#pragma once

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "reference_mail.h"

namespace pinwheel::testing::model {

class reference_base final : public reference_mail {
 public:
  reference_base(const program& plan, callbacks& told) : reference_mail(plan), by_(plan.dispatch), told_(told) {}

  loop_result loop(loop_flags flags) override {
    if (looping_) return loop_result::refused;  // L7.
    got_exit_ = got_break_ = false;             // L16.
    looping_ = true;
    try {
      bury();
      take_mail();  // What was asked for early counts (L9).
      const loop_result result =
          turns(has(flags, loop_flags::once), has(flags, loop_flags::nonblock), has(flags, loop_flags::stay));
      looping_ = false;
      return result;
    } catch (...) {
      looping_ = false;  // C7.
      throw;
    }
  }
  void hold() override {
    ++holds_;
    count();
  }
  void release() override { --holds_; }
  void refresh_time() override {
    if (!turn_time_) return;
    turn_time_ = clock_;
    queues_.read_clock(clock_);
  }

  void watch(int watcher) override { watchers_.push_back({watcher, ++registrations_}); }
  void unwatch(int watcher) override {
    std::erase_if(watchers_, [=](const registration& each) { return each.watcher == watcher; });
  }
  [[nodiscard]] bool is_watching(int watcher) const override {
    return std::any_of(watchers_.begin(), watchers_.end(), [=](const auto& each) { return each.watcher == watcher; });
  }

  void set_ready(int descriptor, reasons what) override { kernel_.set_ready(descriptor, what); }
  void set_ready_at(int descriptor, reasons what, time_point when) override {
    kernel_.happens_at(when, [this, descriptor, what] { kernel_.set_ready(descriptor, what); });
  }
  void activate_descriptor(int descriptor, reasons what) override {  // I11.
    for (const auto& each : kernel_.heard_by(descriptor, what)) make_active(each.event, each.why);
  }
  void pass_time(duration by) override { clock_ += by; }

  [[nodiscard]] base_view look_at_base() const override {
    return {clock_, now(), next_deadline(), got_exit_, got_break_, running(), priorities_, counts(), maxima_};
  }
  [[nodiscard]] bool is_looping() const { return looping_; }
  [[nodiscard]] bool is_asked_to_stop() const { return break_ || exit_at_; }

 private:
  // D6.
  [[nodiscard]] int running() const {
    if (!called_lives_) return nobody;
    return of(called_).once_task == nobody ? called_ : somebody;
  }

  static bool has(loop_flags set, loop_flags flag) {
    return (static_cast<unsigned>(set) & static_cast<unsigned>(flag)) != 0;
  }

  // ---- A turn ----

  // L10.
  loop_result turns(bool once, bool nonblock, bool stay) {
    int ran = 0;
    for (;;) {
      if (leaves_as_asked()) return loop_result::left;
      if (!stay && has_nothing_to_do()) return loop_result::nothing_to_do;
      continue_ = false;                                                         // L15: one-shot.
      for (const item each : queues_.later()) make_active(each, reasons::none);  // A10.
      run_watchers(true, wait_of(nonblock));                                     // D4.
      bury();
      const bool over = !stay && has_nothing_to_do();
      if (!wait(wait_of(nonblock || over))) return loop_result::backend_failed;
      in_turn([&] {
        take_mail();
        run_watchers(false, std::nullopt);
        if (attention_) take_mail();
        expire_timers();
        if (!nonblock && !break_ && !exit_is_due()) ran += run_pass();
        if (nonblock && !break_) run_once_each(true);
        if (nonblock && once && !break_ && !continue_) run_what_that_activated();
      });
      if (nonblock && leaves_without_running()) return loop_result::left;
      if (nonblock) return waits_for_next() ? loop_result::left_active : loop_result::left;
      if (once && ran > 0 && !waits_for_next()) return leaves_as_asked(), loop_result::left;  // L2.
    }
  }

  // L13, L14: a break leaves at once, an exit when what is active at that moment has run.
  bool leaves_as_asked() {
    if (!break_ && exit_is_due() && queues_.any_active()) in_turn([&] { run_once_each(false); });
    return leaves_without_running();
  }
  // L9: the run that leaves consumes what asked for it.
  bool leaves_without_running() {
    got_break_ = std::exchange(break_, false);
    got_exit_ = exit_is_due();
    if (got_exit_) exit_at_.reset();
    return got_break_ || got_exit_;
  }

  // L6, N12.
  [[nodiscard]] bool has_nothing_to_do() const {
    const bool watches = std::any_of(events_.begin(), events_.end(), [](const auto& each) { return each.watching; });
    return !watches && !waits_for_next() && timers_.empty() && holds_ == 0 && !exit_at_;
  }
  [[nodiscard]] bool waits_for_next() const { return queues_.count() != 0 || has_mail(); }

  // L11: none is for ever.
  [[nodiscard]] std::optional<duration> wait_of(bool nonblock) const {
    if (nonblock || break_ || waits_for_next() || queues_.any_active()) return duration::zero();
    const auto next = next_deadline();
    if (!next) return std::nullopt;
    return std::max(*next - clock_, duration::zero());
  }
  [[nodiscard]] std::optional<time_point> next_deadline() const {
    const auto timer = timers_.next_deadline();
    if (!timer || !exit_at_) return timer ? timer : exit_at_;
    return std::min(*timer, *exit_at_);
  }

  // Until something is ready, mail has come (N6) or the time is over. False: nothing could ever end this wait.
  bool wait(std::optional<duration> timeout) {
    const time_point end = timeout ? clock_ + *timeout : time_point::max();
    const bool asleep = end > clock_;
    for (;;) {
      kernel_.let_happen(clock_);
      const auto ready = kernel_.poll();
      for (const auto& each : ready) make_active(each.event, each.why);
      if (asleep && has_mail()) make_active(wake_up, reasons::readable);
      if (!ready.empty() || has_mail() || clock_ >= end) return true;
      if (!timeout && !kernel_.next_happening()) return false;
      clock_ = std::min(end, kernel_.next_happening().value_or(end));
    }
  }

  // From the reading of the clock to the end of the turn, also when a callback throws.
  template <class Work>
  void in_turn(Work work) {
    turn_time_ = clock_;  // T10.
    queues_.read_clock(clock_);
    try {
      work();
    } catch (...) {
      end_turn();
      throw;
    }
    end_turn();
  }
  void end_turn() {
    bury();
    queues_.forget_reading();
    turn_time_.reset();
    timers_.place(clock_);  // T11: one reading for all.
  }
  // C5: finalizers and deletions, in order of asking.
  void bury() {
    for (const burial& each : std::exchange(burials_, {})) {
      if (each.by_finalizer) {
        told_.finalizer_runs(each.event);
      } else {
        destroy(each.event);
      }
    }
  }

  // Those that were registered when it begins, in that order.
  void run_watchers(bool prepare, std::optional<duration> wait) {
    const auto begun_with = watchers_;
    for (const registration& each : begun_with) {
      const bool lives = std::find(watchers_.begin(), watchers_.end(), each) != watchers_.end();
      if (lives && is_prepare(each.watcher) == prepare) told_.watcher_runs(each.watcher, wait);
    }
  }

  void expire_timers() {
    for (const auto& due : timers_.take_due(*turn_time_)) {
      if (due.who < first_task) of(due.who).scheduled = due.deadline;
      make_active(due.who, reasons::timeout);
    }
  }

  // ---- Running ----

  // L3, L13: what is active now, once, in order of priority; no budgets. What that activates waits. Under nonblock a
  // continue leaves the rest to the next call (L15).
  void run_once_each(bool heeds_continue) {
    const std::size_t begun_with = queues_.activations();
    while (const auto priority = queues_.highest(begun_with)) {
      run(queues_.take(*priority));
      if (break_ || (heeds_continue && continue_ && !exit_is_due())) return;  // L13: a last pass runs to its end.
    }
  }

  // L4: what those activated or posted as well, each at most once more; what is posted only now waits.
  void run_what_that_activated() {
    take_mail();
    std::set<std::pair<item, int>> ran;  // With its birth: what is created in its place is another.
    const std::size_t begun_with = queues_.activations();
    while (const auto priority = queues_.highest(queues_.activations())) {
      const bool is_new_task =
          queues_.first(*priority).who >= first_task && queues_.first(*priority).activation > begun_with;
      const item next = queues_.take(*priority);
      const int birth = next >= first_task ? 0 : of(next).birth;
      if (is_new_task || !ran.insert({next, birth}).second) {
        queues_.activate_later(next, queues_.take_reasons(next));
        continue;
      }
      run(next);
      if (break_ || continue_) return;
    }
  }

  // A5: under strict one priority; under aged all, the most important first, with a share for what is overdue.
  int run_pass() {
    int ran = 0;
    int spared = 0;  // Above the budget's priority.
    time_point began = clock_;
    if (aging_is_due() && run_overdue(ran)) return ran;  // Left by a pass that ended before.
    const std::size_t begun_with = queues_.activations();
    const bool strict = by_.policy == dispatch_policy::strict;
    auto priority = queues_.highest(begun_with);
    while (const auto next = queues_.highest(begun_with)) {
      if (strict && next != priority && ran > 0) break;
      priority = next;
      ran += run(queues_.take(*next), *next);
      if (pass_must_end()) break;
      if (aging_is_due() && run_overdue(ran)) break;
      if (*next < by_.budget_from_priority) {
        spared = ran;
        began = clock_;
        continue;
      }
      if (by_.pass_callbacks_max != 0 && ran - spared >= static_cast<int>(by_.pass_callbacks_max)) break;  // A7.
      if (by_.pass_time_max > duration::zero() && clock_ - began >= by_.pass_time_max) break;
    }
    return ran;
  }
  // A9, L12, L14, L15.
  [[nodiscard]] bool pass_must_end() const { return more_important_ || break_ || continue_ || exit_is_due(); }

  [[nodiscard]] bool aging_is_due() const {
    return by_.policy == dispatch_policy::aged && since_aging_ >= by_.aging_interval;
  }
  // DESIGN section 3: at most one callback of the queue that has waited longest. Answers whether the pass is over.
  bool run_overdue(int& ran) {
    queues_.read_clock(clock_);
    since_aging_ = 0;
    const auto longest = queues_.longest_waiting(clock_ - by_.aging_bound);
    if (!longest) return false;
    ran += run(queues_.take(*longest), *longest);
    since_aging_ = 0;  // What was overdue is not counted.
    return pass_must_end();
  }

  // Answers how many callbacks that counts as.
  int run(item who, unsigned priority = 0) {
    running_priority_ = priority;
    more_important_ = false;
    const reasons why = queues_.take_reasons(who);
    if (who == wake_up) return 0;  // N10.
    ++since_aging_;
    called_ = who;
    called_lives_ = who < first_task;
    try {
      call(who, why);
    } catch (...) {
      called_ = nobody;
      called_lives_ = false;
      running_priority_ = 0;
      throw;
    }
    called_ = nobody;
    called_lives_ = false;
    if (attention_) take_mail();  // L12, L14: a command takes effect within one callback.
    running_priority_ = 0;
    return 1;
  }
  void call(item who, reasons why) {
    if (who >= first_task) return told_.task_runs(who - first_task, reasons::none);
    leave_or_stay(who, why);
    if (of(who).once_task == nobody) return told_.event_runs(who, why);
    try {
      told_.task_runs(of(who).once_task, why);
    } catch (...) {
      destroy(who);
      throw;
    }
    destroy(who);
  }

  struct registration {
    int watcher;
    int number;
    friend bool operator==(const registration&, const registration&) = default;
  };

  const dispatch_options by_;
  callbacks& told_;
  std::vector<registration> watchers_;
  int registrations_ = 0;
  bool got_exit_ = false;
  bool got_break_ = false;
  unsigned since_aging_ = 0;  // Callbacks, across passes and turns.
};

}  // namespace pinwheel::testing::model
