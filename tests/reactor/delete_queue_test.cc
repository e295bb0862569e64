// What a turn's callbacks have done away with, and what comes behind it.
#include "pinwheel/reactor/delete_queue.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace pinwheel::testing {
namespace {

using names = std::vector<std::string>;

class delete_queue_test : public ::testing::Test {
 protected:
  // Something that does a thing when it dies.
  struct doomed {
    std::function<void()> dying;
    ~doomed() { dying(); }
  };

  struct traced_call : delete_queue::last_call {
    explicit traced_call(std::function<void()> what)
        : last_call([](last_call& due) noexcept { static_cast<traced_call&>(due).called(); }),
          called(std::move(what)) {}
    std::function<void()> called;
  };

  void add(std::function<void()> dying) { queue_.add(std::unique_ptr<doomed>(new doomed{std::move(dying)})); }
  void add(const std::string& name) {
    add([this, name] { trace_.push_back(name); });
  }

  names trace_;
  delete_queue queue_;
};

TEST_F(delete_queue_test, a_destructor_may_run_the_queue_and_nothing_is_destroyed_twice) {
  add("first");
  add([this] {
    trace_.push_back("second begins");
    queue_.run();
    trace_.push_back("second ends");
  });
  add("third");
  queue_.run();
  EXPECT_EQ(trace_, (names{"first", "second begins", "third", "second ends"}));
  EXPECT_TRUE(queue_.empty());
  add("fourth");
  queue_.run();
  EXPECT_EQ(trace_.back(), "fourth");
}

TEST_F(delete_queue_test, a_last_call_comes_behind_all_that_is_destroyed_and_what_that_adds) {
  traced_call last([this] {
    trace_.push_back("last");
    add("added by the last");
  });
  traced_call very_last([this] { trace_.push_back("very last"); });
  queue_.call_last(last);
  queue_.call_last(very_last);
  add([this] {
    trace_.push_back("first");
    add("added by the first");
  });
  queue_.run();
  EXPECT_EQ(trace_, (names{"first", "added by the first", "last", "added by the last", "very last"}));
  EXPECT_TRUE(queue_.empty());
}

TEST_F(delete_queue_test, a_last_call_does_not_come_inside_a_destructor) {
  traced_call last([this] { trace_.push_back("last"); });
  add([this] {
    queue_.run();
    trace_.push_back("destroyed");
  });
  queue_.call_last(last);
  queue_.run();
  EXPECT_EQ(trace_, (names{"destroyed", "last"}));
}

TEST_F(delete_queue_test, a_last_call_may_be_called_off) {
  traced_call off([this] { trace_.push_back("called"); });
  queue_.call_last(off);
  add([&off] { off.unlink(); });
  queue_.run();
  EXPECT_TRUE(trace_.empty());
  EXPECT_FALSE(off.is_linked());
  queue_.call_last(off);
  queue_.run();
  EXPECT_EQ(trace_, names{"called"});
}

}  // namespace
}  // namespace pinwheel::testing
