#include "pinwheel/reactor/mail_taker.h"

#include <utility>

#include "pinwheel/reactor/mailbox.h"
#include "pinwheel/reactor/task_queue.h"

namespace pinwheel {
inline namespace v0 {

mail_taker::mail_taker(mailbox& box, task_queue& tasks) : box_(box), tasks_(tasks), attention_(box.attention()) {}

void mail_taker::take() {
  box_.drain([this](letter& mail) { take_one(mail); });
  box_.set_tasks_waiting(tasks_.waiting());
}

void mail_taker::take_from(std::size_t producer) {
  box_.drain_one(producer, [this](letter& mail) { take_one(mail); });
}

void mail_taker::take_one(letter& mail) {
  if (!mail.work) return;  // The command that threw.
  if (mail.how == letter::delivery::queued) return tasks_.push(std::move(mail.work));
  task command = std::move(mail.work);
  command();
}

}  // namespace v0
}  // namespace pinwheel
