#include "pinwheel/reactor/base/inline_function.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace pinwheel::testing {
namespace {

using action = inline_function<void()>;

static_assert(!std::is_copy_constructible_v<action> && !std::is_copy_assignable_v<action>);
static_assert(std::is_nothrow_move_constructible_v<action> && std::is_nothrow_move_assignable_v<action>);
static_assert(sizeof(action) == 64, "48 bytes of captures, one pointer, 16-byte alignment");
static_assert(!std::is_constructible_v<inline_function<int()>, std::string (*)()>, "the result does not convert");
static_assert(!std::is_constructible_v<action, void (*)(int)>, "it needs an argument");

// A callable that counts its living copies.
class counted {
 public:
  explicit counted(int& alive) : alive_(&alive) { ++*alive_; }
  counted(counted&& other) noexcept : alive_(other.alive_) { ++*alive_; }
  counted& operator=(counted&&) = delete;
  ~counted() { --*alive_; }

  int operator()() const { return *alive_; }

 private:
  int* alive_;
};

// A callable that looks at the function that holds it as it is destroyed there.
class looks_back {
 public:
  looks_back(action& owner, bool& seen_empty) : owner_(&owner), seen_empty_(&seen_empty) {}
  looks_back(looks_back&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)), seen_empty_(other.seen_empty_) {}
  looks_back& operator=(looks_back&&) = delete;
  ~looks_back() {
    if (owner_ != nullptr) *seen_empty_ = !*owner_;
  }

  void operator()() const {}

 private:
  action* owner_;  // Null once moved from.
  bool* seen_empty_;
};

TEST(inline_function_test, its_callable_is_found_by_its_type_and_by_no_other) {
  int alive = 0;
  inline_function<int()> holds(counted{alive});
  ASSERT_NE(holds.target<counted>(), nullptr);
  EXPECT_EQ((*holds.target<counted>())(), 1);
  EXPECT_EQ(holds.target<int (*)()>(), nullptr);
  holds.reset();
  EXPECT_EQ(holds.target<counted>(), nullptr);
}

TEST(inline_function_test, an_empty_function_says_so) {
  action made_empty;
  action made_of_null = nullptr;
  EXPECT_FALSE(made_empty);
  EXPECT_FALSE(made_of_null);
}

TEST(inline_function_test, it_calls_what_it_holds_each_time) {
  int calls = 0;
  action count = [&calls] { ++calls; };
  EXPECT_TRUE(count);
  count();
  count();
  EXPECT_EQ(calls, 2);
}

TEST(inline_function_test, it_holds_state_that_changes_from_call_to_call) {
  inline_function<int()> next = [value = 0]() mutable { return ++value; };
  EXPECT_EQ(next(), 1);
  EXPECT_EQ(next(), 2);
}

TEST(inline_function_test, arguments_arrive_as_they_were_given) {
  inline_function<std::string(std::unique_ptr<int>, std::string&, const int&)> join =
      [](std::unique_ptr<int> owned, std::string& changed, const int& seen) {
        changed += "!";
        return std::to_string(*owned) + std::to_string(seen);
      };
  std::string changed = "changed";
  EXPECT_EQ(join(std::make_unique<int>(4), changed, 2), "42");
  EXPECT_EQ(changed, "changed!");
}

TEST(inline_function_test, a_function_without_result_drops_the_callables) {
  bool called = false;
  action drops = [&called] { return called = true; };
  drops();
  EXPECT_TRUE(called);
}

TEST(inline_function_test, a_plain_function_fits) {
  inline_function<int(int)> twice = +[](int value) { return 2 * value; };
  EXPECT_EQ(twice(21), 42);
}

TEST(inline_function_test, forty_eight_bytes_of_captures_fit_inside_it) {
  std::array<std::uint64_t, 6> six{1, 2, 3, 4, 5, 6};
  inline_function<const void*()> where = [six] { return static_cast<const void*>(six.data()); };
  const auto* at = static_cast<const std::byte*>(where());
  const auto* begin = reinterpret_cast<const std::byte*>(&where);
  EXPECT_GE(at, begin);
  EXPECT_LE(at + sizeof(six), begin + sizeof(where));
}

TEST(inline_function_test, moving_takes_the_captures_and_leaves_it_empty) {
  int alive = 0;
  inline_function<int()> from = counted(alive);
  inline_function<int()> to = std::move(from);
  EXPECT_FALSE(from);  // NOLINT(bugprone-use-after-move): a moved-from function is empty.
  EXPECT_EQ(to(), 1);
}

TEST(inline_function_test, captures_that_only_move_are_moved_along) {
  inline_function<int()> first = [owned = std::make_unique<int>(7)] { return *owned; };
  inline_function<int()> second = std::move(first);
  EXPECT_EQ(second(), 7);
}

TEST(inline_function_test, assigning_destroys_what_was_there) {
  int old_alive = 0;
  int new_alive = 0;
  inline_function<int()> target = counted(old_alive);
  target = inline_function<int()>(counted(new_alive));
  EXPECT_EQ(old_alive, 0);
  EXPECT_EQ(target(), 1);
  target = nullptr;
  EXPECT_EQ(new_alive, 0);
}

TEST(inline_function_test, assigning_to_itself_changes_nothing) {
  int alive = 0;
  inline_function<int()> same = counted(alive);
  auto& alias = same;
  same = std::move(alias);
  EXPECT_EQ(same(), 1);
}

TEST(inline_function_test, reset_and_death_destroy_the_captures_once) {
  int alive = 0;
  {
    const inline_function<int()> dies = counted(alive);
    inline_function<int()> reset = counted(alive);
    EXPECT_EQ(alive, 2);
    reset.reset();
    EXPECT_EQ(alive, 1);
    reset.reset();
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

TEST(inline_function_test, the_captures_see_an_empty_function_while_they_die) {
  bool seen_empty = false;
  action owner;
  owner = looks_back(owner, seen_empty);
  EXPECT_FALSE(seen_empty);
  owner.reset();
  EXPECT_TRUE(seen_empty);
}

#ifndef NDEBUG

TEST(inline_function_test, calling_an_empty_function_stops_a_debug_build) {
  action empty;
  EXPECT_DEATH(empty(), "an empty function was called");
}

#endif

}  // namespace
}  // namespace pinwheel::testing
