#include "pinwheel/framework/loop_shutdown.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr duration again_after = std::chrono::milliseconds(5);
constexpr duration deadline_max = std::chrono::hours(24 * 365);  // Far below what would overflow a time.

}  // namespace

loop_shutdown::loop_shutdown(event_base& base, const loop_threads& loops, task all_ended)
    : base_(base),
      loops_(loops),
      all_ended_(std::move(all_ended)),
      farewells_(loops.size()),
      loops_left_(loops.size()),
      deadline_(base, event_life::one_shot, [this](event&, reasons) { stop(); }),
      again_(base, event_life::one_shot, [this](event&, reasons) { tell_all(); }) {}

void loop_shutdown::drain(duration deadline) {
  const time_point until = base_.now() + std::clamp(deadline, duration::zero(), deadline_max);
  if (until < drain_until_) {
    drain_until_ = until;
    static_cast<void>(deadline_.add_at(until));  // A timer alone: nothing that a kernel could refuse.
  }
  say(word::drain);
}

void loop_shutdown::leave() { say(word::leave); }

void loop_shutdown::stop() { say(word::stop); }

void loop_shutdown::say(word what) {
  if (what <= word_) return;
  word_ = what;
  tell_all();
}

void loop_shutdown::tell_all() {
  bool all_heard = true;
  for (std::size_t at = 0; at < loops_.size(); ++at) {
    farewell& told = farewells_[at];
    if (told.has_left || told.heard == word_) continue;
    if (tell(*loops_[at]) == post_result::full) {
      all_heard = false;
    } else {
      told.heard = word_;
    }
  }
  if (!all_heard) static_cast<void>(again_.add(again_after));
}

post_result loop_shutdown::tell(loop_thread& loop) const {
  switch (word_) {
    case word::none:
      break;
    case word::drain:
      return loop.post_drain();
    case word::leave:
      return loop.post_leave();
    case word::stop:
      return loop.post_stop();
  }
  return post_result::taken;
}

void loop_shutdown::loop_ended(std::size_t index) {
  farewells_[index].has_left = true;
  if (--loops_left_ > 0) return;
  deadline_.remove();
  again_.remove();
  all_ended_();
}

}  // namespace v0
}  // namespace pinwheel
