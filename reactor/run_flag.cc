#include "pinwheel/reactor/run_flag.h"

#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

bool run_flag::begin_run() {
  const mutex_lock lock(lock_);
  wait_out_removers();
  if (holder_.load(std::memory_order_relaxed) != holder::nobody) return false;
  holder_.store(holder::loop, std::memory_order_relaxed);
  return true;
}

void run_flag::close() {
  const mutex_lock lock(lock_);
  wait_out_removers();
  PINWHEEL_CHECK(holder_.load(std::memory_order_relaxed) == holder::nobody, "a base was destroyed while it runs");
  holder_.store(holder::end, std::memory_order_relaxed);
  changed_.notify_all();
}

bool run_flag::is_held() const noexcept {
  const holder now = holder_.load(std::memory_order_relaxed);
  return now == holder::loop || now == holder::remover;
}

bool run_flag::try_serve() {
  const mutex_lock lock(lock_);
  return take_to_serve();
}

run_flag::standing run_flag::wait_for(const errand& asked) {
  const mutex_lock lock(lock_);
  for (;;) {
    if (asked.is_done_) return standing::done;
    if (holder_.load(std::memory_order_relaxed) == holder::end) return standing::gone;
    if (take_to_serve()) return standing::held;
    changed_.wait(lock_);
  }
}

void run_flag::say_done(errand& asked) {
  const mutex_lock lock(lock_);
  asked.is_done_ = true;
  changed_.notify_all();
}

void run_flag::wait_out_removers() {
  ++owners_waiting_;
  while (holder_.load(std::memory_order_relaxed) == holder::remover) changed_.wait(lock_);
  --owners_waiting_;
}

bool run_flag::take_to_serve() {
  if (owners_waiting_ != 0 || holder_.load(std::memory_order_relaxed) != holder::nobody) return false;
  holder_.store(holder::remover, std::memory_order_relaxed);
  return true;
}

void run_flag::give_back(holder former) {
  const mutex_lock lock(lock_);
  PINWHEEL_CHECK(holder_.load(std::memory_order_relaxed) == former,
                 "a run flag was given back by another than its holder");
  holder_.store(holder::nobody, std::memory_order_relaxed);
  changed_.notify_all();
}

}  // namespace v0
}  // namespace pinwheel
