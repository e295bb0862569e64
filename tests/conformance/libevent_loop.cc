#include "conformance/libevent_loop.h"

#include <event2/event_struct.h>
#include <event2/thread.h>
#include <sys/time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "conformance/case.h"
#include "conformance/channels.h"
#include "conformance/kernel_calls.h"

namespace pinwheel::conformance {
namespace {

bool has(loop_flags set, loop_flags flag) { return (static_cast<unsigned>(set) & static_cast<unsigned>(flag)) != 0; }

int to_libevent(loop_flags flags) {
  int result = 0;
  if (has(flags, loop_flags::once)) result |= EVLOOP_ONCE;
  if (has(flags, loop_flags::nonblock)) result |= EVLOOP_NONBLOCK;
  if (has(flags, loop_flags::stay)) result |= EVLOOP_NO_EXIT_ON_EMPTY;
  return result;
}

void limit_passes(::event_config* config, const dispatch_options& wanted) {
  if (wanted.policy == dispatch_policy::aged) end_as_absent("the aged policy");
  const timeval time = to_timeval(wanted.pass_time_max);
  ::event_config_set_max_dispatch_interval(
      config, wanted.pass_time_max > duration::zero() ? &time : nullptr,
      wanted.pass_callbacks_max != 0 ? static_cast<int>(wanted.pass_callbacks_max) : -1,
      static_cast<int>(wanted.budget_from_priority));
}

libevent_loop::owned_base make_base(const loop_options& options) {
  if (options.debug_mode) ::event_enable_debug_mode();
  if (options.announce_threads) ::evthread_use_pthreads();
  for (std::string name : options.avoid_by_environment) {
    std::ranges::transform(name, name.begin(), [](unsigned char letter) { return std::toupper(letter); });
    ::setenv(("EVENT_NO" + name).c_str(), "1", 1);
  }
  const std::unique_ptr<::event_config, void (*)(::event_config*)> config(::event_config_new(), &::event_config_free);
  int flags = EVENT_BASE_FLAG_PRECISE_TIMER;
  if (!options.cache_time) flags |= EVENT_BASE_FLAG_NO_CACHE_TIME;
  if (options.change_list) flags |= EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST;
  ::event_config_set_flag(config.get(), flags);
  if (options.require_edge_triggered) ::event_config_require_features(config.get(), EV_FEATURE_ET);
  for (const std::string& name : options.avoid_backends) ::event_config_avoid_method(config.get(), name.c_str());
  limit_passes(config.get(), options.dispatch);
  libevent_loop::owned_base base(::event_base_new_with_config(config.get()));
  if (base != nullptr && ::event_base_priority_init(base.get(), static_cast<int>(options.priorities)) != 0) return {};
  return base;
}

::event* native(tested_event& which) { return static_cast<libevent_event&>(which).native(); }

time_point to_time_point(const timeval& time) {
  return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec));
}

// The value of this process's one eventfd, which the kernel shows without reading it.
std::size_t eventfd_value() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry, gone) != "anon_inode:[eventfd]") continue;
    std::ifstream info("/proc/self/fdinfo/" + entry.path().filename().string());
    for (std::string word; info >> word;) {
      std::size_t value = 0;
      if (word == "eventfd-count:" && info >> std::hex >> value) return value;
    }
  }
  end_as_failed("the loop has no eventfd");
}

}  // namespace

std::unique_ptr<tested_loop> libevent_loop::create(const loop_options& options) {
  owned_base base = make_base(options);
  return base != nullptr ? std::unique_ptr<tested_loop>(new libevent_loop(std::move(base))) : nullptr;
}

tested_event& libevent_loop::make(watch what, called callback) {
  return *events_.emplace_back(std::make_unique<libevent_event>(*base_, what, std::move(callback)));
}

channel& libevent_loop::open_channel() { return *channels_.emplace_back(std::make_unique<socket_channel>()); }

loop_result libevent_loop::run(loop_flags flags) {
  const bool inside = depth_++ > 0;
  const int answer = ::event_base_loop(base_.get(), to_libevent(flags));
  --depth_;
  if (answer < 0) return inside ? loop_result::refused : loop_result::backend_failed;
  return answer == 0 ? loop_result::left : loop_result::nothing_to_do;
}

void libevent_loop::exit_loop(duration after) {
  const timeval time = to_timeval(after);
  ::event_base_loopexit(base_.get(), after > duration::zero() ? &time : nullptr);
}

void libevent_loop::break_loop() { ::event_base_loopbreak(base_.get()); }
void libevent_loop::continue_loop() { ::event_base_loopcontinue(base_.get()); }
bool libevent_loop::got_exit() const { return ::event_base_got_exit(base_.get()) != 0; }
bool libevent_loop::got_break() const { return ::event_base_got_break(base_.get()) != 0; }

post_result libevent_loop::post(action) { end_as_absent("a deferred callback without an event"); }
void libevent_loop::delete_later(action) { end_as_absent("deletion at the end of the turn"); }

bool libevent_loop::once_with(int descriptor, short what, const timeval* timeout, called callback) {
  called* kept = once_callbacks_.emplace_back(std::make_unique<called>(std::move(callback))).get();
  const auto run = [](evutil_socket_t, short why, void* self) { (*static_cast<called*>(self))(from_libevent(why)); };
  return ::event_base_once(base_.get(), descriptor, what, run, kept, timeout) == 0;
}

bool libevent_loop::once(duration delay, called callback) {
  const timeval time = to_timeval(delay);
  return once_with(-1, EV_TIMEOUT, &time, std::move(callback));
}

bool libevent_loop::once(int descriptor, interest what, called callback) {
  return once_with(descriptor, conformance::to_libevent(what), nullptr, std::move(callback));
}

bool libevent_loop::once(int descriptor, interest what, duration timeout, called callback) {
  const timeval time = to_timeval(timeout);
  const int events = conformance::to_libevent(what) | EV_TIMEOUT;
  return once_with(descriptor, static_cast<short>(events), &time, std::move(callback));
}

void libevent_loop::activate_descriptor(int descriptor, reasons why) {
  ::event_base_active_by_fd(base_.get(), descriptor, conformance::to_libevent(why));
}

void libevent_loop::activate_signal(int signal) { ::event_base_active_by_signal(base_.get(), signal); }

bool libevent_loop::set_priorities(unsigned count) {
  return ::event_base_priority_init(base_.get(), static_cast<int>(count)) == 0;
}

void libevent_loop::hold() { end_as_absent("a virtual event"); }
void libevent_loop::release() { end_as_absent("a virtual event"); }

time_point libevent_loop::now() const {
  timeval time{};
  ::event_base_gettimeofday_cached(base_.get(), &time);
  return to_time_point(time);
}

time_point libevent_loop::clock_now() const { return monotonic_clock::instance().now(); }

void libevent_loop::refresh_time() { ::event_base_update_cache_time(base_.get()); }

void libevent_loop::let_pass(duration time) {
  const time_point end = clock_now() + time;
  while (clock_now() < end) {
  }
}

std::unique_ptr<elsewhere> libevent_loop::outliving_handle() const { end_as_absent("a handle that outlives the base"); }

void libevent_loop::use_unknown_event() {
  ::event never_set_up{};
  never_set_up.ev_base = base_.get();
  ::event_add(&never_set_up, nullptr);
}

tested_loop::watcher libevent_loop::watch_prepare(std::function<void(std::optional<duration>)>) {
  end_as_absent("a prepare watcher");
}
tested_loop::watcher libevent_loop::watch_check(action) { end_as_absent("a check watcher"); }

event_counts libevent_loop::totals(int (*count)(::event_base*, unsigned)) const {
  const auto of = [&](unsigned which) { return static_cast<std::size_t>(count(base_.get(), which)); };
  return {of(EVENT_BASE_COUNT_ADDED), of(EVENT_BASE_COUNT_ACTIVE), of(EVENT_BASE_COUNT_VIRTUAL)};
}

event_counts libevent_loop::counts() const {
  return totals([](::event_base* base, unsigned which) { return ::event_base_get_num_events(base, which); });
}

event_counts libevent_loop::maxima() const {
  return totals([](::event_base* base, unsigned which) { return ::event_base_get_max_events(base, which, 0); });
}

void libevent_loop::reset_maxima() {
  static_cast<void>(
      totals([](::event_base* base, unsigned which) { return ::event_base_get_max_events(base, which, 1); }));
}

tested_event* libevent_loop::find(const ::event* native) const {
  const auto found = std::ranges::find_if(events_, [&](const auto& each) { return each->native() == native; });
  return found == events_.end() ? nullptr : found->get();
}

std::vector<tested_event*> libevent_loop::walk() {
  std::vector<const ::event*> natives;
  ::event_base_foreach_event(
      base_.get(),
      [](const ::event_base*, const ::event* each, void* list) {
        static_cast<std::vector<const ::event*>*>(list)->push_back(each);
        return 0;
      },
      &natives);
  std::vector<tested_event*> found;
  for (const ::event* each : natives) {
    if (tested_event* ours = find(each)) found.push_back(ours);
  }
  return found;
}

tested_event* libevent_loop::running_event() const { return find(::event_base_get_running_event(base_.get())); }

std::string libevent_loop::dump() const {
  char* text = nullptr;
  std::size_t size = 0;
  FILE* file = ::open_memstream(&text, &size);
  ::event_base_dump_events(base_.get(), file);
  std::fclose(file);
  std::string result(text, size);
  std::free(text);
  return result;
}

std::string libevent_loop::dump_json() const { end_as_absent("a dump as JSON"); }
void libevent_loop::validate() const { end_as_absent("a consistency check"); }
std::string libevent_loop::backend_name() const { return ::event_base_get_method(base_.get()); }

std::size_t libevent_loop::polls() const { return kernel_calls::polls(); }
std::size_t libevent_loop::changes() const { return kernel_calls::changes(); }
std::size_t libevent_loop::notifications() const { return eventfd_value(); }
void libevent_loop::fail_next_poll(int error) { kernel_calls::fail_next_poll(error); }
bool libevent_loop::reinit_after_fork() { return ::event_reinit(base_.get()) == 0; }
void libevent_loop::expect_exceptions() { end_as_absent("an exception through the loop"); }

void libevent_loop::activate(tested_event& which) { which.activate(reasons::user); }
void libevent_loop::add(tested_event& which) { ::event_add(native(which), nullptr); }

void libevent_loop::add(tested_event& which, duration timeout) {
  const timeval time = to_timeval(timeout);
  ::event_add(native(which), &time);
}

void libevent_loop::remove(tested_event& which) { ::event_del_noblock(native(which)); }
void libevent_loop::remove_and_wait(tested_event& which) { ::event_del_block(native(which)); }
void libevent_loop::remove_async(tested_event&, action) { end_as_absent("a removal that calls back"); }

}  // namespace pinwheel::conformance
