#include "pinwheel/net/connector.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/net/pending_connect.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

connector::connector(connection_host& host, const connector_options& options)
    : host_(host),
      options_(options),
      forked_(host.loop(), [this] { end_each({close_reason::connect_failed, ECONNABORTED}); }) {}

connector::~connector() { PINWHEEL_DCHECK(in_flight_ == 0, "a connector died while a connect is under way"); }

connect_id connector::connect(std::span<const address> in_order, const handler_factory& factory,
                              const connection_options& options, const connect_options& how) {
  host_.loop().assert_on_loop("connector::connect");
  if (!takes(how)) {
    host_.counters_.refused.add(1);
    return {};
  }
  connection* made = host_.make(factory, options);
  if (made == nullptr) return {};
  host_.count_opened();
  host_.counters_.connects.add(1);
  host_.hold();
  const connect_id id = next_id();
  const auto tried = in_order.first(std::min(in_order.size(), addresses_max));
  places_[id.slot].pending = std::make_unique<pending_connect>(host_, *made, id, tried, how);
  ++in_flight_;
  return id;
}

bool connector::takes(const connect_options& how) const noexcept {
  return !ended_ && in_flight_ < options_.in_flight_max && (!host_.draining_ || how.while_draining);
}

bool connector::cancel(connect_id which) {
  host_.loop().assert_on_loop("connector::cancel");
  if (which.slot >= places_.size()) return false;
  const place& named = places_[which.slot];
  if (named.pending == nullptr || named.generation != which.generation) return false;
  return named.pending->end({close_reason::cancelled});
}

void connector::drain() {
  for_each([](pending_connect& each) {
    if (!each.goes_on_while_draining()) each.end({close_reason::drained});
  });
}

void connector::end_all(close_reason why) {
  ended_ = true;
  end_each({why});
}

void connector::end_all_now(close_reason why) {
  ended_ = true;
  for_each([why](pending_connect& each) { each.end_now({why}); });
}

connect_id connector::next_id() {
  if (first_free_ == no_place) {
    first_free_ = static_cast<std::uint32_t>(places_.size());
    places_.emplace_back();
  }
  const std::uint32_t slot = first_free_;
  first_free_ = places_[slot].next_free;
  return {slot, places_[slot].generation};
}

void connector::forget(const pending_connect& over) noexcept {
  const std::uint32_t slot = over.id().slot;
  place& left = places_[slot];
  left.pending.reset();
  if (++left.generation == 0) left.generation = 1;
  left.next_free = std::exchange(first_free_, slot);
  --in_flight_;
}

void connector::end_each(close_status why) {
  for_each([why](pending_connect& each) { each.end(why); });
}

// `visit` may end it.
template <class Visit>
void connector::for_each(Visit visit) {
  for (std::size_t at = 0; at < places_.size(); ++at) {
    if (places_[at].pending != nullptr) visit(*places_[at].pending);
  }
}

}  // namespace v0
}  // namespace pinwheel
