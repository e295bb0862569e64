// libevent's event base, as the cases see loops. What it has no public call for ends a case as `absent`.
//
// It runs with its precise timer: without, its clock counts in steps of the kernel's tick, and its timers are early by
// as much.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "conformance/adapter.h"
#include "conformance/libevent_event.h"
#include "conformance/threads.h"

namespace pinwheel::conformance {

class libevent_loop final : public tested_loop, private elsewhere {
 public:
  struct base_deleter {
    void operator()(::event_base* base) const { ::event_base_free(base); }
  };
  using owned_base = std::unique_ptr<::event_base, base_deleter>;

  // Null: libevent refuses the options.
  static std::unique_ptr<tested_loop> create(const loop_options& options);

  tested_event& make(watch what, called callback) override;
  channel& open_channel() override;

  loop_result run(loop_flags flags) override;
  void exit_loop(duration after) override;
  void break_loop() override;
  void continue_loop() override;
  [[nodiscard]] bool got_exit() const override;
  [[nodiscard]] bool got_break() const override;

  post_result post(action work) override;
  void delete_later(action destroyed) override;
  bool once(duration delay, called callback) override;
  bool once(int descriptor, interest what, called callback) override;
  bool once(int descriptor, interest what, duration timeout, called callback) override;
  void activate_descriptor(int descriptor, reasons why) override;
  void activate_signal(int signal) override;

  bool set_priorities(unsigned count) override;
  void hold() override;
  void release() override;

  [[nodiscard]] time_point now() const override;
  [[nodiscard]] time_point clock_now() const override;
  void refresh_time() override;
  [[nodiscard]] bool time_is_virtual() const override { return false; }
  void let_pass(duration time) override;

  void another_thread(duration delay, action what) override { threads_.start_after(delay, std::move(what)); }
  void real_thread(action what) override { threads_.start(std::move(what)); }
  elsewhere& from_elsewhere() override { return *this; }
  [[nodiscard]] std::unique_ptr<elsewhere> outliving_handle() const override;
  void use_unknown_event() override;

  watcher watch_prepare(std::function<void(std::optional<duration>)> prepared) override;
  watcher watch_check(action checked) override;

  [[nodiscard]] event_counts counts() const override;
  [[nodiscard]] event_counts maxima() const override;
  void reset_maxima() override;
  [[nodiscard]] std::vector<tested_event*> walk() override;
  [[nodiscard]] tested_event* running_event() const override;
  [[nodiscard]] std::string dump() const override;
  [[nodiscard]] std::string dump_json() const override;
  void validate() const override;
  [[nodiscard]] std::string backend_name() const override;
  [[nodiscard]] notifier_kind notifier() const override { return notifier_kind::eventfd; }

  [[nodiscard]] std::size_t polls() const override;
  [[nodiscard]] std::size_t changes() const override;
  [[nodiscard]] std::size_t notifications() const override;
  void fail_next_poll(int error) override;
  bool reinit_after_fork() override;
  void expect_exceptions() override;

 private:
  explicit libevent_loop(owned_base base) : base_(std::move(base)) {}

  // As another thread; libevent has the same functions for both.
  void activate(tested_event& which) override;
  void add(tested_event& which) override;
  void add(tested_event& which, duration timeout) override;
  void remove(tested_event& which) override;
  void remove_and_wait(tested_event& which) override;
  void remove_async(tested_event& which, action removed) override;

  bool once_with(int descriptor, short what, const timeval* timeout, called callback);
  [[nodiscard]] tested_event* find(const ::event* native) const;
  [[nodiscard]] event_counts totals(int (*count)(::event_base*, unsigned)) const;

  owned_base base_;
  std::vector<std::unique_ptr<channel>> channels_;
  std::vector<std::unique_ptr<libevent_event>> events_;
  std::vector<std::unique_ptr<called>> once_callbacks_;
  int depth_ = 0;  // Of run().
  case_threads threads_;
};

}  // namespace pinwheel::conformance
