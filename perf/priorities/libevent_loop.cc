#include <event2/event.h>

#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "measured_loop.h"

namespace pinwheel::perf {
namespace {

template <class Made>
Made* must(Made* made, const char* what) {
  if (made != nullptr) return made;
  std::fprintf(stderr, "libevent: %s failed\n", what);
  std::exit(1);
}

void must(int done, const char* what) {
  if (done == 0) return;
  std::fprintf(stderr, "libevent: %s failed\n", what);
  std::exit(1);
}

struct free_event {
  void operator()(::event* each) const { ::event_free(each); }
};
struct free_base {
  void operator()(::event_base* base) const { ::event_base_free(base); }
};

::event_base* make_base(bool has_budget) {
  ::event_config* config = must(::event_config_new(), "event_config_new");
  // Its coarse clock would show as lateness of up to a tick of the kernel.
  must(::event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER), "event_config_set_flag");
  if (has_budget) {
    must(::event_config_set_max_dispatch_interval(config, nullptr, int{budget_callbacks}, 0),
         "event_config_set_max_dispatch_interval");
  }
  ::event_base* base = must(::event_base_new_with_config(config), "event_base_new_with_config");
  ::event_config_free(config);
  must(::event_base_priority_init(base, int{priorities}), "event_base_priority_init");
  return base;
}

class libevent_loop final : public measured_loop {
 public:
  explicit libevent_loop(bool has_budget) : base_(make_base(has_budget)) {}

  void watch(int descriptor, unsigned priority, std::function<void()> called) override {
    ::event* watching = make_event(descriptor, EV_READ | EV_PERSIST, priority, std::move(called));
    must(::event_add(watching, nullptr), "event_add");
  }

  void set_timer(std::function<void()> called) override { timer_ = make_event(-1, 0, 0, std::move(called)); }

  void arm_timer(std::chrono::microseconds delay) override {
    must(::event_base_update_cache_time(base_.get()), "event_base_update_cache_time");  // It counts from there.
    const ::timeval after{.tv_sec = delay.count() / 1'000'000, .tv_usec = delay.count() % 1'000'000};
    must(::event_add(timer_, &after), "event_add");
  }

  void run() override { ::event_base_dispatch(base_.get()); }
  void stop() override { ::event_base_loopbreak(base_.get()); }

 private:
  using callback = std::function<void()>;

  ::event* make_event(int descriptor, short what, unsigned priority, callback called) {
    callbacks_.push_back(std::make_unique<callback>(std::move(called)));
    const auto call = [](evutil_socket_t, short, void* argument) { (*static_cast<callback*>(argument))(); };
    ::event* made = must(::event_new(base_.get(), descriptor, what, call, callbacks_.back().get()), "event_new");
    events_.emplace_back(made);
    must(::event_priority_set(made, static_cast<int>(priority)), "event_priority_set");
    return made;
  }

  std::unique_ptr<::event_base, free_base> base_;
  std::vector<std::unique_ptr<callback>> callbacks_;
  std::vector<std::unique_ptr<::event, free_event>> events_;
  ::event* timer_ = nullptr;
};

}  // namespace

std::unique_ptr<measured_loop> make_libevent_loop(std::string_view name) {
  if (name == "libevent") return std::make_unique<libevent_loop>(false);
  if (name == "libevent-budget") return std::make_unique<libevent_loop>(true);
  return nullptr;
}

}  // namespace pinwheel::perf
