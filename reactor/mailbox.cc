#include "pinwheel/reactor/mailbox.h"

#include <limits>

#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/current_loop.h"

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr bool is_task(letter::delivery how) {
  return how == letter::delivery::queued || how == letter::delivery::at_once_and_queues;
}

}  // namespace

posted_to::~posted_to() {
  lease_->end();
  // Each of them drains what is left of the ring, then gives it up, and with it its share of the lease.
  for (const event_base_handle& each : boxes_) each.mailbox_->announce(lease_->number() + 1);
}

void posted_to::remember(event_base_handle box) {
  std::erase_if(boxes_, [](const event_base_handle& each) { return each.mailbox_->is_closed(); });
  boxes_.push_back(std::move(box));
}

mailbox::~mailbox() {
  // Nobody holds it any more: what a post left behind as the loop ended dies here.
  for (auto& each : rings_) delete each.load(std::memory_order_acquire);
}

void mailbox::drop() noexcept {
  if (shares_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

std::size_t mailbox::overflow_max(letter::delivery how) const noexcept {
  if (is_task(how)) return tasks_max_;
  const bool always = how == letter::delivery::at_once_always;
  return always ? std::numeric_limits<std::size_t>::max() : tasks_max_ + commands_reserve;
}

post_result mailbox::post(letter& mail) {
  if (closed_.load(std::memory_order_acquire)) return post_result::gone;
  if (is_task(mail.how) && tasks_waiting_.load(std::memory_order_relaxed) >= tasks_max_) return post_result::full;
  posted_to* producer = current_loop::producer();
  const bool is_command = mail.how != letter::delivery::queued;  // Looked at now: the letter is moved from below.
  const std::size_t most = overflow_max(mail.how);
  const bool pushed = producer != nullptr ? push_from_loop(*producer, mail, most) : push_foreign(mail, most);
  if (!pushed) return post_result::full;
  announce(producer_here());
  // Behind the announcement: a loop that sees this must find the producer's byte set.
  if (is_command) attention_.store(true, std::memory_order_release);
  return post_result::taken;
}

std::size_t mailbox::producer_here() noexcept {
  const posted_to* producer = current_loop::producer();
  return producer != nullptr ? producer->lease()->number() + 1 : foreign;
}

void mailbox::announce(std::size_t producer) {
  if (!protocol_.announce(producer)) return;
  notifications_.fetch_add(1, std::memory_order_relaxed);
  notifier_.notify();
}

bool mailbox::push_foreign(letter& mail, std::size_t letters_max) {
  const mutex_lock lock(foreign_.lock);
  if (foreign_.letters.size() >= letters_max) return false;
  foreign_.letters.push_back(std::move(mail));
  return true;
}

bool mailbox::push_from_loop(posted_to& producer, letter& mail, std::size_t overflow_max) {
  const std::size_t number = producer.lease()->number() + 1;
  loop_ring* ring =
      rings_[number].load(std::memory_order_relaxed);  // Only this producer stores it while its loop lives.
  if (ring == nullptr) {
    auto made = std::make_unique<loop_ring>(producer.lease());
    producer.remember(event_base_handle(this));
    ring = made.release();
    rings_[number].store(ring, std::memory_order_release);
    protocol_.enrol(number);
  }
  return ring->push(mail, overflow_max);
}

void mailbox::take_foreign() {
  PINWHEEL_DCHECK(foreign_.taken.letters().empty(), "a mailbox was taken while it was being taken");
  const mutex_lock lock(foreign_.lock);
  foreign_.letters.swap(foreign_.taken.letters());
}

void mailbox::retire(std::size_t producer) { delete rings_[producer].exchange(nullptr, std::memory_order_acq_rel); }

void mailbox::close() {
  closed_.store(true, std::memory_order_release);
  drain([](letter& unrun) { unrun.work.reset(); });
}

}  // namespace v0
}  // namespace pinwheel
