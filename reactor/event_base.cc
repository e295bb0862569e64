#include "pinwheel/reactor/event_base.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "pinwheel/reactor/backend_choice.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/base/log.h"
#include "pinwheel/reactor/current_loop.h"
#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/mailbox.h"

namespace pinwheel {
inline namespace v0 {
namespace {

bool has(loop_flags set, loop_flags flag) { return (static_cast<unsigned>(set) & static_cast<unsigned>(flag)) != 0; }

absl::Status check_options(const event_base_options& options) {
  if (options.priorities < 1 || options.priorities > priorities_max) {
    return absl::InvalidArgumentError("a base has 1 to 255 priorities");
  }
  if (options.dispatch.aging_interval < 1) return absl::InvalidArgumentError("aging_interval is at least 1");
  if (options.mailbox_tasks_max < 1) return absl::InvalidArgumentError("mailbox_tasks_max is at least 1");
  return absl::OkStatus();
}

// An eventfd needs nothing and a pipe is read empty by acknowledge(), before the mailbox is taken.
void woken(active_item&) {}

}  // namespace

// From the reading of the clock to the end of a turn, also when a callback throws.
class event_base::turn_scope {
 public:
  explicit turn_scope(event_base& base) : base_(base) {
    base_.turn_time_ = base_.clock_->now();
    base_.queues_.set_reading(base_.turn_time_);
    base_.in_turn_ = true;
  }
  ~turn_scope() { base_.end_turn(); }
  turn_scope(const turn_scope&) = delete;
  turn_scope& operator=(const turn_scope&) = delete;

 private:
  event_base& base_;
};

absl::StatusOr<std::unique_ptr<event_base>> event_base::create(const event_base_options& options) {
  auto kernel =
      choose_backend({.name = options.backend, .avoid = options.avoid_backends, .required = options.required_features},
                     {.precise_timeouts = options.precise_timeouts, .change_list = options.change_list});
  if (!kernel.ok()) return kernel.status();
  return create(options, *std::move(kernel));
}

absl::StatusOr<std::unique_ptr<event_base>> event_base::create(const event_base_options& options,
                                                               std::unique_ptr<backend> kernel) {
  if (absl::Status checked = check_options(options); !checked.ok()) return checked;
  auto wake = notifier::create(options.notifier);
  if (!wake.ok()) return wake.status();
  auto number = loop_number_lease::take();
  if (number == nullptr) return absl::ResourceExhaustedError("a process has at most 1,024 bases");
  std::unique_ptr<event_base> made(new event_base(options, std::move(kernel), *std::move(wake), std::move(number)));
  if (const io_result watched = made->watch_notifier(); !watched.ok()) {
    return absl::ErrnoToStatus(watched.error(), "watching a loop's wake-up");
  }
  return made;
}

event_base::event_base(const event_base_options& options, std::unique_ptr<backend> kernel, notifier wake,
                       std::shared_ptr<loop_number_lease> number)
    : backend_(std::move(kernel)),
      clock_(options.clock != nullptr ? options.clock : &monotonic_clock::instance()),
      queues_(options.priorities),
      timers_(clock_->now()),
      descriptors_(*backend_, queues_),
      mailbox_(new mailbox(*this, std::move(wake), options.mailbox_tasks_max)),
      handle_(mailbox_),
      posted_to_(std::make_unique<posted_to>(std::move(number))),
      signals_(posted_to_->lease()->number(), mailbox_->wake().written_descriptor()),
      tasks_(queues_, timers_, options.priorities / 2),
      mail_(*mailbox_, tasks_),
      dispatcher_(options.dispatch, queues_, exits_, mail_, *clock_),
      once_(*this),
      notifier_watch_(&woken, 0, active_item::kind::internal),
      cache_time_(options.cache_time) {}

event_base::~event_base() {
  mailbox_->flag().close();
  mailbox_->close();
  // What dies here may still call the base: what it leaves there dies as well.
  do {
    once_.clear();
    tasks_.clear();
    deletes_.run();
  } while (!once_.empty() || !tasks_.empty() || !deletes_.empty());
  if (notifier_watch_.is_added()) descriptors_.remove(notifier_watch_);
  queues_.remove(notifier_watch_);
}

io_result event_base::watch_notifier() {
  const int wake = mailbox_->wake().descriptor();
  const bool has_edges = has_all(backend_->features(), backend_features::edge_triggered);
  backend_->set_wake_descriptor(wake);
  notifier_watch_.set_target(wake, has_edges ? interest::read | interest::edge : interest::read);
  return descriptors_.add(notifier_watch_);
}

event_base* event_base::current() noexcept { return current_loop::base(); }

event_base::owner_scope::owner_scope(event_base& base) : owner_scope(begin_run(base), run_begun{}) {}

event_base& event_base::owner_scope::begin_run(event_base& base) {
  PINWHEEL_CHECK(base.mailbox_->flag().begin_run(), "an owner_scope was made while the base runs");
  return base;
}

event_base::owner_scope::~owner_scope() { base_.mailbox_->flag().end_run(); }

loop_result event_base::loop(loop_flags flags) {
  if (!mailbox_->flag().begin_run()) return loop_result::refused;
  const owner_scope running(*this, owner_scope::run_begun{});
  got_exit_ = got_break_ = false;
  const bool nonblock = has(flags, loop_flags::nonblock);
  deletes_.run();  // What was deleted while nobody ran the base.
  mail_.take();
  std::size_t ran = 0;
  for (;;) {
    if (const auto over = leave_if_asked()) return *over;
    if (!has(flags, loop_flags::stay) && has_nothing_to_do()) return loop_result::nothing_to_do;
    if (!wait_for_work(flags)) return loop_result::backend_failed;
    ran += run_active(flags);
    if (nonblock) {
      // What is active has run once: that is also all that an exit waits for.
      if (exits_.break_asked() || exits_.exit_due(*clock_)) return leave();
      const bool left = queues_.counted() != 0 || mailbox_->has_mail();
      return left ? loop_result::left_active : loop_result::left;
    }
    if (has(flags, loop_flags::once) && ran > 0 && queues_.counted() == 0 && !mailbox_->has_mail()) {
      if (const auto over = leave_if_asked()) return *over;
      return loop_result::left;
    }
  }
}

std::optional<loop_result> event_base::leave_if_asked() {
  if (exits_.break_asked()) return leave();
  if (!exits_.exit_due(*clock_)) return std::nullopt;
  if (!queues_.empty()) {
    const turn_scope turn(*this);
    dispatcher_.run_last();
  }
  return leave();
}

// The run that leaves consumes all that asks for it (SEMANTICS L9).
loop_result event_base::leave() {
  if (exits_.break_asked()) {
    exits_.consume_break();
    got_break_ = true;
  }
  if (exits_.exit_due(*clock_)) {
    exits_.consume_exit();
    got_exit_ = true;
  }
  return loop_result::left;
}

bool event_base::has_nothing_to_do() const noexcept {
  return holds_.value() == 0 && queues_.counted() == 0 && descriptors_.counted() == 0 && timers_.size() == 0 &&
         signals_.size() == 0 && !exits_.deadline() && !mailbox_->has_mail();
}

std::optional<duration> event_base::choose_wait(bool nonblock) const {
  if (nonblock || has_work() || exits_.break_asked()) return duration::zero();
  const auto deadline = next_deadline();
  if (!deadline) return std::nullopt;
  const time_point now = clock_->now();
  return *deadline > now ? *deadline - now : duration::zero();  // The difference to a far past would overflow.
}

// What is active, now or later, tasks in the mailbox included (L6, L11); the notifier as well.
bool event_base::has_work() const { return !queues_.empty() || queues_.has_later() || mailbox_->has_mail(); }

std::optional<time_point> event_base::next_deadline() const {
  const auto timer = timers_.next_deadline();
  const auto exit = exits_.deadline();
  if (!timer || !exit) return timer ? timer : exit;
  return std::min(*timer, *exit);
}

bool event_base::wait_for_work(loop_flags flags) {
  const bool nonblock = has(flags, loop_flags::nonblock);
  exits_.begin_turn();
  queues_.promote_later();
  auto timeout = choose_wait(nonblock);
  if (prepare_.run(timeout)) {  // They may have changed what it depends on (D4), even taken away all there was.
    deletes_.run();
    const bool over = !has(flags, loop_flags::stay) && has_nothing_to_do();
    timeout = choose_wait(nonblock || over);
  }
  const bool may_wait = !timeout || *timeout > duration::zero();
  if (may_wait && !mailbox_->may_sleep()) timeout = duration::zero();
  const io_result waited = backend_->wait(timeout, descriptors_);
  if (may_wait) mailbox_->woke();
  if (!waited.ok()) {
    log(log_level::error, "the loop's wait failed: " + std::generic_category().message(waited.error()));
    return false;
  }
  return true;
}

std::size_t event_base::run_active(loop_flags flags) {
  const turn_scope turn(*this);
  if (notifier_watch_.is_waiting()) mailbox_->wake().acknowledge(notifier_watch_.watched());
  mail_.take();
  if (signals_.size() != 0) signals_.collect();
  if (check_.run() && mail_.wants_attention()) mail_.take();  // They are callbacks, too: a command takes effect.
  timers_.expire(turn_time_);
  // By a watcher, or from elsewhere while the loop slept: no callback runs at all (SEMANTICS L14, L15).
  if (exits_.break_asked() || exits_.continue_asked()) return 0;
  if (!has(flags, loop_flags::nonblock)) {
    // An exit that is due by now lets what is active now run, and only that (SEMANTICS L13).
    return exits_.exit_due(*clock_) ? 0 : dispatcher_.run_pass();
  }
  std::size_t ran = dispatcher_.run_active_once();
  if (has(flags, loop_flags::once) && !exits_.break_asked() && !exits_.continue_asked()) {
    mail_.take();  // What its callbacks posted is of what they activated (L4, L6).
    tasks_.set_round(++round_);
    ran += dispatcher_.run_until_empty(round_);
  }
  return ran;
}

void event_base::end_turn() {
  mailbox_->set_tasks_waiting(tasks_.waiting());
  deletes_.run();
  queues_.forget_reading();
  in_turn_ = false;
  place_timers();
}

void event_base::place_timers() {
  if (timers_.has_unplaced()) timers_.place(clock_->now());
}

absl::Status event_base::reinit_after_fork() {
  assert_on_loop("event_base::reinit_after_fork");
  if (const io_result opened = backend_->reopen(); !opened.ok()) {
    return absl::ErrnoToStatus(opened.error(), "a kernel's side for a forked loop");
  }
  if (absl::Status wake = mailbox_->reopen_wake(); !wake.ok()) return wake;
  mailbox_->wake().notify();  // A signal may have been counted whose wake-up stayed with the parent.
  forked_.run();
  if (const io_result added = descriptors_.register_again(); !added.ok()) {
    return absl::ErrnoToStatus(added.error(), "watching a forked loop's descriptors again");
  }
  return absl::OkStatus();
}

void event_base::loop_exit(duration after) {
  assert_on_loop("event_base::loop_exit");
  exits_.ask_exit(later_by(after, clock_->now()));
}

void event_base::loop_break() {
  assert_on_loop("event_base::loop_break");
  exits_.ask_break();
}

void event_base::loop_continue() {
  assert_on_loop("event_base::loop_continue");
  exits_.ask_continue();
}

void event_base::after(duration delay, task&& work) {
  assert_on_loop("event_base::after");
  PINWHEEL_CHECK(static_cast<bool>(work), "an empty task was given to after");
  arm_after(tasks_.push_when_expired(std::move(work)), delay);
}

void event_base::arm_after(timer_node& node, duration delay) {
  assert_on_loop("event_base::arm_after");
  timers_.arm_after(node, delay);
  if (!in_turn_) place_timers();
}

time_point event_base::now() const {
  assert_on_loop("event_base::now");
  return in_turn_ && cache_time_ ? turn_time_ : clock_->now();
}

void event_base::refresh_time() {
  assert_on_loop("event_base::refresh_time");
  if (!in_turn_) return;
  turn_time_ = clock_->now();
  queues_.set_reading(turn_time_);
}

bool event_base::set_priorities(unsigned priorities) {
  assert_on_loop("event_base::set_priorities");
  for (const event* each = registry_.first(); each != nullptr; each = registry_.after(*each)) {
    if (each->priority() >= priorities) return false;
  }
  if (descriptors_.has_priority_from(priorities)) return false;  // Of a stream: those are no events.
  if (queues_.counted() != 0) return false;
  queues_.remove(notifier_watch_);  // A break may have left it active; it is internal (N10).
  queues_.set_priorities(priorities);
  tasks_.set_priority(middle_priority());
  return true;
}

void event_base::activate_descriptor(int descriptor, reasons what) {
  assert_on_loop("event_base::activate_descriptor");
  descriptors_.activate(descriptor, what);
}

void event_base::activate_signal(signal_number signal) {
  assert_on_loop("event_base::activate_signal");
  signals_.deliver(static_cast<int>(signal), 1);
}

void event_base::delete_later(std::unique_ptr<event> doomed) {
  assert_on_loop("event_base::delete_later");
  if (doomed == nullptr) return;
  if (!doomed->is_finalized()) doomed->give_up();
  deletes_.add(std::move(doomed));
}

bool event_base::is_held() const noexcept { return mailbox_->flag().is_held(); }

void event_base::hold() noexcept {
  assert_on_loop("event_base::hold");
  holds_.up();
}

void event_base::release() noexcept {
  assert_on_loop("event_base::release");
  PINWHEEL_CHECK(holds_.value() > 0, "a base was released more often than held");
  holds_.down();
}

}  // namespace v0
}  // namespace pinwheel
