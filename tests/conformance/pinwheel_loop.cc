#include "conformance/pinwheel_loop.h"

#include <algorithm>
#include <utility>

#include "conformance/case.h"
#include "pinwheel/reactor/loop_watcher.h"

namespace pinwheel::conformance {
namespace {

event_ref ref_of(tested_event& which) { return static_cast<pinwheel_event&>(which).ref(); }

void expect_taken(post_result answer) {
  if (answer != post_result::taken) end_as_failed("a call from another thread was not taken");
}

}  // namespace

event_base_options to_base_options(const loop_options& options, notifier_kind notifier) {
  event_base_options wanted;
  wanted.priorities = options.priorities;
  wanted.dispatch = options.dispatch;
  wanted.notifier = notifier;
  wanted.cache_time = options.cache_time;
  wanted.precise_timeouts = options.precise_timeouts;
  wanted.mailbox_tasks_max = options.mailbox_tasks_max;
  return wanted;
}

void pinwheel_elsewhere::activate(tested_event& which) { expect_taken(handle_.activate(ref_of(which))); }
void pinwheel_elsewhere::add(tested_event& which) { expect_taken(handle_.add(ref_of(which))); }
void pinwheel_elsewhere::add(tested_event& which, duration timeout) {
  expect_taken(handle_.add(ref_of(which), timeout));
}
void pinwheel_elsewhere::remove(tested_event& which) { expect_taken(handle_.remove(ref_of(which))); }
void pinwheel_elsewhere::remove_and_wait(tested_event& which) { expect_taken(handle_.remove_and_wait(ref_of(which))); }
void pinwheel_elsewhere::remove_async(tested_event& which, action removed) {
  expect_taken(handle_.remove_async(ref_of(which), std::move(removed)));
}
void pinwheel_elsewhere::exit_loop(duration after) { expect_taken(handle_.loop_exit(after)); }
void pinwheel_elsewhere::break_loop() { expect_taken(handle_.loop_break()); }
void pinwheel_elsewhere::continue_loop() { expect_taken(handle_.loop_continue()); }

std::unique_ptr<tested_loop> pinwheel_loop::create(std::unique_ptr<pinwheel_kernel> kernel,
                                                   const loop_options& options) {
  auto base = kernel->make_base(options);
  if (!base.ok()) return nullptr;
  return std::unique_ptr<tested_loop>(new pinwheel_loop(std::move(kernel), *std::move(base)));
}

pinwheel_loop::pinwheel_loop(std::unique_ptr<pinwheel_kernel> kernel, std::unique_ptr<event_base> base)
    : kernel_(std::move(kernel)), base_(std::move(base)), elsewhere_(base_->handle()) {}

tested_event& pinwheel_loop::make(watch what, called callback) {
  return *events_.emplace_back(std::make_unique<pinwheel_event>(*base_, what, std::move(callback)));
}

loop_result pinwheel_loop::run(loop_flags flags) {
  const loop_result result = base_->loop(flags);
  base_->validate();
  return result;
}

void pinwheel_loop::delete_later(action destroyed) {
  struct object {
    explicit object(action destroyed_with) : destroyed(std::move(destroyed_with)) {}
    object(const object&) = delete;
    object& operator=(const object&) = delete;
    ~object() { destroyed(); }
    action destroyed;
  };
  base_->delete_later(std::make_unique<object>(std::move(destroyed)));
}

void pinwheel_loop::use_unknown_event() {
  static_cast<void>(make({}, [](reasons) {}));
  base_.reset();
}

tested_loop::watcher pinwheel_loop::watch_prepare(std::function<void(std::optional<duration>)> prepared) {
  return std::make_shared<prepare_watcher>(*base_, std::move(prepared));
}

tested_loop::watcher pinwheel_loop::watch_check(action checked) {
  return std::make_shared<check_watcher>(*base_, std::move(checked));
}

std::vector<tested_event*> pinwheel_loop::walk() {
  std::vector<tested_event*> found;
  base_->for_each_event([&](const event& each) {
    found.push_back(find(&each));
    return true;
  });
  return found;
}

tested_event* pinwheel_loop::running_event() const {
  const event* running = base_->running_event();
  return running != nullptr ? find(running) : nullptr;
}

tested_event* pinwheel_loop::find(const event* native) const {
  const auto found = std::ranges::find_if(events_, [&](const auto& each) { return each->native() == native; });
  return found == events_.end() ? nullptr : found->get();
}

}  // namespace pinwheel::conformance
