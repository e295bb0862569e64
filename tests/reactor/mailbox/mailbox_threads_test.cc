// Many threads and one mailbox: what one producer posts arrives once and in order, sleeping loops are woken, and bases
// end in the midst of it (DESIGN section 4, SEMANTICS N5 to N14).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

#include "loop_thread.h"
#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"
#include "pinwheel/reactor/mailbox.h"
#include "token.h"

namespace pinwheel {
inline namespace v0 {
namespace {

using namespace std::chrono_literals;

// Notes, on the consumer's loop, whether each producer's numbers come without a gap and in order.
class arrivals {
 public:
  explicit arrivals(std::size_t producers) : next_(producers) {}

  void note(std::size_t producer, int number) {
    if (next_[producer]++ != number) ++out_of_order_;
  }
  [[nodiscard]] int total() const { return std::accumulate(next_.begin(), next_.end(), 0); }
  [[nodiscard]] int out_of_order() const { return out_of_order_; }

 private:
  std::vector<int> next_;
  int out_of_order_ = 0;
};

TEST(mailbox_threads_test, N14_eight_producers_fill_a_blocked_loop_and_each_one_s_tasks_run_in_order) {
  constexpr std::size_t producers = 8;
  constexpr int while_blocked = 2 * static_cast<int>(loop_ring::slots);
  constexpr int posts = 2000;
  const loop_thread consumer;
  arrivals arrived(producers);
  token_counts counts;
  std::latch spilled(producers);
  std::latch done(1);

  const auto produce = [&](std::size_t producer) {
    for (int number = 0; number < posts; ++number) {
      ASSERT_EQ(consumer.handle().post(
                    [&arrived, producer, number, alive = token(counts)] { arrived.note(producer, number); }),
                post_result::taken);
      if (number == while_blocked) spilled.count_down();
    }
  };
  ASSERT_EQ(consumer.handle().post([&] { spilled.wait(); }), post_result::taken);
  {
    std::vector<std::unique_ptr<loop_thread>> loops;
    crowd all(producers);
    for (std::size_t at = 0; at < producers / 2; ++at) {
      all.add([&, at] { produce(at); });
      loops.push_back(std::make_unique<loop_thread>());
      all.add([&, at, loop = loops.back().get()] { loop->run([&](event_base&) { produce(producers / 2 + at); }); });
    }
  }
  // Whatever is left is taken with these two, in one turn or the next.
  ASSERT_EQ(consumer.handle().post([&] { static_cast<void>(consumer.handle().post([&] { done.count_down(); })); }),
            post_result::taken);
  done.wait();
  EXPECT_EQ(arrived.total(), static_cast<int>(producers) * posts);
  EXPECT_EQ(arrived.out_of_order(), 0);
  EXPECT_EQ(counts.alive(), 0U);
}

class mailbox_wake_threads_test : public ::testing::TestWithParam<notifier_kind> {
 protected:
  const event_base_options options_{.notifier = GetParam()};
};

// A wake-up that is lost anywhere on the way leaves this waiting for ever.
TEST_P(mailbox_wake_threads_test, N6_two_loops_that_sleep_between_posts_wake_each_other_every_time) {
  const loop_thread left(options_);
  const loop_thread right(options_);
  std::promise<int> finished;

  struct ball {
    const event_base_handle& here;
    const event_base_handle& there;
    std::promise<int>& finished;
    int rounds;

    void operator()() {
      if (rounds == 5000) return finished.set_value(rounds);
      static_cast<void>(there.post(ball{there, here, finished, rounds + 1}));
    }
  };
  ASSERT_EQ(left.handle().post(ball{left.handle(), right.handle(), finished, 0}), post_result::taken);
  EXPECT_EQ(finished.get_future().get(), 5000);
}

TEST_P(mailbox_wake_threads_test, N6_a_loop_wakes_for_every_post_of_several_foreign_threads) {
  const loop_thread consumer(options_);
  std::atomic<int> answered = 0;
  {
    crowd all(3);
    for (int at = 0; at < 3; ++at) {
      all.add([&] {
        for (int round = 0; round < 500; ++round) {
          std::latch ran(1);
          ASSERT_EQ(consumer.handle().post([&] { ran.count_down(); }), post_result::taken);
          ran.wait();
          ++answered;
        }
      });
    }
  }
  EXPECT_EQ(answered, 1500);
}

INSTANTIATE_TEST_SUITE_P(both_kinds, mailbox_wake_threads_test,
                         ::testing::Values(notifier_kind::eventfd, notifier_kind::pipe),
                         [](const auto& kind) { return kind.param == notifier_kind::eventfd ? "eventfd" : "pipe"; });

TEST(mailbox_threads_test, N6_the_first_post_of_a_new_producer_wakes_a_loop_that_is_going_to_sleep) {
  const loop_thread producer;
  int ran = 0;
  for (int round = 0; round < 200; ++round) {
    const loop_thread consumer;
    std::latch done(1);
    producer.run([&](event_base&) {
      ASSERT_EQ(consumer.handle().post([&] {
        ++ran;
        done.count_down();
      }),
                post_result::taken);
    });
    done.wait();
  }
  EXPECT_EQ(ran, 200);
}

TEST(mailbox_threads_test, N14_two_loops_that_flood_each_other_lose_nothing_and_keep_the_order) {
  constexpr int posts = 5000;
  const loop_thread left;
  const loop_thread right;
  arrivals from_left(1);
  arrivals from_right(1);
  const auto flood = [](const event_base_handle& to, arrivals& arrived) {
    for (int number = 0; number < posts; ++number) {
      ASSERT_EQ(to.post([&arrived, number] { arrived.note(0, number); }), post_result::taken);
    }
  };
  {
    crowd both(2);
    both.add([&] { left.run([&](event_base&) { flood(right.handle(), from_left); }); });
    both.add([&] { right.run([&](event_base&) { flood(left.handle(), from_right); }); });
  }
  const auto settle = [](const loop_thread& from, const loop_thread& to) {
    std::latch arrived(1);
    from.run([&](event_base&) { static_cast<void>(to.handle().post([&] { arrived.count_down(); })); });
    arrived.wait();
  };
  settle(left, right);
  settle(right, left);
  EXPECT_EQ(from_left.total(), posts);
  EXPECT_EQ(from_right.total(), posts);
  EXPECT_EQ(from_left.out_of_order() + from_right.out_of_order(), 0);
}

TEST(mailbox_threads_test, N6_every_activation_from_any_thread_is_followed_by_a_run) {
  const loop_thread loop;
  std::atomic<int> runs = 0;
  std::unique_ptr<event> user;
  event_ref ref;
  loop.run([&](event_base& base) {
    user = std::make_unique<event>(base, event_life::persistent, [&](event&, reasons) {
      ++runs;
      runs.notify_all();
    });
    ref = user->ref();
  });
  std::atomic<int> seen = 0;
  {
    crowd all(4);
    for (int at = 0; at < 4; ++at) {
      all.add([&] {
        for (int round = 0; round < 300; ++round) {
          const int before = runs;
          ASSERT_EQ(loop.handle().activate(ref), post_result::taken);
          ASSERT_EQ(loop.handle().loop_continue(), post_result::taken);
          runs.wait(before);
          ++seen;
        }
      });
    }
  }
  EXPECT_EQ(seen, 1200);
  loop.run([&](event_base&) { user.reset(); });
  EXPECT_EQ(loop.handle().activate(ref), post_result::taken) << "stale from here on, and harmless";
}

TEST(mailbox_threads_test, L14_a_loop_told_to_stop_by_several_threads_at_once_stops) {
  for (int round = 0; round < 50; ++round) {
    const auto base = event_base::create({}).value();
    base->hold();
    loop_result result = loop_result::refused;
    {
      crowd all(4);
      all.add([&] { result = base->loop(); });
      all.add([handle = base->handle()] { static_cast<void>(handle.loop_break()); });
      all.add([handle = base->handle()] { static_cast<void>(handle.loop_exit()); });
      all.add([handle = base->handle()] { static_cast<void>(handle.loop_exit(1h)); });
    }
    EXPECT_EQ(result, loop_result::left);
    EXPECT_TRUE(base->got_break() || base->got_exit());
  }
}

TEST(mailbox_threads_test, N14_what_was_taken_as_the_base_ended_is_run_or_destroyed_and_later_posts_answer_gone) {
  token_counts counts;
  std::atomic<std::size_t> taken = 0;
  std::atomic<std::size_t> ran = 0;
  const auto post_until_gone = [&](const event_base_handle& to, std::latch& under_way) {
    for (std::size_t posts = 0;; ++posts) {
      if (posts == 100) under_way.count_down();
      const post_result answer = to.post([&ran, alive = token(counts)] { ++ran; });
      if (answer == post_result::gone) return;
      if (answer == post_result::taken) ++taken;
      if (answer == post_result::full) std::this_thread::yield();
    }
  };
  for (int round = 0; round < 30; ++round) {
    const loop_thread poster;
    std::latch under_way(3);
    auto doomed = std::make_unique<loop_thread>(event_base_options{.mailbox_tasks_max = 500});
    crowd all(4);
    for (int at = 0; at < 2; ++at) all.add([&, to = doomed->handle()] { post_until_gone(to, under_way); });
    all.add([&, to = doomed->handle()] { poster.run([&](event_base&) { post_until_gone(to, under_way); }); });
    all.add([&] {
      under_way.wait();
      doomed.reset();
    });
  }
  EXPECT_GT(taken, 0U);
  EXPECT_LE(ran, taken);
  EXPECT_EQ(counts.alive(), 0U);
}

TEST(mailbox_threads_test, N14_a_handle_that_outlives_its_base_answers_gone_on_every_thread) {
  event_base_handle handle;
  {
    const loop_thread loop;
    handle = loop.handle();
  }
  std::atomic<int> gone = 0;
  {
    crowd all(3);
    for (int at = 0; at < 3; ++at) {
      all.add([&gone, mine = handle] {
        for (int round = 0; round < 100; ++round) {
          const event_base_handle copy = mine;
          if (copy.post([] {}) == post_result::gone) ++gone;
        }
      });
    }
  }
  EXPECT_EQ(gone, 300);
}

// The loop may see that the producer has ended before the producer says so: it says it to the idle ones first.
TEST(mailbox_threads_test, N14_producers_that_end_right_after_posting_lose_nothing) {
  constexpr int producers = 2;
  constexpr int rounds = 150;
  std::vector<std::unique_ptr<event_base>> idle;
  for (int at = 0; at < 64; ++at) idle.push_back(event_base::create({}).value());
  const loop_thread consumer;
  int ran = 0;
  {
    crowd all(producers);
    for (int at = 0; at < producers; ++at) {
      all.add([&] {
        for (int round = 0; round < rounds; ++round) {
          const auto shortlived = event_base::create({}).value();
          static_cast<void>(shortlived->post([&] {
            for (const auto& each : idle) static_cast<void>(each->handle().post([] {}));
            ASSERT_EQ(consumer.handle().post([&ran] { ++ran; }), post_result::taken);
          }));
          shortlived->loop();
        }
      });
    }
  }
  int seen = 0;
  consumer.run([&](event_base&) {});
  consumer.run([&](event_base&) { seen = ran; });
  EXPECT_EQ(seen, producers * rounds);
}

}  // namespace
}  // namespace v0
}  // namespace pinwheel
