#include "pinwheel/reactor/dispatch.h"

#include "pinwheel/reactor/loop_exits.h"
#include "pinwheel/reactor/mail_taker.h"

namespace pinwheel {
inline namespace v0 {

// Sets aside what is active in some priorities, and puts back what was not run, also when a callback throws.
class dispatcher::pass {
 public:
  pass(active_queues& queues, unsigned from, unsigned to) : queues_(queues) { queues_.begin_pass(from, to); }
  ~pass() { queues_.end_pass(); }
  pass(const pass&) = delete;
  pass& operator=(const pass&) = delete;

 private:
  active_queues& queues_;
};

std::size_t dispatcher::run_pass() {
  // Up to whatever number of priorities there is when the pass begins, behind what is overdue.
  if (options_.policy == dispatch_policy::aged) return run_priorities(0, priorities_max);
  // Internal callbacks do not end a strict pass: the next priority follows them (A5).
  while (const auto at = queues_.highest()) {
    const std::size_t ran = run_priorities(*at, *at + 1);
    if (ran > 0 || exits_.pass_must_end(clock_)) return ran;
  }
  return 0;
}

std::size_t dispatcher::run_priorities(unsigned from, unsigned to) {
  const bool timed = options_.pass_time_max > duration::zero();
  time_point began = timed ? clock_.now() : time_point{};
  std::size_t ran = 0;
  std::size_t spared = 0;  // Ran at priorities without a budget, which come first.
  // Left over when a pass was ended: else callbacks that end every pass would starve what is overdue.
  if (aging_is_due() && run_overdue(ran)) return ran;
  const pass running(queues_, from, to);
  while (active_item* item = queues_.next()) {
    const unsigned priority = item->priority();
    queues_.watch_above(priority);
    run(*item, ran);
    if (queues_.preempted() || exits_.pass_must_end(clock_)) break;
    if (aging_is_due() && run_overdue(ran)) break;
    if (priority < options_.budget_from_priority) {
      spared = ran;
      if (timed) began = clock_.now();
    } else if (budget_is_used_up(ran - spared, began)) {
      break;
    }
  }
  return ran;
}

bool dispatcher::budget_is_used_up(std::size_t ran, time_point began) const {
  if (options_.pass_callbacks_max != 0 && ran >= options_.pass_callbacks_max) return true;
  return options_.pass_time_max > duration::zero() && clock_.now() - began >= options_.pass_time_max;
}

bool dispatcher::aging_is_due() const {
  return options_.policy == dispatch_policy::aged && since_aging_ >= options_.aging_interval;
}

// Answers whether the pass must end after it.
bool dispatcher::run_overdue(std::size_t& ran) {
  const time_point now = clock_.now();
  queues_.set_reading(now);
  const auto longest = queues_.overdue(now - options_.aging_bound);
  since_aging_ = 0;
  if (!longest) return false;
  active_item* item = queues_.take(*longest);
  queues_.watch_above(*longest);
  run(*item, ran);
  since_aging_ = 0;  // What was overdue is not counted.
  return queues_.preempted() || exits_.pass_must_end(clock_);
}

std::size_t dispatcher::run_active_once() {
  std::size_t ran = 0;
  const pass running(queues_, 0, queues_.priorities());
  while (active_item* item = queues_.next()) {
    run(*item, ran);
    // With an exit due, this pass is the last: a continue ends nothing (L13).
    if (exits_.break_asked() || (exits_.continue_asked() && !exits_.exit_due(clock_))) break;
  }
  return ran;
}

void dispatcher::run_last() {
  std::size_t ran = 0;
  const pass running(queues_, 0, queues_.priorities());
  while (active_item* item = queues_.next()) {
    run(*item, ran);
    if (exits_.break_asked()) break;
  }
}

std::size_t dispatcher::run_until_empty(std::uint32_t round) {
  std::size_t ran = 0;
  while (const auto at = queues_.highest()) {
    active_item* item = queues_.take(*at);
    if (active_queues::enter_round(*item, round)) {
      run(*item, ran);
      if (exits_.break_asked() || exits_.continue_asked()) break;
    } else {
      queues_.activate_later(*item, reasons::none);
    }
  }
  return ran;
}

void dispatcher::run(active_item& item, std::size_t& ran) {
  if (!item.is_internal()) {
    ++ran;
    ++since_aging_;
  }
  active_queues::run(item);
  if (mail_.wants_attention()) mail_.take();
}

}  // namespace v0
}  // namespace pinwheel
