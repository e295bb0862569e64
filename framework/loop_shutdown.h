// Ends the loops of a server: tells each to drain or to stop until it has heard it, and knows when the last has left.
//
// A loop whose mailbox is full is told again a little later; nothing is forgotten.
//
// Threads:   loop-bound, to the base of the thread that accepts, so that a loop hears of a drain behind its last
// socket. Ownership: borrows the base and the loops.
#pragma once

#include <cstddef>
#include <vector>

#include "pinwheel/framework/loop_thread.h"
#include "pinwheel/reactor/event.h"

namespace pinwheel {
inline namespace v0 {

class loop_shutdown {
 public:
  // `all_ended` is called once, when the last loop has left.
  loop_shutdown(event_base& base, const loop_threads& loops, task all_ended);

  // Tells every loop to finish what is open, and all to stop when the deadline is over. Of several calls the earliest
  // deadline counts. More connections may come.
  void drain(duration deadline);
  // Tells every loop that no more connections come: it finishes what is open, and leaves.
  void leave();
  void stop();

  // A loop has left, told to or not.
  void loop_ended(std::size_t index);

  [[nodiscard]] bool has_begun() const noexcept { return word_ != word::none; }

 private:
  // What loops are told, in the order of urgency.
  enum class word : unsigned char { none, drain, leave, stop };

  struct farewell {
    word heard = word::none;
    bool has_left = false;
  };

  void say(word what);
  void tell_all();
  post_result tell(loop_thread& loop) const;

  const event_base& base_;
  const loop_threads& loops_;
  task all_ended_;
  word word_ = word::none;           // What every loop is to hear.
  std::vector<farewell> farewells_;  // By loop.
  std::size_t loops_left_;           // Still to leave.
  time_point drain_until_ = time_point::max();
  event deadline_;
  event again_;  // Armed exactly while a loop has not heard the word yet.
};

}  // namespace v0
}  // namespace pinwheel
