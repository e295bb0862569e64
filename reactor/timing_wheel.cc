#include "pinwheel/reactor/timing_wheel.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr std::uint64_t order_mask = (std::uint64_t{1} << 48) - 1;
constexpr std::int64_t far_future = std::numeric_limits<std::int64_t>::max();

std::int64_t add_saturating(std::int64_t a, std::int64_t b) { return a > far_future - b ? far_future : a + b; }

// Times before the clock's epoch count as the epoch itself, so that a tick is never negative.
std::int64_t nanoseconds_of(time_point at) { return std::max<std::int64_t>(at.time_since_epoch().count(), 0); }

}  // namespace

unsigned timing_wheel::occupancy::first(unsigned from) const noexcept {
  if (from >= slots_per_level) return slots_per_level;
  std::uint64_t word = words_[from / 64] & (~std::uint64_t{0} << (from % 64));
  for (unsigned at = from / 64;;) {
    if (word != 0) return at * 64 + static_cast<unsigned>(std::countr_zero(word));
    if (++at == words_.size()) return slots_per_level;
    word = words_[at];
  }
}

timing_wheel::timing_wheel(time_point now) : tick_(tick_of(nanoseconds_of(now))) {}

void timing_wheel::arm_at(timer_node& node, time_point deadline) {
  cancel(node);
  node.when_ = nanoseconds_of(deadline);
  node.order_ = next_order_++ & order_mask;
  ++size_;
  insert(node);
}

void timing_wheel::arm_after(timer_node& node, duration delay) {
  cancel(node);
  node.when_ = std::max<std::int64_t>(delay.count(), 0);
  node.order_ = next_order_++ & order_mask;
  ++size_;
  node.slot_ = unplaced;
  unplaced_.push_back(node);
}

void timing_wheel::place(time_point now) {
  while (!unplaced_.empty()) {
    timer_node& node = unplaced_.pop_front();
    node.when_ = add_saturating(nanoseconds_of(now), node.when_);
    insert(node);
  }
}

void timing_wheel::cancel(timer_node& node) noexcept {
  if (!node.is_armed()) return;
  if (node.slot_ < unplaced && earliest_ == node.when_) earliest_.reset();
  leave(node);
  --size_;
}

// A node belongs to the level of the highest group of bits in which its tick differs from the wheel's: so everything in
// a level is due before anything in the next.
void timing_wheel::insert(timer_node& node) {
  const std::int64_t tick = std::max(tick_of(node.when_), tick_);
  const auto differing = static_cast<std::uint64_t>(tick ^ tick_);
  const unsigned at = differing == 0 ? 0 : (static_cast<unsigned>(std::bit_width(differing)) - 1) / slot_bits;
  const auto slot = static_cast<unsigned>(tick >> (at * slot_bits)) % slots_per_level;
  levels_[at].slots[slot].push_back(node);
  levels_[at].occupied.set(slot);
  node.slot_ = static_cast<std::uint16_t>(at * slots_per_level + slot);
  const bool only_one = size_ == 1;
  if (only_one || (earliest_ && node.when_ < *earliest_)) earliest_ = node.when_;
}

void timing_wheel::leave(timer_node& node) noexcept {
  static_cast<list_hook<timer_tag>&>(node).unlink();
  if (node.slot_ >= unplaced) return;
  level& in = levels_[node.slot_ / slots_per_level];
  const unsigned slot = node.slot_ % slots_per_level;
  if (in.slots[slot].empty()) in.occupied.clear(slot);
}

std::optional<timing_wheel::position> timing_wheel::first_occupied() const {
  for (unsigned at = 0; at < levels; ++at) {
    const unsigned shift = at * slot_bits;
    const auto current = static_cast<unsigned>(tick_ >> shift) % slots_per_level;
    const unsigned slot = levels_[at].occupied.first(current);
    if (slot == slots_per_level) continue;
    const std::int64_t above = tick_ >> (shift + slot_bits) << (shift + slot_bits);
    return position{at, slot, above | static_cast<std::int64_t>(slot) << shift};
  }
  return std::nullopt;
}

std::optional<time_point> timing_wheel::next_deadline() const {
  if (!earliest_) {
    const auto at = first_occupied();
    if (!at) return std::nullopt;
    const node_list& slot = levels_[at->level].slots[at->slot];
    for (const timer_node* each = slot.first(); each != nullptr; each = slot.after(*each)) {
      if (!earliest_ || each->when_ < *earliest_) earliest_ = each->when_;
    }
  }
  return time_point(duration(*earliest_));
}

std::size_t timing_wheel::expire(time_point now) {
  const std::int64_t now_ns = nanoseconds_of(now);
  const std::int64_t now_tick = tick_of(now_ns);
  if (earliest_ && *earliest_ > now_ns) return 0;
  PINWHEEL_DCHECK(now_tick >= tick_, "a wheel's time went backwards");
  earliest_.reset();
  while (const auto at = first_occupied()) {
    if (at->first_tick > now_tick) break;
    tick_ = std::max(tick_, at->first_tick);
    if (at->level > 0) {
      cascade(*at);
      continue;
    }
    collect_due(*at, now_ns);
    if (at->first_tick == now_tick) break;  // What is left in it is due later in this tick.
  }
  tick_ = std::max(tick_, now_tick);
  return call_due();
}

void timing_wheel::cascade(const position& at) {
  node_list moving;
  moving.splice_back(levels_[at.level].slots[at.slot]);
  levels_[at.level].occupied.clear(at.slot);
  while (!moving.empty()) insert(moving.pop_front());
}

void timing_wheel::collect_due(const position& at, std::int64_t now) {
  node_list& slot = levels_[0].slots[at.slot];
  node_list collected;
  for (timer_node* each = slot.first(); each != nullptr;) {
    timer_node& node = *each;
    each = slot.after(node);
    if (node.when_ > now) continue;
    leave(node);
    node.slot_ = due;
    collected.push_back(node);
  }
  sort(collected);
  due_.splice_back(collected);
}

std::size_t timing_wheel::call_due() {
  std::size_t called = 0;
  while (!due_.empty()) {
    timer_node& node = due_.pop_front();
    --size_;
    ++called;
    node.expired_(node);
  }
  return called;
}

bool timing_wheel::is_before(const timer_node& a, const timer_node& b) noexcept {
  return a.when_ != b.when_ ? a.when_ < b.when_ : a.order_ < b.order_;
}

// A merge sort: it needs no room of its own.
void timing_wheel::sort(node_list& list) {
  const timer_node* first = list.first();
  if (first == nullptr || list.after(*first) == nullptr) return;
  node_list left;
  node_list right;
  for (bool to_left = true; !list.empty(); to_left = !to_left) (to_left ? left : right).push_back(list.pop_front());
  sort(left);
  sort(right);
  while (!left.empty() && !right.empty()) {
    list.push_back(is_before(right.front(), left.front()) ? right.pop_front() : left.pop_front());
  }
  list.splice_back(left);
  list.splice_back(right);
}

void timing_wheel::validate() const {
  std::size_t nodes = unplaced_.validate() + due_.validate();
  std::optional<std::int64_t> earliest;
  for (unsigned at = 0; at < levels; ++at) {
    for (unsigned slot = 0; slot < slots_per_level; ++slot) {
      const node_list& list = levels_[at].slots[slot];
      nodes += list.validate();
      PINWHEEL_CHECK(levels_[at].occupied.test(slot) == !list.empty(), "an occupancy bit is wrong");
      for (const timer_node* each = list.first(); each != nullptr; each = list.after(*each)) {
        PINWHEEL_CHECK(each->slot_ == at * slots_per_level + slot, "a timer does not know its slot");
        const std::int64_t tick = std::max(tick_of(each->when_), tick_);
        PINWHEEL_CHECK(static_cast<unsigned>(tick >> (at * slot_bits)) % slots_per_level == slot,
                       "a timer is in another slot");
        PINWHEEL_CHECK(tick >> ((at + 1) * slot_bits) == tick_ >> ((at + 1) * slot_bits),
                       "a timer is in another level");
        if (!earliest || each->when_ < *earliest) earliest = each->when_;
      }
    }
  }
  PINWHEEL_CHECK(nodes == size_, "the count of timers is wrong");
  PINWHEEL_CHECK(!earliest_ || earliest_ == earliest, "the earliest deadline is wrong");
}

}  // namespace v0
}  // namespace pinwheel
