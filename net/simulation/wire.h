// What is on its way between simulated sockets: segments, ends, resets, and the hand-shake of a connect, each arriving
// at its time. What one socket sends arrives in its order.
//
// Threads:   one.
// Ownership: borrows all it is made with.
// Limits:    what is on its way to a socket and what has arrived there fit into its receive buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "pinwheel/net/simulation/sockets.h"
#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/reasons.h"

namespace pinwheel {
inline namespace v0 {

class fault_plan;
class simulated_chance;
class simulated_trace;

struct wire_options {
  duration latency = duration::zero();                   // Of everything.
  duration delay_max = std::chrono::milliseconds(5);     // Of simulated_fault::delay.
  duration stall_max = std::chrono::seconds(30);         // Of simulated_fault::stall.
  duration retry_after = std::chrono::seconds(1);        // A connect to a full backlog; doubled each time.
  unsigned requests_max = 7;                             // Of one connect, as net.ipv4.tcp_syn_retries.
  duration connect_timeout = std::chrono::seconds(127);  // When a connect that nobody answers fails.
};

class simulated_wire {
 public:
  // The network, as the wire knows it.
  class receiver {
   public:
    // A socket became ready for `what`, or more so.
    virtual void became_ready(simulated_socket& socket, reasons what) = 0;
    virtual void request_arrived(simulated_socket& from) = 0;

   protected:
    ~receiver() = default;
  };

  simulated_wire(const wire_options& options, const clock_source& clock, simulated_sockets& sockets, fault_plan& faults,
                 simulated_chance& chance, simulated_trace& trace, receiver& network)
      : options_(options),
        clock_(clock),
        sockets_(sockets),
        faults_(faults),
        chance_(chance),
        trace_(trace),
        network_(network) {}

  // Sends what the peer has room for; then the end, if the socket was asked for it.
  void transmit(simulated_socket& from);
  // What was not sent yet is dropped. The peer learns of it behind what is on its way.
  void send_reset(simulated_socket& from);
  // A connect asks, again if it did before, or gives up.
  void send_request(simulated_socket& from);
  // The answer to it: 0, or an errno that the connect fails with.
  void send_answer(simulated_socket& to, int error);
  // After connect_timeout it fails.
  void lose_request(simulated_socket& from);
  // A moment later the socket is reported writable though nothing has arrived.
  void promise_room(simulated_socket& to);
  // Both ends hear that the connection broke; what was on its way is lost.
  void cut(simulated_socket& end);

  // Lets arrive what is due.
  void deliver();
  [[nodiscard]] std::optional<time_point> next_arrival() const;

 private:
  enum class kind : std::uint8_t { segment, end, reset, request, answer, room };

  struct parcel {
    time_point at;
    std::uint64_t sequence;  // Of one time, in order of sending.
    kind what;
    simulated_sockets::name from;  // The sender; of an answer and of room, who is told.
    std::int64_t value;            // Bytes, or an errno.
  };

  static bool arrives_later(const parcel& one, const parcel& other) noexcept {
    return one.at != other.at ? one.at > other.at : one.sequence > other.sequence;
  }

  void send(kind what, simulated_socket& from, std::int64_t value, duration travels);
  // In the order of what the socket sends.
  void send_in_order(kind what, simulated_socket& from, std::int64_t value);
  duration travel_time();
  void arrive(const parcel& arrived, simulated_socket& from);
  void segment_arrived(simulated_socket& from, std::size_t bytes);
  void end_arrived(simulated_socket& from);
  void answer_arrived(simulated_socket& to, int error);
  [[nodiscard]] std::optional<std::size_t> bytes_before_cut(simulated_socket& from, std::size_t bytes);
  void break_off(simulated_socket& end, int error);

  const wire_options options_;
  const clock_source& clock_;
  simulated_sockets& sockets_;
  fault_plan& faults_;
  simulated_chance& chance_;
  simulated_trace& trace_;
  receiver& network_;
  std::vector<parcel> under_way_;  // A heap, the next to arrive first.
  std::uint64_t sent_ = 0;
};

}  // namespace v0
}  // namespace pinwheel
