#include "pinwheel/framework/loop_thread.h"

#include <pthread.h>
#include <sched.h>

#include <exception>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinwheel/reactor/base/log.h"

namespace pinwheel {
inline namespace v0 {
namespace {

// Of the kernel: 15 characters and the end.
std::string thread_name(std::size_t index) { return absl::StrCat("pinwheel/", index); }

}  // namespace

absl::StatusOr<std::unique_ptr<loop_thread>> loop_thread::create(const event_base_options& options,
                                                                 server_loop_place place, std::optional<unsigned> cpu) {
  auto base = event_base::create(options);
  if (!base.ok()) return base.status();
  return std::unique_ptr<loop_thread>(new loop_thread(*std::move(base), place, cpu));
}

loop_thread::loop_thread(std::unique_ptr<event_base> base, server_loop_place place, std::optional<unsigned> cpu)
    : place_(place),
      cpu_(cpu),
      base_(std::move(base)),
      host_(std::make_unique<connection_host>(*base_)),
      connections_(host_->handle()) {}

loop_thread::~loop_thread() { stop_and_join(); }

void loop_thread::stop_and_join() {
  if (!thread_.joinable()) return;
  while (!has_left_.load() && post_stop() == post_result::full) std::this_thread::yield();
  thread_.join();
}

absl::Status loop_thread::launch(task ended) {
  try {
    thread_ = std::thread([this, ended = std::move(ended)]() mutable { run(std::move(ended)); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(absl::StrCat("cannot start the thread of loop ", place_.index, ": ",
                                                     error.what(),
                                                     "; raise the limit of threads (ulimit -u, TasksMax=) or ask for "
                                                     "fewer loops"));
  }
  return pin();
}

absl::Status loop_thread::pin() {
  if (!cpu_) return absl::OkStatus();
  const std::size_t bytes = CPU_ALLOC_SIZE(*cpu_ + 1);
  cpu_set_t* only = CPU_ALLOC(*cpu_ + 1);
  CPU_ZERO_S(bytes, only);
  CPU_SET_S(*cpu_, bytes, only);
  const int error = ::pthread_setaffinity_np(thread_.native_handle(), bytes, only);
  CPU_FREE(only);
  if (error == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(
      error, absl::StrCat("cannot pin loop ", place_.index, " to CPU ", *cpu_, "; start without pinning"));
}

post_result loop_thread::post_drain() {
  return post([this] { host_->drain(); });
}

post_result loop_thread::post_leave() {
  return post([this] {
    leave_when_empty();
    host_->drain();
  });
}

post_result loop_thread::post_stop() {
  return post([this] {
    leave_when_empty();
    host_->abort_all(close_reason::stopped);
  });
}

loop_counters loop_thread::counters() const {
  const connection_counters& connections = host_->counters();
  const stream_counters& traffic = host_->traffic();
  loop_counters now;
  for (std::size_t at = 0; at < close_reasons; ++at) {
    now.closed_by_reason[at] = connections.closed_by_reason[at].value();
    now.closed += now.closed_by_reason[at];
  }
  now.opened = connections.opened.value();
  now.refused = connections.refused.value();
  now.moved_in = connections.moved_in.value();
  now.moved_out = connections.moved_out.value();
  now.bytes_in = traffic.bytes_in.value();
  now.bytes_out = traffic.bytes_out.value();
  now.receives = traffic.receives.value();
  now.sends = traffic.sends.value();
  now.handler_exceptions = connections.handler_exceptions.value();
  now.task_exceptions = task_exceptions_.value();
  return now;
}

void loop_thread::leave_when_empty() {
  host_->on_empty([this] { base_->loop_exit(); });
}

void loop_thread::run(task ended) {
  ::pthread_setname_np(::pthread_self(), thread_name(place_.index).c_str());
  const current_server_loop::scope here(place_);
  run_until_left();
  if (!host_->has_ended()) end_connections();
  has_left_.store(true);
  ended();
}

// Of a loop that failed, or that a callback told to leave: here, so that no handler hears of its end on another thread.
void loop_thread::end_connections() {
  leave_when_empty();
  host_->abort_all(close_reason::stopped);
  run_until_left();
}

void loop_thread::run_until_left() {
  for (;;) {
    try {
      base_->loop(loop_flags::stay);  // The reason of a failure was logged; who hears of the end takes it as one.
      return;
    } catch (const std::exception& error) {
      count_exception(error.what());
    } catch (...) {
      count_exception("something that is no std::exception");
    }
  }
}

void loop_thread::count_exception(const char* what) {
  task_exceptions_.add(1);
  log(log_level::error, absl::StrCat("loop ", place_.index, ": a task threw: ", what));
}

}  // namespace v0
}  // namespace pinwheel
