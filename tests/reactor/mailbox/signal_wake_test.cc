// Which loops a signal wakes (SEMANTICS S1, S2).

#include <gtest/gtest.h>
#include <signal.h>

#include <cerrno>

#include "pinwheel/reactor/event.h"
#include "scripted_backend.h"

namespace pinwheel {
inline namespace v0 {
namespace {

TEST(signal_wake_test, S2_a_signal_that_cannot_be_watched_leaves_its_loop_asleep_at_others) {
  const scripted_base failed;
  event unwatchable(*failed.base, signal_number{SIGKILL}, event_life::persistent, [](event&, reasons) {});
  ASSERT_EQ(unwatchable.add().error(), EINVAL);

  const scripted_base watching;
  event hearing(*watching.base, signal_number{SIGUSR1}, event_life::persistent, [](event&, reasons) {});
  ASSERT_TRUE(hearing.add().ok());
  ::raise(SIGUSR1);
  EXPECT_EQ(watching.kernel->take_eventfd_writes(), 1U);
  EXPECT_EQ(failed.kernel->take_eventfd_writes(), 0U);
}

}  // namespace
}  // namespace v0
}  // namespace pinwheel
