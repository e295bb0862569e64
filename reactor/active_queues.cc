#include "pinwheel/reactor/active_queues.h"

#include <bit>

namespace pinwheel {
inline namespace v0 {

std::optional<unsigned> active_queues::bitmap::lowest(unsigned from) const noexcept {
  if (from > priorities_max) return std::nullopt;
  std::uint64_t word = words_[from / 64] & (~std::uint64_t{0} << (from % 64));
  for (std::size_t at = from / 64;;) {
    if (word != 0) return static_cast<unsigned>(at * 64) + static_cast<unsigned>(std::countr_zero(word));
    if (++at == words_.size()) return std::nullopt;
    word = words_[at];
  }
}

active_queues::active_queues(unsigned priorities)
    : priorities_(priorities), queues_(std::make_unique<queue[]>(priorities)) {
  PINWHEEL_CHECK(priorities >= 1 && priorities <= priorities_max, "a base has 1 to 255 priorities");
}

void active_queues::set_priorities(unsigned priorities) {
  PINWHEEL_CHECK(priorities >= 1 && priorities <= priorities_max, "a base has 1 to 255 priorities");
  PINWHEEL_CHECK(active_ == 0 && later_count_ == 0, "the number of priorities was changed while something is active");
  queues_ = std::make_unique<queue[]>(priorities);
  priorities_ = priorities;
}

active_queues::~active_queues() {
  PINWHEEL_DCHECK(counted_.value() == 0, "a base died while events were active in it");
}

void active_queues::activate(active_item& item, reasons why) {
  item.why_ |= why;
  if (item.state_ == active_item::state::active) return;
  if (item.state_ == active_item::state::later) {
    item.unlink();
    --later_count_;
  } else if (!item.is_internal()) {
    counted_.up();
  }
  item.state_ = active_item::state::active;
  ++active_;
  PINWHEEL_DCHECK(item.priority_ < priorities_, "an item was activated at a priority that the base has not");
  queue& mine = queues_[item.priority_];
  if (mine.waiting.empty() && mine.passing.empty()) mine.waiting_since = reading_;
  mine.waiting.push_back(item);
  waiting_bits_.set(item.priority_);
  if (item.priority_ < running_) preempted_ = true;
}

void active_queues::activate_later(active_item& item, reasons why) {
  item.why_ |= why;
  if (item.is_waiting()) return;
  item.state_ = active_item::state::later;
  ++later_count_;
  if (!item.is_internal()) counted_.up();
  later_.push_back(item);
}

void active_queues::promote_later() {
  while (!later_.empty()) activate(later_.front(), reasons::none);
}

void active_queues::remove(active_item& item) {
  item.why_ = reasons::none;
  if (!item.is_waiting()) return;
  item.unlink();
  if (item.state_ == active_item::state::later) {
    --later_count_;
  } else {
    --active_;
    refresh_bits(item.priority_);
  }
  if (!item.is_internal()) counted_.down();
  item.state_ = active_item::state::idle;
}

void active_queues::withdraw(active_item& item, reasons why) {
  if (!any(item.why_, why)) return;
  const auto left = static_cast<reasons>(static_cast<unsigned>(item.why_) & ~static_cast<unsigned>(why));
  if (left == reasons::none) {
    remove(item);
  } else {
    item.why_ = left;
  }
}

void active_queues::set_priority(active_item& item, unsigned priority) {
  PINWHEEL_CHECK(!item.is_waiting(), "the priority of an active event was changed");
  PINWHEEL_CHECK(priority < priorities_, "a priority is below the base's number of priorities");
  item.priority_ = static_cast<std::uint8_t>(priority);
}

std::optional<unsigned> active_queues::highest() const noexcept { return waiting_bits_.lowest(); }

void active_queues::begin_pass(unsigned from, unsigned to) {
  for (auto at = waiting_bits_.lowest(from); at && *at < to; at = waiting_bits_.lowest(*at + 1)) {
    queues_[*at].passing.splice_back(queues_[*at].waiting);
    waiting_bits_.clear(*at);
    passing_bits_.set(*at);
  }
}

active_item* active_queues::next() {
  const auto at = passing_bits_.lowest();
  if (!at) return nullptr;
  queue& mine = queues_[*at];
  return &taken(mine.passing.front(), mine);
}

void active_queues::end_pass() {
  for (auto at = passing_bits_.lowest(); at; at = passing_bits_.lowest(*at + 1)) {
    queues_[*at].waiting.splice_front(queues_[*at].passing);
    passing_bits_.clear(*at);
    waiting_bits_.set(*at);
  }
  running_ = 0;
  preempted_ = false;
}

active_item* active_queues::take(unsigned priority) {
  queue& mine = queues_[priority];
  if (!mine.passing.empty()) return &taken(mine.passing.front(), mine);
  return mine.waiting.empty() ? nullptr : &taken(mine.waiting.front(), mine);
}

active_item& active_queues::taken(active_item& item, queue& from) noexcept {
  item.unlink();
  item.state_ = active_item::state::idle;
  --active_;
  if (!item.is_internal()) counted_.down();
  from.waiting_since = reading_;
  refresh_bits(item.priority_);
  return item;
}

void active_queues::refresh_bits(unsigned priority) noexcept {
  const queue& mine = queues_[priority];
  if (mine.waiting.empty()) waiting_bits_.clear(priority);
  if (mine.passing.empty()) passing_bits_.clear(priority);
}

void active_queues::set_reading(time_point reading) noexcept {
  if (reading_ == unstamped) {
    for (auto at = waiting_bits_.lowest(); at; at = waiting_bits_.lowest(*at + 1)) {
      if (queues_[*at].waiting_since == unstamped) queues_[*at].waiting_since = reading;
    }
  }
  reading_ = reading;
}

std::optional<unsigned> active_queues::overdue(time_point since) const noexcept {
  const bitmap occupied = waiting_bits_ | passing_bits_;
  std::optional<unsigned> oldest;
  for (auto at = occupied.lowest(); at; at = occupied.lowest(*at + 1)) {
    if (queues_[*at].waiting_since > since) continue;
    if (!oldest || queues_[*at].waiting_since < queues_[*oldest].waiting_since) oldest = at;
  }
  return oldest;
}

bool active_queues::enter_round(active_item& item, std::uint32_t round) noexcept {
  if (item.round_ == round) return false;
  item.round_ = round;
  return true;
}

void active_queues::validate() const {
  std::size_t active = 0;
  std::size_t counted = 0;
  const auto check_list = [&](const item_list& list, active_item::state state, std::optional<unsigned> priority) {
    const std::size_t members = list.validate();
    for (const active_item* at = list.first(); at != nullptr; at = list.after(*at)) {
      PINWHEEL_CHECK(at->state_ == state, "an item's state is not that of its queue");
      PINWHEEL_CHECK(!priority || at->priority_ == *priority, "an item is in another priority's queue");
      if (!at->is_internal()) ++counted;
    }
    return members;
  };
  for (unsigned at = 0; at < priorities_; ++at) {
    active += check_list(queues_[at].waiting, active_item::state::active, at);
    active += check_list(queues_[at].passing, active_item::state::active, at);
    PINWHEEL_CHECK(waiting_bits_.test(at) == !queues_[at].waiting.empty(), "a waiting bit is wrong");
    PINWHEEL_CHECK(passing_bits_.test(at) == !queues_[at].passing.empty(), "a passing bit is wrong");
  }
  PINWHEEL_CHECK(check_list(later_, active_item::state::later, std::nullopt) == later_count_, "later-active count");
  PINWHEEL_CHECK(active == active_, "the count of active items is wrong");
  PINWHEEL_CHECK(counted == counted_.value(), "the count of items that are not internal is wrong");
}

}  // namespace v0
}  // namespace pinwheel
