// SEMANTICS I13: what a child does to its backend and its wake-up after fork(2) is nothing to its parent.
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "pinwheel/reactor/notifier.h"
#include "support/forked_child.h"
#include "support/owned_descriptor.h"
#include "support/watched_kernel.h"

namespace pinwheel::testing {
namespace {

struct forked_backend {
  const char* name;
  bool change_list;
  const char* shown;
};

class fork_test : public ::testing::TestWithParam<forked_backend> {
 protected:
  watched_kernel kernel_{choose_backend({.name = GetParam().name}, {.change_list = GetParam().change_list}).value()};
  owned_pipe pipe_;
};

TEST_P(fork_test, I13_the_child_watches_again_and_the_parent_still_does) {
  test_watch& reader = kernel_.watch(pipe_.read_end.number(), interest::read);
  kernel_.poll();
  in_child([&] {
    ASSERT_TRUE(kernel_.kernel().reopen().ok());
    ASSERT_TRUE(kernel_.map().register_again().ok());
    kernel_.poll();
    EXPECT_EQ(reader.heard(), reasons::none);
    pipe_.fill();
    kernel_.poll();
    EXPECT_EQ(reader.heard(), reasons::readable);
    char scrap = 0;
    EXPECT_EQ(::read(pipe_.read_end.number(), &scrap, 1), 1);
    kernel_.map().remove(reader);
    kernel_.poll();
  });
  kernel_.poll();
  EXPECT_EQ(reader.heard(), reasons::none);
  pipe_.fill();
  kernel_.poll();
  EXPECT_EQ(reader.heard(), reasons::readable);
}

TEST_P(fork_test, I13_nothing_is_watched_between_reopening_and_registering) {
  test_watch& reader = kernel_.watch(pipe_.read_end.number(), interest::read);
  pipe_.fill();
  in_child([&] {
    ASSERT_TRUE(kernel_.kernel().reopen().ok());
    kernel_.poll();
    EXPECT_EQ(reader.heard(), reasons::none);
  });
  kernel_.poll();
  EXPECT_EQ(reader.heard(), reasons::readable);
}

TEST_P(fork_test, I13_what_the_child_has_closed_is_reported_as_failed_and_the_rest_is_watched) {
  owned_pipe other;
  test_watch& closed = kernel_.watch(pipe_.read_end.number(), interest::read);
  test_watch& reader = kernel_.watch(other.read_end.number(), interest::read);
  in_child([&] {
    pipe_.read_end.close();
    other.fill();
    ASSERT_TRUE(kernel_.kernel().reopen().ok());
    EXPECT_EQ(kernel_.map().register_again().error(), GetParam().change_list ? 0 : EBADF);
    kernel_.poll();
    EXPECT_TRUE(any(closed.heard(), reasons::failed));
    EXPECT_EQ(reader.heard(), reasons::readable);
  });
}

INSTANTIATE_TEST_SUITE_P(over, fork_test,
                         ::testing::Values(forked_backend{"epoll", false, "epoll"},
                                           forked_backend{"epoll", true, "epoll_with_a_change_list"},
                                           forked_backend{"poll", false, "poll"}),
                         [](const auto& named) { return named.param.shown; });

class notifier_fork_test : public ::testing::TestWithParam<notifier_kind> {
 protected:
  [[nodiscard]] bool is_readable() const {
    pollfd one{.fd = wake_.descriptor(), .events = POLLIN, .revents = 0};
    return ::poll(&one, 1, 0) == 1;
  }

  notifier wake_ = notifier::create(GetParam()).value();
};

TEST_P(notifier_fork_test, I13_a_reopened_wake_up_keeps_its_numbers_and_is_parted_from_the_parents) {
  const int read_number = wake_.descriptor();
  const int written_number = wake_.written_descriptor();
  in_child([&] {
    ASSERT_TRUE(wake_.reopen().ok());
    EXPECT_EQ(wake_.descriptor(), read_number);
    EXPECT_EQ(wake_.written_descriptor(), written_number);
    EXPECT_FALSE(is_readable());
    wake_.notify();
    EXPECT_TRUE(is_readable());
    wake_.acknowledge(interest::read);
    EXPECT_FALSE(is_readable());
  });
  EXPECT_FALSE(is_readable());
}

TEST_P(notifier_fork_test, I13_a_notification_of_the_parent_does_not_pass_to_the_child) {
  wake_.notify();
  in_child([&] {
    ASSERT_TRUE(wake_.reopen().ok());
    EXPECT_FALSE(is_readable());
  });
  EXPECT_TRUE(is_readable());
}

TEST_P(notifier_fork_test, I13_reopening_leaves_no_descriptor_behind) {
  const owned_descriptor lowest_before(::dup(0));
  ASSERT_TRUE(wake_.reopen().ok());
  const owned_descriptor lowest_after(::dup(0));
  EXPECT_EQ(lowest_after.number(), lowest_before.number() + 1);
}

INSTANTIATE_TEST_SUITE_P(over, notifier_fork_test, ::testing::Values(notifier_kind::eventfd, notifier_kind::pipe),
                         [](const auto& named) { return named.param == notifier_kind::eventfd ? "eventfd" : "pipe"; });

}  // namespace
}  // namespace pinwheel::testing
