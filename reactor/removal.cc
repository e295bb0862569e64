#include "pinwheel/reactor/removal.h"

#include <cstddef>
#include <memory>
#include <utility>

#include "pinwheel/reactor/current_loop.h"
#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"
#include "pinwheel/reactor/loop_wait.h"
#include "pinwheel/reactor/mailbox.h"

namespace pinwheel {
inline namespace v0 {

// Shared by the waiter and its command, which may lie in the mailbox when the waiter has gone.
struct removal::asked {
  explicit asked(const mailbox& box) : wait(box) {}

  loop_wait wait;
  run_flag::errand errand;
};

post_result removal::and_wait(mailbox& box, event_ref which) {
  if (event_base* base = entered_here(box)) {
    remove_here(*base, which);
    return post_result::taken;
  }
  if (box.flag().try_serve()) {
    serve(box, which);
    return post_result::taken;
  }
  return ask_and_wait(box, which);
}

post_result removal::async(mailbox& box, event_ref which, task&& removed) {
  auto boxed = std::make_unique<task>(std::move(removed));  // With the reference it is too large for a letter.
  task& inside = *boxed;
  letter mail{[which, boxed = std::move(boxed)] {
                event_base& base = *current_loop::base();
                take_out(base, which);
                base.tasks_.push(std::move(*boxed));
              },
              letter::delivery::at_once_and_queues};
  const post_result result = box.post(mail);
  if (result != post_result::taken) removed = std::move(inside);
  return result;
}

// The box's base, if this thread is in its turn: in that of the current loop, or in one that it interrupts.
event_base* removal::entered_here(const mailbox& box) noexcept {
  for (const auto* at = current_loop::innermost(); at != nullptr; at = at->outer()) {
    if (at->base().mailbox_ == &box) return &at->base();
  }
  return nullptr;
}

void removal::take_out(event_base& base, event_ref which) {
  if (event* found = base.find(which)) found->remove();
}

void removal::remove_here(event_base& base, event_ref which) {
  const std::size_t sender = mailbox::producer_here();
  const current_loop::scope inside(base, *base.posted_to_);
  base.mail_.take_from(sender);  // An add or an activation that this thread has sent would else come after.
  take_out(base, which);
}

// REQUIRES: the flag is the caller's, who loses it here.
void removal::serve(mailbox& box, event_ref which) {
  const struct service {
    explicit service(run_flag& held) : flag(held) {}
    ~service() { flag.end_service(); }
    service(const service&) = delete;
    service& operator=(const service&) = delete;
    run_flag& flag;
  } ending(box.flag());
  event_base& base = ending.flag.guarded();
  const current_loop::scope inside(base, *base.posted_to_);
  base.mail_.take();
  take_out(base, which);
}

post_result removal::ask_and_wait(mailbox& box, event_ref which) {
  const auto mine = std::make_shared<asked>(box);
  letter mail{[which, mine] {
                event_base& base = *current_loop::base();
                take_out(base, which);
                mine->wait.end();  // First: what this loop waits for from now on is no circle with it.
                base.mailbox_->flag().say_done(mine->errand);
              },
              letter::delivery::at_once};
  if (const post_result sent = box.post(mail); sent != post_result::taken) return sent;
  const run_flag::standing standing = box.flag().wait_for(mine->errand);
  mine->wait.end();
  if (standing == run_flag::standing::gone) return post_result::gone;
  if (standing == run_flag::standing::held) serve(box, which);
  return post_result::taken;
}

}  // namespace v0
}  // namespace pinwheel
