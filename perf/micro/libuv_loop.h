// libuv as the subjects of these benchmarks see a loop; pinwheel_loop.h says what the members do.
//
// Task is how a post waits: std::function for any work, as users write it, or a bare call.
#pragma once

#include <unistd.h>
#include <uv.h>

#include <chrono>
#include <cstdint>
#include <type_traits>

#include "call.h"
#include "failed.h"
#include "mutex_queue.h"
#include "reach.h"

namespace pinwheel::perf {

template <class Task>
class libuv_loop {
 public:
  static constexpr const char* name = std::is_same_v<Task, call> ? "libuv-bare" : "libuv";

  explicit libuv_loop(reach) : loop_(), wake_(*this, call_to<&libuv_loop::run_posts>(*this)) {}
  libuv_loop(const libuv_loop&) = delete;
  libuv_loop& operator=(const libuv_loop&) = delete;

  template <class Work>
  void post(const Work& work) {
    if (posts_.push(work)) wake_.activate();
  }

  void run() { ::uv_run(loop_.get(), UV_RUN_DEFAULT); }
  void stop() { ::uv_stop(loop_.get()); }
  void turn() { ::uv_run(loop_.get(), UV_RUN_NOWAIT); }

 private:
  class owned_loop {
   public:
    owned_loop() { must(::uv_loop_init(&loop_) == 0, "uv_loop_init"); }
    owned_loop(const owned_loop&) = delete;
    owned_loop& operator=(const owned_loop&) = delete;
    ~owned_loop() {
      ::uv_run(&loop_, UV_RUN_DEFAULT);  // Every handle is closing by now.
      must(::uv_loop_close(&loop_) == 0, "uv_loop_close");
    }

    ::uv_loop_t* get() { return &loop_; }

   private:
    ::uv_loop_t loop_;
  };

  // A handle with the call that it makes. Closing takes a turn, so both live on the heap until then.
  template <class Handle>
  class owned_handle {
   public:
    explicit owned_handle(call called) : parts_(new parts{.handle = {}, .called = called}) {}
    owned_handle(const owned_handle&) = delete;
    owned_handle& operator=(const owned_handle&) = delete;
    ~owned_handle() {
      ::uv_close(reinterpret_cast<::uv_handle_t*>(get()),
                 [](::uv_handle_t* closed) { delete reinterpret_cast<parts*>(closed); });
    }

    Handle* get() { return &parts_->handle; }
    static const call& called_of(Handle* handle) { return reinterpret_cast<parts*>(handle)->called; }

   private:
    struct parts {
      Handle handle;  // First, so that a pointer to it is one to both.
      call called;
    };

    parts* parts_;
  };

 public:
  class timer {
   public:
    timer(libuv_loop& loop, call called) : handle_(called) {
      must(::uv_timer_init(loop.loop_.get(), handle_.get()) == 0, "uv_timer_init");
    }

    void arm(std::chrono::milliseconds delay) {
      const auto run = [](::uv_timer_t* due) { owned_handle<::uv_timer_t>::called_of(due)(); };
      must(::uv_timer_start(handle_.get(), run, static_cast<std::uint64_t>(delay.count()), 0) == 0, "uv_timer_start");
    }
    void cancel() { ::uv_timer_stop(handle_.get()); }

   private:
    owned_handle<::uv_timer_t> handle_;
  };

  class user_event {
   public:
    user_event(libuv_loop& loop, call called) : handle_(called) {
      const auto run = [](::uv_async_t* async) { owned_handle<::uv_async_t>::called_of(async)(); };
      must(::uv_async_init(loop.loop_.get(), handle_.get(), run) == 0, "uv_async_init");
    }

    void activate() { ::uv_async_send(handle_.get()); }

   private:
    owned_handle<::uv_async_t> handle_;
  };

  class descriptor_watch {
   public:
    descriptor_watch(libuv_loop& loop, int descriptor, call called) : handle_(called), descriptor_(descriptor) {
      must(::uv_poll_init(loop.loop_.get(), handle_.get(), descriptor) == 0, "uv_poll_init");
      handle_.get()->data = this;
      must(::uv_poll_start(handle_.get(), UV_READABLE, &read_and_run) == 0, "uv_poll_start");
    }

   private:
    static void read_and_run(::uv_poll_t* poll, int, int) {
      std::uint64_t count = 0;
      const int descriptor = static_cast<descriptor_watch*>(poll->data)->descriptor_;
      must(::read(descriptor, &count, sizeof count) == sizeof count, "reading an eventfd");
      owned_handle<::uv_poll_t>::called_of(poll)();
    }

    owned_handle<::uv_poll_t> handle_;
    int descriptor_;
  };

 private:
  void run_posts() { posts_.run_all(); }

  owned_loop loop_;
  mutex_queue<Task> posts_;
  user_event wake_;
};

}  // namespace pinwheel::perf
