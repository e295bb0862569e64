// libevent as the subjects of these benchmarks see a loop; pinwheel_loop.h says what the members do.
#pragma once

#include <event2/event.h>
#include <event2/thread.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "call.h"
#include "failed.h"
#include "mutex_queue.h"
#include "reach.h"

namespace pinwheel::perf {

class libevent_loop {
 public:
  static constexpr const char* name = "libevent";

  explicit libevent_loop(reach who) : base_(make_base(who)), wake_(*this, call_to<&libevent_loop::run_posts>(*this)) {}

  template <class Work>
  void post(const Work& work) {
    if (posts_.push(work)) wake_.activate();
  }

  void run() { ::event_base_loop(base_.get(), EVLOOP_NO_EXIT_ON_EMPTY); }
  void stop() { ::event_base_loopbreak(base_.get()); }
  void turn() { ::event_base_loop(base_.get(), EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY); }

 private:
  struct freed {
    void operator()(::event* each) const { ::event_free(each); }
    void operator()(::event_base* base) const { ::event_base_free(base); }
  };

  // An event with the call that it makes.
  class owned_event {
   public:
    owned_event(libevent_loop& loop, int descriptor, short what, ::event_callback_fn function, call called)
        : called_(called), event_(::event_new(loop.base_.get(), descriptor, what, function, this)) {
      must(event_ != nullptr, "event_new");
    }
    owned_event(const owned_event&) = delete;
    owned_event& operator=(const owned_event&) = delete;

    static void run(evutil_socket_t, short, void* self) { static_cast<owned_event*>(self)->called_(); }
    static void read_and_run(evutil_socket_t descriptor, short, void* self) {
      std::uint64_t count = 0;
      must(::read(descriptor, &count, sizeof count) == sizeof count, "reading an eventfd");
      static_cast<owned_event*>(self)->called_();
    }

    ::event* get() { return event_.get(); }

   private:
    call called_;
    std::unique_ptr<::event, freed> event_;
  };

 public:
  class timer {
   public:
    timer(libevent_loop& loop, call called) : event_(loop, -1, 0, &owned_event::run, called) {}

    void arm(std::chrono::milliseconds delay) {
      const ::timeval after{.tv_sec = delay.count() / 1'000, .tv_usec = delay.count() % 1'000 * 1'000};
      must(::event_add(event_.get(), &after) == 0, "event_add");
    }
    void cancel() { ::event_del(event_.get()); }

   private:
    owned_event event_;
  };

  class user_event {
   public:
    user_event(libevent_loop& loop, call called) : event_(loop, -1, EV_PERSIST, &owned_event::run, called) {}

    void activate() { ::event_active(event_.get(), EV_READ, 1); }

   private:
    owned_event event_;
  };

  class descriptor_watch {
   public:
    descriptor_watch(libevent_loop& loop, int descriptor, call called)
        : event_(loop, descriptor, EV_READ | EV_PERSIST, &owned_event::read_and_run, called) {
      must(::event_add(event_.get(), nullptr) == 0, "event_add");
    }

   private:
    owned_event event_;
  };

 private:
  static ::event_base* make_base(reach who) {
    static const int threads_ready = ::evthread_use_pthreads();
    must(threads_ready == 0, "evthread_use_pthreads");
    ::event_config* config = ::event_config_new();
    must(config != nullptr, "event_config_new");
    if (who == reach::one_thread) must(::event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == 0, "NOLOCK");
    ::event_base* base = ::event_base_new_with_config(config);
    must(base != nullptr, "event_base_new_with_config");
    ::event_config_free(config);
    return base;
  }

  void run_posts() { posts_.run_all(); }

  std::unique_ptr<::event_base, freed> base_;
  mutex_queue<std::function<void()>> posts_;
  user_event wake_;
};

}  // namespace pinwheel::perf
