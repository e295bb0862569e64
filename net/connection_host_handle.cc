#include "pinwheel/net/connection_host_handle.h"

#include "pinwheel/net/connection_host.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/base/task.h"

namespace pinwheel {
inline namespace v0 {
namespace {

// Work on its way to a loop. It shares the home alone: a task that holds a handle to the loop it is posted to would
// keep that loop's mailbox alive.
struct addressed_work {
  home_share home;
  connection_id to;
  connection_work work;

  void operator()() {
    if (connection_host* host = home->host()) return host->deliver(to, std::move(work));
    work(nullptr);
  }
};

static_assert(sizeof(addressed_work) == 48, "fills a task");

}  // namespace

post_result connection_host_handle::send_to(connection_id to, connection_work&& work) const {
  PINWHEEL_CHECK(static_cast<bool>(work), "empty work was sent to a connection");
  if (home_.get() == nullptr) return post_result::gone;
  task posted = addressed_work{home_, to, std::move(work)};
  const post_result answer = loop_.post(std::move(posted));
  if (answer == post_result::taken) return answer;
  work = std::move(posted.target<addressed_work>()->work);  // NOLINT(bugprone-use-after-move): it was left here.
  return answer;
}

}  // namespace v0
}  // namespace pinwheel
