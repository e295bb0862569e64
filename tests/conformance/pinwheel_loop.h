// Pinwheel's event base, as the cases see loops.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "conformance/adapter.h"
#include "conformance/pinwheel_event.h"
#include "conformance/pinwheel_kernel.h"
#include "conformance/threads.h"

namespace pinwheel::conformance {

// As another thread: through handle and references alone.
class pinwheel_elsewhere final : public elsewhere {
 public:
  explicit pinwheel_elsewhere(event_base_handle handle) : handle_(std::move(handle)) {}

  void activate(tested_event& which) override;
  void add(tested_event& which) override;
  void add(tested_event& which, duration timeout) override;
  void remove(tested_event& which) override;
  void remove_and_wait(tested_event& which) override;
  void remove_async(tested_event& which, action removed) override;
  post_result post(action work) override { return handle_.post(std::move(work)); }
  void exit_loop(duration after) override;
  void break_loop() override;
  void continue_loop() override;

 private:
  event_base_handle handle_;
};

class pinwheel_loop final : public tested_loop {
 public:
  // Null: Pinwheel refuses the options.
  static std::unique_ptr<tested_loop> create(std::unique_ptr<pinwheel_kernel> kernel, const loop_options& options);

  tested_event& make(watch what, called callback) override;
  channel& open_channel() override { return *channels_.emplace_back(kernel_->open_channel()); }

  loop_result run(loop_flags flags) override;
  void exit_loop(duration after) override { base_->loop_exit(after); }
  void break_loop() override { base_->loop_break(); }
  void continue_loop() override { base_->loop_continue(); }
  [[nodiscard]] bool got_exit() const override { return base_->got_exit(); }
  [[nodiscard]] bool got_break() const override { return base_->got_break(); }

  post_result post(action work) override { return base_->post(std::move(work)); }
  void delete_later(action destroyed) override;
  bool once(duration delay, called callback) override { return base_->once(delay, std::move(callback)).ok(); }
  bool once(int descriptor, interest what, called callback) override {
    return base_->once(descriptor, what, std::move(callback)).ok();
  }
  bool once(int descriptor, interest what, duration timeout, called callback) override {
    return base_->once(descriptor, what, timeout, std::move(callback)).ok();
  }
  void activate_descriptor(int descriptor, reasons why) override { base_->activate_descriptor(descriptor, why); }
  void activate_signal(int signal) override { base_->activate_signal(signal_number{signal}); }

  bool set_priorities(unsigned count) override { return base_->set_priorities(count); }
  void hold() override { base_->hold(); }
  void release() override { base_->release(); }

  [[nodiscard]] time_point now() const override { return base_->now(); }
  [[nodiscard]] time_point clock_now() const override { return base_->clock().now(); }
  void refresh_time() override { base_->refresh_time(); }
  [[nodiscard]] bool time_is_virtual() const override { return kernel_->time_is_virtual(); }
  void let_pass(duration time) override { kernel_->let_pass(time); }

  void another_thread(duration delay, action what) override {
    kernel_->another_thread(delay, std::move(what), threads_);
  }
  void real_thread(action what) override { threads_.start(std::move(what)); }
  elsewhere& from_elsewhere() override { return elsewhere_; }
  [[nodiscard]] std::unique_ptr<elsewhere> outliving_handle() const override {
    return std::make_unique<pinwheel_elsewhere>(base_->handle());
  }
  void use_unknown_event() override;

  watcher watch_prepare(std::function<void(std::optional<duration>)> prepared) override;
  watcher watch_check(action checked) override;

  [[nodiscard]] event_counts counts() const override { return base_->counts(); }
  [[nodiscard]] event_counts maxima() const override { return base_->maxima(); }
  void reset_maxima() override { base_->reset_maxima(); }
  [[nodiscard]] std::vector<tested_event*> walk() override;
  [[nodiscard]] tested_event* running_event() const override;
  [[nodiscard]] std::string dump() const override { return base_->dump(); }
  [[nodiscard]] std::string dump_json() const override { return base_->dump_json(); }
  void validate() const override { base_->validate(); }
  [[nodiscard]] std::string backend_name() const override { return std::string(base_->backend_name()); }
  [[nodiscard]] notifier_kind notifier() const override { return kernel_->notifier(); }

  [[nodiscard]] std::size_t polls() const override { return kernel_->polls(); }
  [[nodiscard]] std::size_t changes() const override { return kernel_->changes(); }
  [[nodiscard]] std::size_t notifications() const override { return base_->notifications(); }
  void fail_next_poll(int error) override { kernel_->fail_next_poll(error); }
  bool reinit_after_fork() override { return base_->reinit_after_fork().ok(); }
  void expect_exceptions() override {}

 private:
  pinwheel_loop(std::unique_ptr<pinwheel_kernel> kernel, std::unique_ptr<event_base> base);

  [[nodiscard]] tested_event* find(const event* native) const;

  std::unique_ptr<pinwheel_kernel> kernel_;
  std::unique_ptr<event_base> base_;
  pinwheel_elsewhere elsewhere_;
  std::vector<std::unique_ptr<channel>> channels_;
  std::vector<std::unique_ptr<pinwheel_event>> events_;
  case_threads threads_;
};

}  // namespace pinwheel::conformance
