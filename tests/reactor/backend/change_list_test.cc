// SEMANTICS I7: a turn's changes, gathered.
#include "pinwheel/reactor/change_list.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <tuple>
#include <vector>

namespace pinwheel::testing {
namespace {

using made_change = std::tuple<int, interest, interest>;

std::vector<made_change> made_by(change_list& list) {
  std::vector<made_change> made;
  list.apply([&](int descriptor, interest known, interest wanted) { made.emplace_back(descriptor, known, wanted); });
  return made;
}

using made_changes = std::vector<made_change>;

TEST(change_list_test, I7_the_changes_of_a_descriptor_become_one) {
  change_list list;
  list.add(7, interest::none, interest::read);
  list.add(7, interest::read, interest::read_write);
  list.add(7, interest::read_write, interest::write);
  EXPECT_EQ(made_by(list), (made_changes{{7, interest::none, interest::write}}));
  EXPECT_TRUE(list.empty());
}

TEST(change_list_test, I7_what_is_undone_in_the_same_turn_is_not_made) {
  change_list list;
  list.add(7, interest::none, interest::read);
  list.add(7, interest::read, interest::none);
  list.add(8, interest::read, interest::read_write);
  list.add(8, interest::read_write, interest::read);
  EXPECT_EQ(made_by(list), made_changes{});
}

TEST(change_list_test, I7_what_is_removed_and_added_again_may_be_another_file_and_is_made) {
  change_list list;
  list.add(7, interest::read, interest::none);
  list.add(7, interest::none, interest::read);
  EXPECT_EQ(made_by(list), (made_changes{{7, interest::read, interest::read}}));
}

TEST(change_list_test, I7_the_same_behind_another_change_of_the_turn) {
  change_list list;
  list.add(7, interest::read, interest::read_write);
  list.add(7, interest::read_write, interest::none);
  list.add(7, interest::none, interest::read);
  EXPECT_EQ(made_by(list), (made_changes{{7, interest::read, interest::read}}));
}

TEST(change_list_test, I7_what_is_changed_removed_and_added_again_is_made_too) {
  change_list list;
  list.add(7, interest::read, interest::read_write);
  list.add(7, interest::read_write, interest::none);
  list.add(7, interest::none, interest::read);
  EXPECT_EQ(made_by(list), (made_changes{{7, interest::read, interest::read}}));
}

TEST(change_list_test, I7_what_the_kernel_forgets_by_itself_is_not_made) {
  change_list list;
  list.add(7, interest::none, interest::read);
  list.add(8, interest::read, interest::write);
  list.add(9, interest::none, interest::read);
  list.forget(7);
  list.forget(8);
  list.forget(8);
  list.forget(5000);
  list.add(8, interest::none, interest::write);
  EXPECT_EQ(made_by(list), (made_changes{{9, interest::none, interest::read}, {8, interest::none, interest::write}}));
}

// A kernel that knows open files, with descriptors as names that are given to one file after the other.
class kernel_model {
 public:
  void make(int descriptor, interest wanted) {
    if (wanted == interest::none) {
      watched_.erase(descriptor);
    } else {
      watched_[descriptor] = wanted;
    }
  }
  void close(int descriptor) { watched_.erase(descriptor); }

  [[nodiscard]] bool operator==(const kernel_model&) const = default;

 private:
  std::map<int, interest> watched_;
};

RC_GTEST_PROP(change_list_test, I7_the_kernel_ends_up_knowing_what_it_would_have_been_told_at_once, ()) {
  static constexpr int descriptors = 2;  // Few, so that much happens to each.
  const interest interests[] = {interest::none, interest::read, interest::write, interest::read_write};
  kernel_model told_at_once;
  kernel_model told_late;
  std::vector<interest> registered(descriptors, interest::none);
  change_list list;
  const auto flush = [&] {
    std::map<int, int> calls;
    list.apply([&](int descriptor, interest, interest wanted) {
      RC_ASSERT(++calls[descriptor] == 1);
      told_late.make(descriptor, wanted);
    });
    RC_ASSERT(told_late == told_at_once);
  };
  const auto steps = *rc::gen::inRange(1, 60);
  for (int step = 0; step < steps; ++step) {
    const int descriptor = *rc::gen::inRange(0, descriptors);
    interest& before = registered[static_cast<std::size_t>(descriptor)];
    switch (*rc::gen::inRange(0, 8)) {
      case 0:
        flush();
        break;
      case 1:  // Removed, closed and opened again.
        if (before != interest::none) list.add(descriptor, before, interest::none);
        told_at_once.close(descriptor);
        told_late.close(descriptor);
        before = interest::none;
        break;
      case 2:  // The same without a change.
        list.forget(descriptor);
        told_at_once.close(descriptor);
        told_late.close(descriptor);
        before = interest::none;
        break;
      default: {
        const interest after = interests[*rc::gen::inRange(0, 4)];
        if (after == before) break;
        list.add(descriptor, before, after);
        told_at_once.make(descriptor, after);
        before = after;
      }
    }
  }
  flush();
}

}  // namespace
}  // namespace pinwheel::testing
