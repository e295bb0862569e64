#include "pinwheel/reactor/event_base_handle.h"

#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/current_loop.h"
#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"
#include "pinwheel/reactor/mailbox.h"
#include "pinwheel/reactor/removal.h"

namespace pinwheel {
inline namespace v0 {
namespace {

// Adds the event that is named, if it lives. Nobody waits for an answer, so the event itself hears of a failure.
template <class... Timeout>
void add_or_tell(event_ref which, Timeout... timeout) {
  event* found = current_loop::base()->find(which);
  if (found != nullptr && !found->add(timeout...).ok()) found->activate(reasons::failed);
}

}  // namespace

event_base_handle::event_base_handle(mailbox* box) noexcept : mailbox_(box) {
  if (mailbox_ != nullptr) mailbox_->share();
}

event_base_handle::~event_base_handle() {
  if (mailbox_ != nullptr) mailbox_->drop();
}

post_result event_base_handle::post(task&& work) const {
  PINWHEEL_CHECK(static_cast<bool>(work), "an empty task was posted");
  if (mailbox_ == nullptr) return post_result::gone;
  letter mail{std::move(work), letter::delivery::queued};
  const post_result result = mailbox_->post(mail);
  if (result != post_result::taken) work = std::move(mail.work);
  return result;
}

post_result event_base_handle::send_command(task&& command) const {
  if (mailbox_ == nullptr) return post_result::gone;
  letter mail{std::move(command), letter::delivery::at_once};
  return mailbox_->post(mail);
}

post_result event_base_handle::loop_exit(duration after) const {
  return send_command([after] { current_loop::base()->loop_exit(after); });
}

post_result event_base_handle::loop_break() const {
  return send_command([] { current_loop::base()->loop_break(); });
}

post_result event_base_handle::loop_continue() const {
  return send_command([] { current_loop::base()->loop_continue(); });
}

post_result event_base_handle::activate(event_ref which, reasons why) const {
  return send_command([which, why] {
    if (event* found = current_loop::base()->find(which)) found->activate(why);
  });
}

post_result event_base_handle::activate_always(event_ref which) const {
  if (mailbox_ == nullptr) return post_result::gone;
  letter mail{[which] {
                if (event* found = current_loop::base()->find(which)) found->activate(reasons::user);
              },
              letter::delivery::at_once_always};
  return mailbox_->post(mail);
}

post_result event_base_handle::add(event_ref which) const {
  return send_command([which] { add_or_tell(which); });
}

post_result event_base_handle::add(event_ref which, duration timeout) const {
  PINWHEEL_CHECK(timeout >= duration::zero(), "a timeout is not negative");
  return send_command([which, timeout] { add_or_tell(which, timeout); });
}

post_result event_base_handle::remove(event_ref which) const {
  return send_command([which] {
    if (event* found = current_loop::base()->find(which)) found->remove();
  });
}

post_result event_base_handle::remove_and_wait(event_ref which) const {
  if (mailbox_ == nullptr) return post_result::gone;
  return removal::and_wait(*mailbox_, which);
}

post_result event_base_handle::remove_async(event_ref which, task&& removed) const {
  PINWHEEL_CHECK(static_cast<bool>(removed), "an empty task was given to remove_async");
  if (mailbox_ == nullptr) return post_result::gone;
  return removal::async(*mailbox_, which, std::move(removed));
}

}  // namespace v0
}  // namespace pinwheel
