// Signals that arrive on many threads, for several bases that watch (SEMANTICS S1, S3).

#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <cstddef>
#include <memory>

#include "loop_thread.h"
#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr std::size_t raisers = 4;
constexpr int raises = 300;

class signal_threads_test : public ::testing::TestWithParam<notifier_kind> {};

// A delivery that is lost, or does not wake its loops, leaves this waiting for ever.
TEST_P(signal_threads_test, S3_every_delivery_on_any_thread_is_heard_by_every_base_that_watches) {
  std::array<std::unique_ptr<event_base>, 2> bases;
  std::array<std::unique_ptr<event>, 2> watchers;
  std::array<int, 2> heard{};
  for (std::size_t at = 0; at < bases.size(); ++at) {
    bases[at] = event_base::create({.notifier = GetParam()}).value();
    watchers[at] = std::make_unique<event>(*bases[at], signal_number{SIGUSR2}, event_life::persistent,
                                           [&heard, at](event& self, reasons) {
                                             if (++heard[at] == static_cast<int>(raisers) * raises) self.remove();
                                           });
    ASSERT_TRUE(watchers[at]->add().ok());
  }
  {
    crowd all(raisers + bases.size());
    for (const auto& each : bases) all.add([&] { EXPECT_EQ(each->loop(), loop_result::nothing_to_do); });
    for (std::size_t at = 0; at < raisers; ++at) {
      all.add([] {
        for (int count = 0; count < raises; ++count) ::raise(SIGUSR2);
      });
    }
  }
  EXPECT_EQ(heard[0], heard[1]);
}

INSTANTIATE_TEST_SUITE_P(both_kinds, signal_threads_test,
                         ::testing::Values(notifier_kind::eventfd, notifier_kind::pipe),
                         [](const auto& kind) { return kind.param == notifier_kind::eventfd ? "eventfd" : "pipe"; });

}  // namespace
}  // namespace v0
}  // namespace pinwheel
