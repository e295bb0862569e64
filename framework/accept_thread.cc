#include "pinwheel/framework/accept_thread.h"

#include <pthread.h>
#include <signal.h>

#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinwheel/reactor/base/log.h"

namespace pinwheel {
inline namespace v0 {
namespace {

connection_router router_of(const loop_threads& loops) {
  connection_router made;
  for (const auto& each : loops) made.add(each->connections());
  return made;
}

}  // namespace

absl::StatusOr<std::unique_ptr<accept_thread>> accept_thread::create(const event_base_options& options,
                                                                     loop_threads loops) {
  auto base = event_base::create(options);
  if (!base.ok()) return base.status();
  return std::unique_ptr<accept_thread>(new accept_thread(*std::move(base), std::move(loops)));
}

accept_thread::accept_thread(std::unique_ptr<event_base> base, loop_threads loops)
    : loops_(std::move(loops)),
      router_(router_of(loops_)),
      base_(std::move(base)),
      shutdown_(*base_, loops_, [this] { base_->loop_exit(); }) {}

accept_thread::~accept_thread() {
  if (!thread_.joinable()) return;
  stop();
  thread_.join();
}

absl::Status accept_thread::add(socket_descriptor socket, const declared_listener& what) {
  auto accepts = std::make_unique<acceptor>(
      *base_, std::move(socket),
      [this, &what](socket_descriptor one, const address&) { hand_over(std::move(one), what); });
  if (const io_result started = accepts->start(); !started.ok()) {
    return absl::ErrnoToStatus(started.error(), absl::StrCat("cannot watch the listening socket of ", what.address));
  }
  acceptors_.push_back(std::move(accepts));
  return absl::OkStatus();
}

absl::Status accept_thread::end_on_signals(duration drain_deadline) {
  for (const int number : {SIGTERM, SIGINT}) {
    auto heard = std::make_unique<event>(*base_, signal_number{number}, event_life::persistent,
                                         [this, drain_deadline](event&, reasons) { heard_signal(drain_deadline); });
    if (const io_result added = heard->add(); !added.ok()) {
      return absl::ErrnoToStatus(added.error(), absl::StrCat("cannot handle signal ", number));
    }
    signals_.push_back(std::move(heard));
  }
  return absl::OkStatus();
}

absl::Status accept_thread::launch() {
  if (const absl::Status launched = launch_loops(); !launched.ok()) return launched;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(absl::StrCat("cannot start the thread that accepts: ", error.what(),
                                                     "; raise the limit of threads (ulimit -u, TasksMax=)"));
  }
  return absl::OkStatus();
}

absl::Status accept_thread::launch_loops() {
  for (std::size_t at = 0; at < loops_.size(); ++at) {
    const absl::Status launched = loops_[at]->launch([this, at, home = base_->handle()] {
      // Taken, or gone: then nobody waits to hear of it.
      while (home.post([this, at] { one_loop_ended(at); }) == post_result::full) std::this_thread::yield();
    });
    if (!launched.ok()) return launched;
  }
  return absl::OkStatus();
}

void accept_thread::run() {
  ::pthread_setname_np(::pthread_self(), "pinwheel/accept");
  base_->loop(loop_flags::stay);
  signals_.clear();
  for (const auto& each : acceptors_) each->close();
  for (const auto& each : loops_) each->stop_and_join();
  has_ended_.store(true);
  has_ended_.notify_all();
}

// --- any thread ---

void accept_thread::drain(duration deadline) {
  // Full of earlier drains, should it be full.
  static_cast<void>(base_->handle().post([this, deadline] { begin_drain(deadline); }));
}

void accept_thread::stop() {
  if (stop_asked_.exchange(true)) return;
  // Not to be lost, or the destructor would wait for ever; a full mailbox is being emptied.
  while (base_->handle().post([this] { begin_stop(); }) == post_result::full) std::this_thread::yield();
}

accept_counters accept_thread::counters() const {
  accept_counters now;
  now.dropped = dropped_.value();
  for (const auto& each : acceptors_) {
    now.accepted += each->counters().accepted.value();
    now.back_offs += each->counters().back_offs.value();
  }
  return now;
}

// --- on its own thread ---

void accept_thread::heard_signal(duration drain_deadline) {
  if (std::exchange(was_signalled_, true)) return begin_stop();
  log(log_level::info, "told to end: draining");
  begin_drain(drain_deadline);
}

void accept_thread::begin_drain(duration deadline) {
  // While descriptors have run out a backlog is not empty, and they come back only as connections end: so the loops
  // drain meanwhile, and leave when the last backlog is empty.
  if (!std::exchange(is_draining_, true)) {
    for (const auto& each : acceptors_) each->drain([this] { one_acceptor_drained(); });
  }
  shutdown_.drain(deadline);
}

void accept_thread::one_acceptor_drained() {
  if (++acceptors_drained_ == acceptors_.size()) shutdown_.leave();
}

void accept_thread::begin_stop() {
  for (const auto& each : acceptors_) each->close();
  shutdown_.stop();
}

void accept_thread::one_loop_ended(std::size_t index) {
  if (!shutdown_.has_begun()) {
    log(log_level::error, absl::StrCat("loop ", index, " has left, untold; the server stops"));
    has_failed_.store(true);
    begin_stop();
  }
  shutdown_.loop_ended(index);
}

void accept_thread::hand_over(socket_descriptor socket, const declared_listener& from) {
  loop_thread& to = *loops_[next_loop_];
  next_loop_ = (next_loop_ + 1) % loops_.size();
  const post_result posted = to.post([&to, &from, socket = std::move(socket)]() mutable {
    to.host().open(std::move(socket), from.factory, from.options.connection);
  });
  if (posted != post_result::taken) dropped_.add(1);  // Closed as the unposted task dies.
}

}  // namespace v0
}  // namespace pinwheel
