// SEMANTICS C5: the end of an event that may still be active.
#include <cerrno>

#include "support/reactor_loop.h"

namespace pinwheel::testing {
namespace {

using finalize_test = event_base_test;

TEST_P(finalize_test, C5_a_finalizer_runs_once_behind_every_callback_of_the_turn) {
  auto doomed = traced("doomed");
  event killer(base(), event_life::one_shot, [&](auto&, auto) {
    trace_.push_back("killer");
    doomed->finalize([&] { trace_.push_back("finalizer"); });
  });
  auto behind = traced("behind");
  killer.activate();
  doomed->activate();
  behind->activate();
  base().loop();
  base().loop();
  EXPECT_EQ(trace_, (names{"killer", "behind", "finalizer"}));
}

TEST_P(finalize_test, C5_a_finalized_event_refuses_everything) {
  auto doomed = traced("doomed");
  ASSERT_TRUE(doomed->add(moment).ok());
  doomed->finalize([&] { trace_.push_back("finalizer"); });
  EXPECT_FALSE(doomed->is_pending());
  EXPECT_EQ(doomed->add().error(), EINVAL);
  EXPECT_EQ(doomed->add(moment).error(), EINVAL);
  EXPECT_EQ(doomed->add_at(base().now()).error(), EINVAL);
  EXPECT_FALSE(doomed->set_priority(0));
  doomed->activate();
  doomed->activate_later();
  EXPECT_EQ(base().counts().active, 0U);
  base().loop();
  EXPECT_EQ(trace_, names{"finalizer"});
}

TEST_P(finalize_test, C5_an_event_may_finalize_itself_and_be_freed) {
  auto owned = std::make_unique<event>(base(), event_life::persistent, [&](event& self, auto) {
    trace_.push_back("callback");
    self.finalize([&] { trace_.push_back("finalizer"); });
    self.activate();
  });
  owned->activate();
  base().loop();
  EXPECT_EQ(trace_, (names{"callback", "finalizer"}));
}

TEST_P(finalize_test, C5_the_variant_that_frees_destroys_the_event_behind_its_finalizer) {
  class says_when_it_dies {
   public:
    explicit says_when_it_dies(std::vector<std::string>& trace) : trace_(&trace) {}
    says_when_it_dies(says_when_it_dies&& other) noexcept : trace_(std::exchange(other.trace_, nullptr)) {}
    ~says_when_it_dies() {
      if (trace_ != nullptr) trace_->push_back("destroyed");
    }

   private:
    std::vector<std::string>* trace_;
  };
  auto owned =
      std::make_unique<event>(base(), event_life::persistent, [held = says_when_it_dies(trace_)](auto&, auto) {});
  event::finalize_and_delete(std::move(owned), [&] { trace_.push_back("finalizer"); });
  EXPECT_TRUE(trace_.empty());
  base().loop();
  EXPECT_EQ(trace_, (names{"finalizer", "destroyed"}));
}

TEST_P(finalize_test, C5_an_event_deleted_later_does_not_run_any_more) {
  auto doomed = traced("doomed");
  event* const watched = doomed.get();
  event killer(base(), event_life::one_shot, [&](auto&, auto) { base().delete_later(std::move(doomed)); });
  killer.activate();
  watched->activate();
  base().loop();
  EXPECT_TRUE(trace_.empty());
}

TEST_P(finalize_test, C5_a_finalizer_that_no_loop_runs_runs_with_the_end_of_its_base) {
  auto doomed = traced("doomed");
  doomed->finalize([&] { trace_.push_back("finalizer"); });
  doomed.reset();
  base_.reset();
  EXPECT_EQ(trace_, names{"finalizer"});
}

PINWHEEL_OVER_EVERY_BACKEND(finalize_test);

}  // namespace
}  // namespace pinwheel::testing
