// Pinwheel as the subjects of these benchmarks see a loop. The other libraries' adapters have the same members:
//
//   post         any thread: runs the work on the loop
//   run, stop    until stopped, by a callback
//   turn         what is ready now, without waiting
//   timer, user_event, descriptor_watch (of an eventfd, read before each call)
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <memory>

#include "call.h"
#include "failed.h"
#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"
#include "reach.h"

namespace pinwheel::perf {

class pinwheel_loop {
 public:
  static constexpr const char* name = "pinwheel";

  explicit pinwheel_loop(reach) : base_(event_base::create({.backend = "epoll"}).value()), handle_(base_->handle()) {}

  template <class Work>
  void post(const Work& work) {
    must(handle_.post(work) == post_result::taken, "post");
  }

  void run() { base_->loop(loop_flags::stay); }
  void stop() { base_->loop_break(); }
  void turn() { base_->loop(loop_flags::nonblock); }

  class timer {
   public:
    timer(pinwheel_loop& loop, call called)
        : event_(*loop.base_, event_life::one_shot, [called](event&, reasons) { called(); }) {}

    void arm(std::chrono::milliseconds delay) { must(event_.add(delay).ok(), "event::add"); }
    void cancel() { event_.remove(); }

   private:
    event event_;
  };

  class user_event {
   public:
    user_event(pinwheel_loop& loop, call called)
        : event_(*loop.base_, event_life::persistent, [called](event&, reasons) { called(); }) {}

    void activate() { event_.activate(); }

   private:
    event event_;
  };

  class descriptor_watch {
   public:
    descriptor_watch(pinwheel_loop& loop, int descriptor, call called)
        : event_(*loop.base_, descriptor, interest::read, event_life::persistent, [called](event& self, reasons) {
            std::uint64_t count = 0;
            must(::read(self.descriptor(), &count, sizeof count) == sizeof count, "reading an eventfd");
            called();
          }) {
      must(event_.add().ok(), "event::add");
    }

   private:
    event event_;
  };

 private:
  std::unique_ptr<event_base> base_;
  event_base_handle handle_;
};

}  // namespace pinwheel::perf
