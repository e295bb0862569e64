// The backends that ask the kernel, each alone under a base: errors, closed descriptors, many of them, exact times.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <vector>

#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"
#include "support/owned_descriptor.h"

namespace pinwheel::testing {
namespace {

struct real_backend {
  const char* name;
  bool change_list;
  const char* shown;
};

class real_backend_test : public ::testing::TestWithParam<real_backend> {
 protected:
  void SetUp() override { make({}); }

  void make(event_base_options options) {
    options.backend = GetParam().name;
    options.change_list = GetParam().change_list;
    base_ = event_base::create(options).value();
  }

  // One that adds what it is called for to `heard`.
  std::unique_ptr<event> watch(int descriptor, interest what, reasons& heard) {
    auto made = std::make_unique<event>(*base_, descriptor, what, event_life::persistent,
                                        [&heard](event&, reasons why) { heard |= why; });
    EXPECT_TRUE(made->add().ok());
    return made;
  }

  void turn() {
    base_->loop(loop_flags::nonblock);
    base_->validate();
  }

  [[nodiscard]] bool is_poll() const { return base_->backend_name() == "poll"; }

  std::unique_ptr<event_base> base_;
};

TEST_P(real_backend_test, I5_an_error_is_heard_by_readers_writers_and_whoever_waits_for_the_close) {
  owned_pipe pipe;
  reasons writer_heard = reasons::none;
  reasons closed_heard = reasons::none;
  const auto writer = watch(pipe.write_end.number(), interest::write, writer_heard);
  const auto closed = watch(pipe.write_end.number(), interest::closed, closed_heard);
  pipe.read_end.close();  // EPOLLERR, POLLERR.
  turn();
  EXPECT_EQ(writer_heard, reasons::writable | reasons::failed);
  EXPECT_EQ(closed_heard, reasons::failed);
}

TEST_P(real_backend_test, I5_a_hang_up_is_readable_and_writable) {
  owned_pipe pipe;
  reasons heard = reasons::none;
  const auto reader = watch(pipe.read_end.number(), interest::read, heard);
  pipe.write_end.close();  // EPOLLHUP, POLLHUP.
  turn();
  EXPECT_EQ(heard, reasons::readable | reasons::failed);
}

TEST_P(real_backend_test, I1_what_nobody_watches_any_more_does_not_end_the_wait) {
  const owned_pipe pipe;
  pipe.fill();
  reasons heard = reasons::none;
  const auto reader = watch(pipe.read_end.number(), interest::read, heard);
  turn();
  reader->remove();
  int waits = 0;
  const prepare_watcher counting(*base_, [&](std::optional<duration>) { ++waits; });
  ASSERT_TRUE(base_->once(std::chrono::milliseconds(5), [](reasons) {}).ok());
  base_->loop();
  EXPECT_EQ(waits, 1);
}

TEST_P(real_backend_test, I1_removing_some_descriptors_leaves_the_others_watched) {
  const std::array<owned_pipe, 3> pipes;
  std::array<reasons, 3> heard{};
  std::vector<std::unique_ptr<event>> readers;
  for (std::size_t at = 0; at < pipes.size(); ++at) {
    readers.push_back(watch(pipes[at].read_end.number(), interest::read, heard[at]));
    pipes[at].fill();
  }
  readers[0]->remove();
  readers[2]->remove();
  turn();
  EXPECT_EQ(heard, (std::array{reasons::none, reasons::readable, reasons::none}));
}

TEST_P(real_backend_test, I8_a_descriptor_closed_and_opened_again_under_its_number_is_watched) {
  owned_pipe first;
  reasons heard = reasons::none;
  const int number = first.read_end.number();
  auto old_watch = watch(number, interest::read, heard);
  turn();
  first.read_end.close();  // While it is watched.
  owned_pipe second;
  second.read_end.move_to(number);
  old_watch->remove();
  const auto new_watch = watch(number, interest::read, heard);
  second.fill();
  turn();
  EXPECT_EQ(heard, reasons::readable);
}

TEST_P(real_backend_test, I8_a_change_of_what_was_closed_and_opened_again_mends_itself) {
  owned_socket_pair first;
  reasons read_heard = reasons::none;
  reasons write_heard = reasons::none;
  const int number = first.ours.number();
  const auto reader = watch(number, interest::read, read_heard);
  turn();
  first.ours.close();
  owned_socket_pair second;
  second.ours.move_to(number);
  const auto writer = watch(number, interest::write, write_heard);  // A change of what is watched, and known to no one.
  turn();
  EXPECT_EQ(write_heard, reasons::writable);
  second.fill();
  turn();
  EXPECT_EQ(read_heard, reasons::readable);
}

TEST_P(real_backend_test, I8_removing_what_was_closed_is_fine) {
  owned_pipe pipe;
  reasons heard = reasons::none;
  auto watched = watch(pipe.read_end.number(), interest::read, heard);
  turn();
  pipe.read_end.close();
  watched->remove();
  turn();
  EXPECT_EQ(heard, reasons::none);
}

TEST_P(real_backend_test, a_bad_descriptor_is_refused_or_reported_as_failed) {
  owned_pipe pipe;
  const int number = pipe.read_end.number();
  pipe.read_end.close();
  reasons heard = reasons::none;
  event bad(*base_, number, interest::read, event_life::persistent, [&](event&, reasons why) { heard |= why; });
  const io_result added = bad.add();
  turn();
  if (GetParam().change_list) {
    EXPECT_TRUE(added.ok());
    EXPECT_EQ(heard, reasons::readable | reasons::failed);
  } else {
    EXPECT_EQ(added.error(), EBADF);
    EXPECT_EQ(heard, reasons::none);
  }
}

TEST_P(real_backend_test, a_regular_file_is_always_ready_or_refused) {
  const owned_descriptor file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  reasons heard = reasons::none;
  event reader(*base_, file.number(), interest::read, event_life::persistent,
               [&](event&, reasons why) { heard |= why; });
  const io_result added = reader.add();
  turn();
  if (is_poll()) {
    EXPECT_EQ(heard, reasons::readable);
  } else if (GetParam().change_list) {
    EXPECT_EQ(heard, reasons::readable | reasons::failed);
  } else {
    EXPECT_EQ(added.error(), EPERM);
  }
}

TEST_P(real_backend_test, I9_more_descriptors_than_the_ready_array_holds_are_all_heard) {
  constexpr int count = 200;
  std::vector<owned_descriptor> ready;
  std::vector<std::unique_ptr<event>> events;
  std::vector<int> heard(count, 0);
  for (int at = 0; at < count; ++at) {
    ready.emplace_back(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
    events.push_back(std::make_unique<event>(*base_, ready.back().number(), interest::read, event_life::persistent,
                                             [&heard, at](event&, reasons) { ++heard[static_cast<std::size_t>(at)]; }));
    ASSERT_TRUE(events.back()->add().ok());
  }
  const auto run_in_a_turn = [&] {
    heard.assign(count, 0);
    turn();
    return std::count(heard.begin(), heard.end(), 1);
  };
  std::vector<std::ptrdiff_t> turns;
  for (int at = 0; at < 3; ++at) turns.push_back(run_in_a_turn());
  EXPECT_EQ(turns,
            is_poll() ? (std::vector<std::ptrdiff_t>{200, 200, 200}) : (std::vector<std::ptrdiff_t>{64, 128, 200}));
}

TEST_P(real_backend_test, T12_a_wait_shorter_than_a_millisecond_does_not_end_early) {
  make({.precise_timeouts = true});
  for (const auto wait : {std::chrono::microseconds(50), std::chrono::microseconds(1'300)}) {
    const time_point before = monotonic_clock::instance().now();
    ASSERT_TRUE(base_->once(wait, [](reasons) {}).ok());
    base_->loop();
    EXPECT_GE(monotonic_clock::instance().now() - before, wait);
  }
}

TEST_P(real_backend_test, L17_an_interrupted_wait_goes_on) {
  static volatile sig_atomic_t interrupted = 0;
  interrupted = 0;
  struct sigaction count{};
  struct sigaction before{};
  count.sa_handler = [](int) { interrupted = 1; };  // Without SA_RESTART.
  ASSERT_EQ(::sigaction(SIGALRM, &count, &before), 0);
  const itimerval soon{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = 2'000}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &soon, nullptr), 0);
  bool ran = false;
  ASSERT_TRUE(base_->once(std::chrono::milliseconds(10), [&](reasons) { ran = true; }).ok());
  EXPECT_EQ(base_->loop(), loop_result::nothing_to_do);
  EXPECT_EQ(interrupted, 1);
  EXPECT_TRUE(ran);
  ASSERT_EQ(::sigaction(SIGALRM, &before, nullptr), 0);
}

INSTANTIATE_TEST_SUITE_P(over, real_backend_test,
                         ::testing::Values(real_backend{"epoll", false, "epoll"},
                                           real_backend{"epoll", true, "epoll_with_a_change_list"},
                                           real_backend{"poll", false, "poll"}),
                         [](const auto& named) { return named.param.shown; });

TEST(epoll_backend_test, I7_what_the_kernel_refuses_late_ends_the_wait_and_is_reported_once) {
  const auto base = event_base::create({.backend = "epoll", .change_list = true}).value();
  owned_pipe pipe;
  std::vector<reasons> heard;
  event reader(*base, pipe.read_end.number(), interest::read, event_life::persistent,
               [&](event&, reasons why) { heard.push_back(why); });
  ASSERT_TRUE(reader.add().ok());
  pipe.read_end.close();
  EXPECT_EQ(base->loop(loop_flags::once), loop_result::left);  // Would wait for ever.
  base->loop(loop_flags::nonblock);
  EXPECT_EQ(heard, std::vector{reasons::readable | reasons::failed});
}

TEST(poll_backend_test, a_descriptor_closed_while_it_is_watched_is_reported_as_failed_once) {
  const auto base = event_base::create({.backend = "poll"}).value();
  owned_pipe pipe;
  std::vector<reasons> heard;
  event reader(*base, pipe.read_end.number(), interest::read, event_life::persistent,
               [&](event&, reasons why) { heard.push_back(why); });
  ASSERT_TRUE(reader.add().ok());
  pipe.read_end.close();
  for (int turns = 0; turns < 3; ++turns) base->loop(loop_flags::nonblock);
  EXPECT_EQ(heard, std::vector{reasons::readable | reasons::failed});
}

TEST(poll_backend_test, I4_an_edge_triggered_event_is_refused_beside_any_other) {
  const auto base = event_base::create({.backend = "poll"}).value();
  owned_pipe pipe;
  const auto nothing = [](event&, reasons) {};
  event edge(*base, pipe.read_end.number(), interest::read | interest::edge, event_life::persistent, nothing);
  event level(*base, pipe.read_end.number(), interest::read, event_life::persistent, nothing);
  EXPECT_EQ(edge.add().error(), ENOTSUP);
  ASSERT_TRUE(level.add().ok());
  EXPECT_EQ(edge.add().error(), EINVAL);
}

}  // namespace
}  // namespace pinwheel::testing
