#include <utility>

#include "conformance/pinwheel_kernel.h"
#include "pinwheel/reactor/simulated_backend.h"

namespace pinwheel::conformance {
namespace {

class simulated_channel final : public channel {
 public:
  simulated_channel(simulated_backend& kernel, int number) : kernel_(kernel), number_(number) { tell(); }

  [[nodiscard]] int descriptor() const override { return number_; }
  void make_readable() override {
    readable_ = true;
    tell();
  }
  void read_empty() override {
    readable_ = false;
    tell();
  }
  void make_unwritable() override {
    writable_ = false;
    tell();
  }
  void shut_down_peer() override {
    ended_ = reasons::readable | reasons::closed;
    tell();
  }
  void close_peer() override {
    ended_ = reasons::closed | reasons::failed;  // Which the kernel takes for both directions.
    tell();
  }
  void reopen() override {
    readable_ = false;
    writable_ = true;
    ended_ = reasons::none;
    tell();
  }

  void hide_number() override {}
  void show_number() override {}

 private:
  void tell() {
    reasons ready = ended_;
    if (readable_) ready |= reasons::readable;
    if (writable_) ready |= reasons::writable;
    kernel_.set_ready(number_, ready);
  }

  simulated_backend& kernel_;
  const int number_;
  bool readable_ = false;
  bool writable_ = true;
  reasons ended_ = reasons::none;  // What is ready for good.
};

class simulated final : public pinwheel_kernel {
 public:
  explicit simulated(notifier_kind notifier) : notifier_(notifier) {}

  absl::StatusOr<std::unique_ptr<event_base>> make_base(const loop_options& options) override {
    auto made = std::make_unique<simulated_backend>(clock_);
    backend_ = made.get();
    event_base_options wanted = to_base_options(options, notifier_);
    wanted.clock = &clock_;
    return event_base::create(wanted, std::move(made));
  }

  std::unique_ptr<channel> open_channel() override {
    return std::make_unique<simulated_channel>(*backend_, next_number_++);
  }

  [[nodiscard]] bool time_is_virtual() const override { return true; }
  [[nodiscard]] notifier_kind notifier() const override { return notifier_; }
  void let_pass(duration time) override { clock_.advance(time); }
  void another_thread(duration delay, action what, case_threads&) override {
    backend_->call_at(clock_.now() + delay, std::move(what));
  }
  [[nodiscard]] std::size_t polls() const override { return backend_->waits(); }
  [[nodiscard]] std::size_t changes() const override { return backend_->changes(); }
  void fail_next_poll(int error) override { backend_->fail_next_wait(error); }

 private:
  const notifier_kind notifier_;
  virtual_clock clock_;
  simulated_backend* backend_ = nullptr;  // The base's.
  int next_number_ = 1000;                // Above every real descriptor.
};

}  // namespace

std::unique_ptr<pinwheel_kernel> simulated_kernel(notifier_kind notifier) {
  return std::make_unique<simulated>(notifier);
}

}  // namespace pinwheel::conformance
