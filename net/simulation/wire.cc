#include "pinwheel/net/simulation/wire.h"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "pinwheel/net/simulation/chance.h"
#include "pinwheel/net/simulation/faults.h"
#include "pinwheel/net/simulation/trace.h"

namespace pinwheel {
inline namespace v0 {
namespace {

// Not at once, and at most so long.
duration up_to(duration most, simulated_chance& chance) {
  return chance.between(duration(1), std::max(duration(1), most));
}

}  // namespace

// Sending.

void simulated_wire::send(kind what, simulated_socket& from, std::int64_t value, duration travels) {
  under_way_.push_back({later_by(travels, clock_.now()), ++sent_, what, simulated_sockets::name_of(from), value});
  std::push_heap(under_way_.begin(), under_way_.end(), arrives_later);
}

void simulated_wire::send_in_order(kind what, simulated_socket& from, std::int64_t value) {
  const time_point now = clock_.now();
  from.last_arrival = std::max(from.last_arrival, later_by(travel_time(), now));
  send(what, from, value, from.last_arrival - now);
}

duration simulated_wire::travel_time() {
  duration time = options_.latency;
  if (faults_.occurs(simulated_fault::delay)) time += up_to(options_.delay_max, chance_);
  if (faults_.occurs(simulated_fault::stall)) time += up_to(options_.stall_max, chance_);
  return time;
}

void simulated_wire::transmit(simulated_socket& from) {
  if (from.is_broken || from.peer == nullptr || from.is == simulated_socket::role::connecting) return;
  while (from.unsent() > 0) {
    std::size_t bytes = std::min(from.unsent(), from.peer->window());
    if (bytes == 0) {
      if (!std::exchange(from.window_was_full, true)) faults_.count(simulated_fault::full_window);
      return;
    }
    if (bytes > 1 && faults_.occurs(simulated_fault::split)) bytes = chance_.between(1, bytes - 1);
    from.window_was_full = false;
    from.in_flight += bytes;
    send_in_order(kind::segment, from, static_cast<std::int64_t>(bytes));
  }
  if (!from.end_asked || from.end_sent) return;
  from.end_sent = true;
  send_in_order(kind::end, from, 0);
}

void simulated_wire::send_reset(simulated_socket& from) {
  if (from.is_broken) return;
  from.is_broken = true;
  from.outgoing.truncate(from.in_flight);
  if (from.peer != nullptr) send_in_order(kind::reset, from, 0);
}

void simulated_wire::send_request(simulated_socket& from) {
  const unsigned before = from.requests++;
  if (before == options_.requests_max) return break_off(from, ETIMEDOUT);
  const duration waits = before == 0 ? duration::zero() : options_.retry_after * (1U << (before - 1));
  send(kind::request, from, 0, waits + travel_time());
}

void simulated_wire::send_answer(simulated_socket& to, int error) { send(kind::answer, to, error, travel_time()); }

void simulated_wire::lose_request(simulated_socket& from) {
  send(kind::answer, from, ETIMEDOUT, options_.connect_timeout);
}

void simulated_wire::promise_room(simulated_socket& to) { send(kind::room, to, 0, up_to(options_.delay_max, chance_)); }

void simulated_wire::cut(simulated_socket& end) {
  simulated_socket* other = end.peer;
  break_off(end, ECONNRESET);
  if (other != nullptr) break_off(*other, ECONNRESET);
}

// Arriving.

std::optional<time_point> simulated_wire::next_arrival() const {
  if (under_way_.empty()) return std::nullopt;
  return under_way_.front().at;
}

void simulated_wire::deliver() {
  while (!under_way_.empty() && under_way_.front().at <= clock_.now()) {
    const parcel next = under_way_.front();
    std::pop_heap(under_way_.begin(), under_way_.end(), arrives_later);
    under_way_.pop_back();
    if (simulated_socket* from = sockets_.find(next.from)) arrive(next, *from);
  }
}

void simulated_wire::arrive(const parcel& arrived, simulated_socket& from) {
  switch (arrived.what) {
    case kind::segment:
      return segment_arrived(from, static_cast<std::size_t>(arrived.value));
    case kind::end:
      return end_arrived(from);
    case kind::reset:
      return break_off(*from.peer, ECONNRESET);
    case kind::request:
      trace_.note(traced::request_arrived, from.number, 0);
      return network_.request_arrived(from);
    case kind::answer:
      return answer_arrived(from, static_cast<int>(arrived.value));
    case kind::room:
      return network_.became_ready(from, reasons::writable);
  }
}

void simulated_wire::segment_arrived(simulated_socket& from, std::size_t bytes) {
  simulated_socket& to = *from.peer;
  const auto before_cut = bytes_before_cut(from, bytes);
  const std::string_view content = from.outgoing.view().substr(0, before_cut.value_or(bytes));
  trace_.note(traced::segment_arrived, to.number, static_cast<std::int64_t>(content.size()));
  trace_.note_bytes(content);
  const bool is_heard = !to.is_broken && !to.is_abandoned;
  if (is_heard) to.incoming.append(content);
  from.outgoing.consume(bytes);
  from.in_flight -= bytes;
  if (is_heard && !content.empty()) network_.became_ready(to, reasons::readable);
  if (before_cut) return cut(from);
  // Nobody is there any more to read it.
  if (to.is_abandoned && !to.is_broken) send_reset(to);
  if (from.wants_room && from.has_room()) {
    from.wants_room = false;
    network_.became_ready(from, reasons::writable);
  }
}

std::optional<std::size_t> simulated_wire::bytes_before_cut(simulated_socket& from, std::size_t bytes) {
  if (from.cut_after) {
    if (*from.cut_after <= bytes) return *from.cut_after;
    *from.cut_after -= bytes;
  }
  if (faults_.occurs(simulated_fault::reset)) return chance_.between(0, bytes);
  return std::nullopt;
}

void simulated_wire::end_arrived(simulated_socket& from) {
  simulated_socket& to = *from.peer;
  trace_.note(traced::end_arrived, to.number, 0);
  if (to.is_broken) return;
  to.end_received = true;
  network_.became_ready(to, reasons::readable | reasons::closed);
}

void simulated_wire::answer_arrived(simulated_socket& to, int error) {
  if (to.is != simulated_socket::role::connecting || to.is_broken) return;
  if (error != 0) return break_off(to, error);
  trace_.note(traced::connected, to.number, 0);
  to.is = simulated_socket::role::connected;
  network_.became_ready(to, reasons::writable);
  transmit(to);
}

void simulated_wire::break_off(simulated_socket& end, int error) {
  if (end.is_broken) return;
  end.is_broken = true;
  end.error = end.end_received ? EPIPE : error;
  end.outgoing.truncate(0);
  end.in_flight = 0;
  ++end.generation;
  trace_.note(traced::broken, end.number, -end.error);
  network_.became_ready(end, failed_both_ways | reasons::closed);
}

}  // namespace v0
}  // namespace pinwheel
