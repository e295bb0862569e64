// What a connection consists of, and what holds for each part; net/connection.h is what can be done with it.
//
// Threads:   its connection's loop.
// Ownership: owns its handler, its buffers and its extras, which the connection gives back before it dies.
// Limits:    256 bytes for an idle HTTP connection with its session, so every byte here counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "pinwheel/net/close_reason.h"
#include "pinwheel/net/connection_options.h"
#include "pinwheel/net/input_buffer.h"
#include "pinwheel/net/output_queue.h"
#include "pinwheel/net/stream.h"
#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/timing_wheel.h"

namespace pinwheel {
inline namespace v0 {

class connection_handler;
class streams;
struct connection_extras;

class connection_fields : protected timer_node, protected stream {
 public:
  enum class phase : std::uint8_t {
    opening,  // The filter's handshake is under way.
    open,
    closing,  // close() was called; what was written is on its way.
    ended,    // on_close is due.
    closed,   // on_close was called; lives on until its stream says so too.
  };

  enum due : std::uint8_t {
    due_timer = 1 << 0,
    due_drained = 1 << 1,
    due_offer = 1 << 2,  // Of what is unread.
    due_eof = 1 << 3,
    due_drain = 1 << 4,
    due_moved = 1 << 5,  // To where it was.
    due_stayed = 1 << 6,
    due_open = 1 << 7,  // A step of the filter, although nothing new has come.
    due_input = due_offer | due_open,
  };

 protected:
  connection_fields(expired_function expired, streams& home, const connection_options& options,
                    std::size_t room_bytes) noexcept;
  ~connection_fields();

  // Small ones first: they fill the end of the stream's last word.
  std::uint32_t room_bytes_;  // Of the block that holds this and its first handler.
  phase phase_ = phase::open;
  close_reason reason_ = close_reason::local;  // Meant once not open.
  close_reason deadline_why_ = close_reason::local;
  std::uint8_t due_ = 0;             // A set of `due`: what is called next by run_due().
  bool in_callback_ : 1 = false;     // What is asked for now happens when the callback returns.
  bool inline_handler_ : 1 = false;  // The handler lies behind this object.
  bool receiving_ : 1 = false;       // The stream was told to.
  bool sending_ : 1 = false;         // A send is in flight: the first bytes of the output are lent.
  bool paused_ : 1 = false;          // By the handler.
  bool above_high_ : 1 = false;      // From exceeding the high mark until falling to the low one.
  bool peer_ended_ : 1 = false;      // The peer's last byte was received.
  bool fin_asked_ : 1 = false;       // shutdown_write() was called.
  bool fin_sent_ : 1 = false;
  bool corked_ : 1 = false;
  bool has_filter_ : 1 = false;   // connection_extras::filter is set.
  bool draining_ : 1 = false;     // on_drain was called.
  bool drain_asked_ : 1 = false;  // The host drains.
  bool expects_input_ : 1 = false;
  bool leaving_ : 1 = false;  // For another loop: neither receives nor sends.
  std::int16_t error_ = 0;    // Of the status that on_close hears.
  const connection_options* options_;
  connection_handler* handler_ = nullptr;
  output_queue output_;
  input_buffer input_;  // Offered before, or come while paused.
  std::unique_ptr<connection_extras> extras_;
  time_point last_activity_{};               // The turn of the last byte in or out.
  time_point deadline_ = time_point::max();  // max(): none.
};

static_assert(sizeof(connection_fields) <= 168, "an idle connection is to stay small");

}  // namespace v0
}  // namespace pinwheel
