#include "pinwheel/reactor/timing_wheel.h"

#include <algorithm>
#include <bit>

#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {
namespace {

std::int64_t nanoseconds_of(time_point time) { return time.time_since_epoch().count(); }

}  // namespace

timing_wheel::timing_wheel(time_point now) : current_tick_(tick_of(nanoseconds_of(now))) {}

void timing_wheel::arm_at(timer_node& node, time_point deadline) {
  begin_arming(node);
  node.when_ = nanoseconds_of(deadline);
  put_in_slot(node);
}

void timing_wheel::arm_after(timer_node& node, duration delay) {
  begin_arming(node);
  node.when_ = std::max<std::int64_t>(delay.count(), 0);
  node.slot_ = in_no_slot;
  unplaced_.push_back(node);
}

void timing_wheel::place(time_point now) {
  while (!unplaced_.empty()) {
    timer_node& node = unplaced_.pop_front();
    node.when_ = nanoseconds_of(later_by(duration(node.when_), now));
    put_in_slot(node);
  }
}

void timing_wheel::cancel(timer_node& node) noexcept {
  if (!node.is_armed()) return;
  detach(node);
  --size_;
}

std::optional<time_point> timing_wheel::next_deadline() const {
  std::optional<time_point> next;
  if (const auto slot = first_slot()) next = time_point(duration(levels_[*slot / slots_per_level].earliest()));
  // Inside expire(), a function may have armed a node for before what is still to be called.
  if (const timer_node* due = due_.first()) next = next ? std::min(*next, due->deadline()) : due->deadline();
  return next;
}

std::size_t timing_wheel::expire(time_point now) {
  PINWHEEL_CHECK(due_.empty(), "expire() was called before an earlier expire() had ended");
  PINWHEEL_CHECK(tick_of(nanoseconds_of(now)) >= current_tick_, "a timing wheel was turned backwards");
  collect_due(nanoseconds_of(now));
  // All is collected before anything is called, and stays armed in due_ until its turn: a function may cancel or re-arm
  // whatever comes behind it, and what it arms goes to a slot.
  std::size_t called = 0;
  for (; !due_.empty(); ++called) {
    timer_node& node = due_.pop_front();
    --size_;
    node.expired_(node);
  }
  return called;
}

// Before the epoch there are no ticks: such deadlines share the first one, and are told apart by their exact time.
std::uint64_t timing_wheel::tick_of(std::int64_t when) noexcept {
  return when < 0 ? 0 : static_cast<std::uint64_t>(when) >> tick_bits;
}

bool timing_wheel::runs_before(const timer_node& one, const timer_node& other) noexcept {
  if (one.when_ != other.when_) return one.when_ < other.when_;
  return one.order_ < other.order_;
}

// Moves the first `count` nodes of `from` behind those of `to`, sorted: a merge sort that needs no memory.
// It calls itself no deeper than log2(count).
void timing_wheel::move_sorted(slot_list& from, std::size_t count, slot_list& to) noexcept {
  if (count == 0) return;
  if (count == 1) return to.push_back(from.pop_front());
  slot_list low;
  slot_list high;
  move_sorted(from, count / 2, low);
  move_sorted(from, count - count / 2, high);
  while (!low.empty() && !high.empty()) {
    to.push_back((runs_before(low.front(), high.front()) ? low : high).pop_front());
  }
  to.splice_back(low);
  to.splice_back(high);
}

// What is past belongs to the current tick.
unsigned timing_wheel::slot_of(std::int64_t when) const noexcept {
  const std::uint64_t tick = std::max(tick_of(when), current_tick_);
  const std::uint64_t differing = tick ^ current_tick_;
  const unsigned at = (static_cast<unsigned>(std::bit_width(differing | 1)) - 1) / slot_bits;
  const auto index = static_cast<unsigned>(tick >> (at * slot_bits)) % slots_per_level;
  return at * slots_per_level + index;
}

// The first tick of an occupied slot: the current tick, with the slot's index for its level's group and zeros below.
std::uint64_t timing_wheel::begin_of(unsigned slot) const noexcept {
  const unsigned low_bits = slot / slots_per_level * slot_bits;
  const std::uint64_t above = current_tick_ >> low_bits >> slot_bits << slot_bits;
  return (above | slot % slots_per_level) << low_bits;
}

std::optional<unsigned> timing_wheel::first_slot() const noexcept {
  for (unsigned at = 0; at < levels; ++at) {
    if (!levels_[at].empty()) return at * slots_per_level + levels_[at].first_index();
  }
  return std::nullopt;
}

void timing_wheel::begin_arming(timer_node& node) noexcept {
  if (node.is_armed()) {
    detach(node);
  } else {
    ++size_;
  }
  node.order_ = ++armings_ & ((std::uint64_t{1} << 48) - 1);
}

void timing_wheel::put_in_slot(timer_node& node) noexcept {
  const unsigned slot = slot_of(node.when_);
  node.slot_ = slot & 0xFFFF;
  levels_[slot / slots_per_level].add(slot % slots_per_level, node);
}

// REQUIRES: armed. Leaves size_ as it is.
void timing_wheel::detach(timer_node& node) noexcept {
  if (node.slot_ == in_no_slot) return node.unlink();
  levels_[node.slot_ / slots_per_level].remove(node.slot_ % slots_per_level, node);
}

// Moves what is due to due_ and the current tick to that of `now`.
void timing_wheel::collect_due(std::int64_t now) noexcept {
  const std::uint64_t last_tick = tick_of(now);
  for (auto slot = first_slot(); slot && begin_of(*slot) <= last_tick; slot = first_slot()) {
    current_tick_ = begin_of(*slot);
    if (*slot >= slots_per_level) {
      cascade(*slot);
    } else {
      collect_slot(*slot, now);
      if (current_tick_ == last_tick) break;  // What is left in this slot is for later in the same tick.
    }
  }
  current_tick_ = last_tick;
}

// REQUIRES: a slot of level 0, not earlier than any that was collected.
void timing_wheel::collect_slot(unsigned slot, std::int64_t now) noexcept {
  slot_list collected;
  std::size_t count = 0;
  const slot_list& nodes = levels_[0].slot(slot);
  for (timer_node* node = nodes.first(); node != nullptr;) {
    timer_node* const next = nodes.after(*node);
    if (node->when_ <= now) {
      detach(*node);
      node->slot_ = in_no_slot;
      collected.push_back(*node);
      ++count;
    }
    node = next;
  }
  move_sorted(collected, count, due_);
}

// Spreads a slot over the levels below. REQUIRES: the current tick is where the slot begins, so none of its nodes can
// come back to it.
void timing_wheel::cascade(unsigned slot) noexcept {
  const slot_list& nodes = levels_[slot / slots_per_level].slot(slot % slots_per_level);
  while (!nodes.empty()) {
    timer_node& node = nodes.front();
    detach(node);
    put_in_slot(node);
  }
}

void timing_wheel::validate() const {
  const std::size_t counted = unplaced_.validate() + due_.validate() + validate_slots();
  PINWHEEL_CHECK(counted == size_, "a timing wheel has lost count of its timers");
  for (const timer_node* node = unplaced_.first(); node != nullptr; node = unplaced_.after(*node)) {
    PINWHEEL_CHECK(node->slot_ == in_no_slot && node->when_ >= 0, "a timer that awaits placing says it has a slot");
  }
  for (const timer_node* node = due_.first(); node != nullptr; node = due_.after(*node)) {
    PINWHEEL_CHECK(node->slot_ == in_no_slot, "a timer that awaits its call says it has a slot");
    const timer_node* next = due_.after(*node);
    PINWHEEL_CHECK(next == nullptr || runs_before(*node, *next), "due timers are out of order");
  }
}

// Answers how many nodes lie in slots.
std::size_t timing_wheel::validate_slots() const {
  std::size_t counted = 0;
  for (unsigned slot = 0; slot < levels * slots_per_level; ++slot) {
    const slot_list& nodes = levels_[slot / slots_per_level].slot(slot % slots_per_level);
    counted += nodes.validate();
    for (const timer_node* node = nodes.first(); node != nullptr; node = nodes.after(*node)) {
      PINWHEEL_CHECK(node->slot_ == slot && slot_of(node->when_) == slot, "a timer lies in the wrong slot");
    }
  }
  for (const level& each : levels_) each.validate();
  return counted;
}

void timing_wheel::level::add(unsigned index, timer_node& node) noexcept {
  if (empty()) {
    earliest_ = node.when_;
  } else if (earliest_) {
    earliest_ = std::min(*earliest_, node.when_);
  }
  slots_[index].push_back(node);
  occupied_[index / word_bits] |= std::uint64_t{1} << index % word_bits;
}

void timing_wheel::level::remove(unsigned index, timer_node& node) noexcept {
  node.unlink();
  if (slots_[index].empty()) occupied_[index / word_bits] &= ~(std::uint64_t{1} << index % word_bits);
  if (earliest_ == node.when_) earliest_.reset();
}

bool timing_wheel::level::empty() const noexcept {
  return std::all_of(occupied_.begin(), occupied_.end(), [](std::uint64_t word) { return word == 0; });
}

unsigned timing_wheel::level::first_index() const noexcept {
  unsigned word = 0;
  while (occupied_[word] == 0) ++word;
  return word * word_bits + static_cast<unsigned>(std::countr_zero(occupied_[word]));
}

std::int64_t timing_wheel::level::earliest() const noexcept {
  if (!earliest_) earliest_ = find_earliest();
  return *earliest_;
}

// Walks the first occupied slot: those behind it hold later deadlines only.
std::int64_t timing_wheel::level::find_earliest() const noexcept {
  const slot_list& nodes = slots_[first_index()];
  std::int64_t least = nodes.front().when_;
  for (const timer_node* node = nodes.first(); node != nullptr; node = nodes.after(*node)) {
    least = std::min(least, node->when_);
  }
  return least;
}

void timing_wheel::level::validate() const {
  for (unsigned index = 0; index < slots_per_level; ++index) {
    const bool marked = (occupied_[index / word_bits] >> index % word_bits & 1) != 0;
    PINWHEEL_CHECK(marked != slots_[index].empty(), "a slot and its bit disagree");
  }
  if (!earliest_) return;
  PINWHEEL_CHECK(!empty() && *earliest_ == find_earliest(), "the cached earliest deadline of a level is wrong");
}

}  // namespace v0
}  // namespace pinwheel
