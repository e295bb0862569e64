// Decides which active callbacks run next, and when to stop and look at the kernel again.
//
// Threads:   loop-bound.
// Ownership: borrows everything it is made with.
// Errors:    a callback's exception leaves run_pass() and its kin; what was set aside is back in its queue then.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pinwheel/reactor/active_queues.h"
#include "pinwheel/reactor/base/clock.h"

namespace pinwheel {
inline namespace v0 {

class loop_exits;
class mail_taker;

enum class dispatch_policy : std::uint8_t {
  strict,  // A pass runs the most important non-empty queue: a busy one starves those below it (SEMANTICS A5).
  aged,    // A pass runs all queues, the most important first, and gives what is overdue a bounded share.
};

struct dispatch_options {
  dispatch_policy policy = dispatch_policy::strict;

  // A pass ends after so many callbacks, or so much time, at priorities of at least `budget_from_priority` (A7). Zero:
  // no limit.
  std::size_t pass_callbacks_max = 0;
  duration pass_time_max = duration::zero();
  unsigned budget_from_priority = 0;

  // Aged: after every `aging_interval` callbacks one runs from the queue that waits longest, if longer than
  // `aging_bound`. So an overdue queue is served within priorities * (interval + 1) callbacks.
  // REQUIRES: aging_interval >= 1.
  unsigned aging_interval = 16;
  duration aging_bound = std::chrono::milliseconds(10);
};

class dispatcher {
 public:
  dispatcher(const dispatch_options& options, active_queues& queues, loop_exits& exits, mail_taker& mail,
             const clock_source& clock)
      : options_(options), queues_(queues), exits_(exits), mail_(mail), clock_(clock) {}

  // One pass by the policy and within the budgets. Each answers the number of callbacks that were not internal.
  std::size_t run_pass();

  // Runs what is active now, all of it once, in priority order, without budgets; a break or a continue ends it sooner
  // (L3).
  std::size_t run_active_once();
  // The same as the last of a run that was told to exit: only a break ends it sooner (L13).
  void run_last();

  // Runs until nothing is active, each item at most once; what was activated again waits for the next turn (L4).
  std::size_t run_until_empty(std::uint32_t round);

 private:
  class pass;

  std::size_t run_priorities(unsigned from, unsigned to);
  bool budget_is_used_up(std::size_t ran, time_point began) const;
  [[nodiscard]] bool aging_is_due() const;
  bool run_overdue(std::size_t& ran);
  void run(active_item& item, std::size_t& ran);

  const dispatch_options options_;
  active_queues& queues_;
  loop_exits& exits_;
  mail_taker& mail_;
  const clock_source& clock_;
  unsigned since_aging_ = 0;  // Callbacks since the last look at overdue queues, across passes and turns.
};

}  // namespace v0
}  // namespace pinwheel
