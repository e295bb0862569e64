// References that may be stale.

#include "pinwheel/reactor/event_slots.h"

#include <gtest/gtest.h>

#include <utility>

#include "pinwheel/reactor/event.h"
#include "scripted_backend.h"

namespace pinwheel {
inline namespace v0 {
namespace {

static_assert(noexcept(std::declval<event_slots&>().erase(event_ref{})), "an event's destructor erases");

class event_slots_test : public ::testing::Test {
 protected:
  const scripted_base base_;
  event first_{*base_.base, event_life::one_shot, [](event&, reasons) {}};
  event second_{*base_.base, event_life::one_shot, [](event&, reasons) {}};
  event_slots slots_;
};

TEST_F(event_slots_test, a_reference_finds_its_event_until_it_is_erased_and_nothing_afterwards) {
  const event_ref first = slots_.insert(first_);
  const event_ref second = slots_.insert(second_);
  EXPECT_EQ(slots_.find(first), &first_);
  EXPECT_EQ(slots_.find(second), &second_);
  slots_.erase(first);
  EXPECT_EQ(slots_.find(first), nullptr);
  EXPECT_EQ(slots_.find(second), &second_);
}

TEST_F(event_slots_test, slots_are_used_again_before_there_are_more_and_old_references_stay_stale) {
  const event_ref first = slots_.insert(first_);
  const event_ref second = slots_.insert(second_);
  slots_.erase(first);
  slots_.erase(second);
  const event_ref third = slots_.insert(first_);
  const event_ref fourth = slots_.insert(second_);
  EXPECT_EQ(third.slot, second.slot);
  EXPECT_EQ(fourth.slot, first.slot);
  EXPECT_EQ(slots_.insert(first_).slot, 2U);
  EXPECT_EQ(slots_.find(first), nullptr);
  EXPECT_EQ(slots_.find(second), nullptr);
  EXPECT_EQ(slots_.find(third), &first_);
}

TEST_F(event_slots_test, erasing_a_stale_reference_aborts) {
  const event_ref first = slots_.insert(first_);
  slots_.erase(first);
  EXPECT_DEATH(slots_.erase(first), "a stale event reference was erased");
}

}  // namespace
}  // namespace v0
}  // namespace pinwheel
