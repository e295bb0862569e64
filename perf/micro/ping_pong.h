// What it costs to wake another loop and be woken by it: one post goes to and fro between two sleeping loops.
#pragma once

#include <semaphore>

#include "call.h"
#include "loop_thread.h"
#include "subject.h"

namespace pinwheel::perf {

template <class Loop>
class ping_pong {
 public:
  void play(int rounds) {
    left_ = rounds;
    here_.loop().post(call_to<&ping_pong::ping>(*this));
    over_.acquire();
  }

 private:
  void ping() {
    if (left_-- == 0) return over_.release();
    there_.loop().post(call_to<&ping_pong::pong>(*this));
  }
  void pong() { here_.loop().post(call_to<&ping_pong::ping>(*this)); }

  int left_ = 0;  // Touched in here_'s callbacks while a game is played.
  std::binary_semaphore over_{0};
  loop_thread<Loop> here_{0};
  loop_thread<Loop> there_{1};
};

template <class Loop>
void add_ping_pong(const scale& size) {
  const int rounds = size.of(1'000, 10);
  add_benchmark("ping-pong between two loops", Loop::name,
                [rounds](benchmark::State& state) {
                  ping_pong<Loop> game;
                  for (auto _ : state) game.play(rounds);
                  state.SetItemsProcessed(state.iterations() * rounds);
                })
      ->UseRealTime()
      ->MeasureProcessCPUTime();
}

}  // namespace pinwheel::perf
