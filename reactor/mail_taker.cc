#include "pinwheel/reactor/mail_taker.h"

#include <utility>

#include "pinwheel/reactor/mailbox.h"
#include "pinwheel/reactor/task_queue.h"

namespace pinwheel {
inline namespace v0 {

mail_taker::mail_taker(mailbox& box, task_queue& tasks) : box_(box), tasks_(tasks), attention_(box.attention()) {}

void mail_taker::take() {
  box_.drain([this](letter& mail) {
    if (mail.how == letter::delivery::at_once) {
      mail.work();
      mail.work.reset();
    } else {
      tasks_.push(std::move(mail.work));
    }
  });
  box_.set_tasks_waiting(tasks_.waiting());
}

}  // namespace v0
}  // namespace pinwheel
