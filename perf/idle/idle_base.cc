// A base with nothing to do: a hold, and a timer an hour away. It says "idle" and waits for a signal to end it.
//
//   idle_base [BACKEND]
#include <chrono>
#include <cstdio>
#include <string>

#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"

int main(int argc, char** argv) {
  using namespace pinwheel;
  const auto base = event_base::create({.backend = argc > 1 ? argv[1] : "epoll"});
  if (!base.ok()) {
    std::fprintf(stderr, "idle_base: %s\n", std::string(base.status().message()).c_str());
    return 1;
  }
  (*base)->hold();
  event far((**base), event_life::one_shot, [](event&, reasons) { std::puts("the hour is over"); });
  event stop((**base), signal_number{15}, event_life::one_shot, [](event& self, reasons) { self.base().loop_break(); });
  if (!far.add(std::chrono::hours(1)).ok() || !stop.add().ok()) return 1;
  std::puts("idle");
  std::fflush(stdout);
  return (*base)->loop() == loop_result::left ? 0 : 1;
}
