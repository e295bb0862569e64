// Tasks from other threads and other loops: rule N14.
#include <array>
#include <atomic>
#include <memory>
#include <thread>

#include "conformance/case.h"

namespace pinwheel::conformance {
namespace {

using namespace std::chrono_literals;

constexpr auto no_tasks = libevent_lacks("a deferred callback without an event");

CONFORMS(N14, "the tasks of one thread run in the order it posted them, and none is lost", no_tasks) {
  constexpr int producers = 4;
  constexpr int tasks = 1000;
  auto& loop = at.loop();
  std::array<int, producers> next{};
  int ran = 0;
  for (int producer = 0; producer < producers; ++producer) {
    loop.real_thread([&, producer] {
      for (int number = 0; number < tasks; ++number) {
        EXPECT_SAME(loop.from_elsewhere().post([&, producer, number] {
          EXPECT_SAME(next[static_cast<std::size_t>(producer)]++, number);
          ++ran;
        }),
                    post_result::taken);
      }
    });
  }
  // Keeps the loop turning until all have arrived.
  loop.make({},
            [&](tested_event& self, reasons) {
              if (ran < producers * tasks) self.activate();
            })
      .activate();
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_SAME(ran, producers * tasks);
}

CONFORMS(N14_spill, "from loop to loop, what the ring has no room for comes behind what is in it", no_tasks) {
  constexpr int tasks = 1000;  // The ring has 128 slots.
  auto& consumer = at.make_loop();
  auto& producer = at.make_loop();
  std::vector<int> ran;
  int posted = 0;
  auto& posting = producer.make({}, [&](reasons) {
    for (int number = 0; number < tasks; ++number) {
      const int mine = posted++;
      EXPECT_SAME(consumer.from_elsewhere().post([&ran, mine] { ran.push_back(mine); }), post_result::taken);
    }
  });
  for (int round = 1; round <= 2; ++round) {
    posting.activate();
    producer.run();
    consumer.run();
    EXPECT_SAME(ran.size(), static_cast<std::size_t>(round * tasks));
  }
  for (int number = 0; number < posted; ++number) EXPECT_SAME(ran[static_cast<std::size_t>(number)], number);
}

CONFORMS(N14_spill_while_taken, "the order holds while the ring is emptied and filled and spills, all at once",
         no_tasks) {
  constexpr int tasks = 20'000;
  auto& consumer = at.make_loop();
  auto& producer = at.make_loop();
  int next = 0;
  auto& posting = producer.make({}, [&](reasons) {
    for (int number = 0; number < tasks; ++number) {
      EXPECT_SAME(consumer.from_elsewhere().post([&next, number] { EXPECT_SAME(next++, number); }), post_result::taken);
    }
  });
  posting.activate();
  consumer.real_thread([&] { producer.run(); });
  // Keeps the loop turning until all have arrived.
  consumer
      .make({},
            [&](tested_event& self, reasons) {
              if (next < tasks) self.activate();
            })
      .activate();
  EXPECT_SAME(consumer.run(), loop_result::nothing_to_do);
  EXPECT_SAME(next, tasks);
}

CONFORMS(N14_full, "a post that finds too much waiting answers `full`, and nothing of it is kept", no_tasks) {
  constexpr int room = 16;
  auto& loop = at.make_loop({.mailbox_tasks_max = room});
  int ran = 0;
  for (int number = 0; number < room; ++number) {
    EXPECT_SAME(loop.from_elsewhere().post([&] { ++ran; }), post_result::taken);
  }
  const auto held = std::make_shared<int>();
  EXPECT_SAME(loop.from_elsewhere().post([held] {}), post_result::full);
  EXPECT_SAME(held.use_count(), 1L);
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_SAME(ran, room);
  EXPECT_SAME(loop.from_elsewhere().post([&] { ++ran; }), post_result::taken);
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_SAME(ran, room + 1);
}

CONFORMS(N14_gone, "a task that was taken is destroyed unrun with its base; later posts answer `gone`", no_tasks) {
  const auto handle = at.loop().outliving_handle();
  const auto held = std::make_shared<int>();
  bool ran = false;
  EXPECT_SAME(handle->post([held, &ran] { ran = true; }), post_result::taken);
  EXPECT_SAME(held.use_count(), 2L);
  at.end_loop();
  EXPECT_SAME(held.use_count(), 1L);
  EXPECT_THAT(!ran);
  EXPECT_SAME(handle->post([held] {}), post_result::gone);
  EXPECT_SAME(held.use_count(), 1L);
}

CONFORMS(N14_race_with_the_end, "a task taken while its base ends is run or destroyed, whoever is the last to know it",
         no_tasks) {
  std::atomic<bool> ended{false};
  std::atomic<int> posted{0};
  const auto held = std::make_shared<int>();
  {
    std::unique_ptr<elsewhere> handle = at.loop().outliving_handle();
    std::jthread posting([&ended, &posted, held, handle = std::move(handle)] {
      while (!ended || posted == 0) {
        if (handle->post([held] {}) == post_result::taken) ++posted;
        if (posted > 100'000) break;
      }
    });
    while (posted == 0) std::this_thread::yield();
    at.end_loop();
    ended = true;
  }
  EXPECT_SAME(held.use_count(), 1L);
}

}  // namespace
}  // namespace pinwheel::conformance
