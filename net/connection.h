// One buffered byte stream to a peer, as its handler sees it.
//
// Bytes arrive through connection_handler::on_data. What a callback writes leaves in one send when the callback
// returns. An idle connection owns no buffer.
//
// Threads:   loop-bound; a reference is valid inside a callback of this connection. From elsewhere it is reached by its
//            id(): connection_host::find on its loop, server::send_to from any thread.
// Ownership: owned by its loop's connection_host, and by that of another loop once it has moved; owns its handler and
//            its stream.
// Errors:    never thrown; every end comes as connection_handler::on_close with its reason. Every call may be made in
//            every state, and does nothing where there is nothing left to do; what is promised about the order of
//            callbacks stands in connection_handler.h.
// Limits:    those of its connection_options.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "pinwheel/net/address.h"
#include "pinwheel/net/close_reason.h"
#include "pinwheel/net/connection_fields.h"
#include "pinwheel/net/connection_handler.h"
#include "pinwheel/net/connection_id.h"
#include "pinwheel/net/connection_options.h"
#include "pinwheel/net/connection_state.h"
#include "pinwheel/net/connection_work.h"
#include "pinwheel/net/constant_bytes.h"
#include "pinwheel/net/file_range.h"
#include "pinwheel/net/output_queue.h"
#include "pinwheel/net/stream.h"
#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/timing_wheel.h"

namespace pinwheel {
inline namespace v0 {

class connection_filter;
class connection_host;
class connection_host_handle;
class event_base;
class transfer_watch;
struct handler_factory;
enum class stream_close : std::uint8_t;
struct stream_completion;

enum class write_result : std::uint8_t {
  accepted,    // Taken whole.
  above_high,  // Taken whole; the peer is slow: wait for on_drained.
  closed,      // Not taken: the connection is closed or closing, or a bound of its output was reached.
};

class connection : private connection_fields {
 public:
  static constexpr std::size_t output_block_bytes = output_queue::room_bytes_max;

  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  // Copies the bytes into the output.
  write_result write(std::string_view bytes);
  // All of them as one write.
  write_result write(std::span<const std::string_view> pieces);
  write_result write(std::initializer_list<std::string_view> pieces) { return write(std::span(pieces)); }
  // Takes over a string that is given away, as write(std::move(text)); one that is short, or has
  // much room to spare, is copied.
  template <class String>
    requires std::same_as<String, std::string>
  write_result write(String&& bytes) {
    return write_moved(std::forward<String>(bytes));
  }
  // Sends the bytes from where they lie; short ones are copied. net/constant_bytes.h says what is taken.
  write_result write_constant(constant_bytes bytes);
  // Sends the bytes from the file, with what it holds when they are sent. Where it turns out to be too short or cannot
  // be read, the connection ends with close_reason::file_failed and the errno, or file_ended_early. REQUIRES:
  // range.file, and offset + bytes <= file_range::end_max.
  write_result write_file(file_range range);

  // What callbacks write is held back from here on, also when they have returned, until uncork(). Calls do not nest.
  // Above the high mark it leaves nevertheless, and before an end that sends what was written.
  void cork();
  void uncork();

  // Room for at least `bytes` (at most connection::output_block_bytes) in the output, to be filled in place; commit()
  // says how much of it was used, before any other call. Null when write() would have answered `closed`.
  [[nodiscard]] char* reserve(std::size_t bytes);
  write_result commit(std::size_t bytes);

  // No more input; sends what was written, then ends with `why`. A second call does nothing.
  void close(close_reason why = close_reason::local);
  // Ends now with `why`, also while closing; what was not sent is dropped.
  void abort(close_reason why = close_reason::local);
  // Sends what was written, then tells the peer that no more comes (FIN); reading goes on. Once both ends have, the
  // connection ends by itself, with close_reason::peer_eof.
  void shutdown_write();

  // Calls of pause do not nest. Unread bytes are offered again after resume_reading(), in a later pass of the loop.
  void pause_reading();
  void resume_reading();
  // Asks the kernel for what has come, although it has reported nothing: it is offered as usual. A handler that was
  // told to drain is then told again.
  void receive_now();

  // Replaces the handler when the running callback returns: the old one is destroyed later and hears no on_close; the
  // new one hears on_open, then `unread` in front of what is still unread. The last of several calls counts, and none
  // if the connection is closed meanwhile.
  void become(std::unique_ptr<connection_handler> next, std::string_view unread = {});

  // connection_handler::on_timeout(why) is called at that time, or `delay` after this turn's time; one at most, set
  // anew replaces. Cleared costs no wheel operation.
  void set_deadline(duration delay, close_reason why);
  void clear_deadline();

  // Whether the rest of a message is expected although nothing of it is unread, because it is consumed as it comes.
  // Bytes that are left unread say the same. Only then connection_options::input_rate_min is judged.
  void expect_input(bool expected);

  // Takes the connection to another loop, such as server::loop(n): with what is unread and unsent, its timers, and its
  // handler, which lies where it lay. It leaves some time after the running callback has returned, and once the handler
  // can; until then all goes on here. Then comes on_moved, on the other loop; or on_stayed; or on_close, for a
  // connection that ends does not move. Of several targets the last counts.
  void move_to(const connection_host_handle& target);

  // Another one after each move; the earlier ones go on working for what is sent to the connection.
  [[nodiscard]] connection_id id() const;
  [[nodiscard]] event_base& loop() const;
  [[nodiscard]] inline connection_host& host() const;  // In connection_host.h.
  [[nodiscard]] connection_handler& handler() const { return *handler_; }
  [[nodiscard]] connection_state state() const;
  [[nodiscard]] std::size_t output_bytes() const;  // Written and not yet taken by the kernel.
  [[nodiscard]] bool is_open() const;              // Takes writes.
  [[nodiscard]] bool is_draining() const;          // connection_handler::on_drain was called.
  [[nodiscard]] address local_address() const;
  [[nodiscard]] address peer_address() const;
  // The descriptor, for socket options that have no name here; stays the connection's.
  [[nodiscard]] int native_handle() const;

 private:
  friend class connection_filter;
  friend class connection_host;
  friend class connection_move;
  friend class pending_connect;

  class callback;  // In connection_callbacks.cc.

  // --- for its host ---

  connection(connection_host& host, const connection_options& options, std::size_t room_bytes) noexcept;
  ~connection();

  // Makes the handler behind this object; false when it threw.
  bool make_handler(const handler_factory& factory) noexcept;
  bool make_filter() noexcept;  // The same of the filter, if there is to be one.
  void begin();
  void begin_drain();
  void end_now(close_reason why);
  void end_unopened(close_status why);
  void run(connection_work& work);
  void arrived();
  static void complete(stream& mine, const stream_completion& done) noexcept;

  // --- callbacks (connection_callbacks.cc) ---

  // Calls the user; what he throws ends the connection.
  template <class Call>
  void guard(Call call) noexcept {
    try {
      call();
    } catch (...) {
      handler_threw();
    }
  }
  void schedule();
  void settle();
  void run_due();
  void tell_of_move();
  void tell_drained();
  void tell_end();
  [[nodiscard]] bool has_due() const noexcept;
  bool take_due(due what) noexcept;
  [[nodiscard]] bool is_becoming() const noexcept { return extras_ != nullptr && has_change(); }
  [[nodiscard]] bool has_change() const noexcept;
  // Otherwise the handler has ended, or another one takes its place when the running callback returns.
  [[nodiscard]] bool takes_calls() const noexcept { return phase_ == phase::open && !is_becoming(); }
  void change_handler();
  void handler_threw() noexcept;

  // --- input (connection_input.cc) ---

  void caught_up();
  void receive(std::string_view bytes);
  std::size_t offer(std::string_view bytes);
  void offer_unread();
  void judge_unread(std::size_t consumed);
  void update_receiving();
  [[nodiscard]] bool owes_offer() const noexcept;
  [[nodiscard]] bool takes_offers() const noexcept { return takes_calls() && !is_paused(); }
  [[nodiscard]] bool offers_unread_now() const noexcept;
  [[nodiscard]] bool is_paused() const noexcept { return paused_ || (above_high_ && !output_needs_input()); }
  [[nodiscard]] bool output_needs_input() const noexcept { return has_filter_ && filter_needs_room(); }

  // --- output (connection_output.cc) ---

  // What the kernel is given.
  [[nodiscard]] output_queue& leaving() noexcept { return has_filter_ ? sealed() : output_; }
  [[nodiscard]] bool is_above(std::size_t bytes_mark, std::size_t pieces_mark) const noexcept;
  bool takes_output();
  bool takes_piece();
  [[nodiscard]] std::size_t output_bytes_max() const noexcept;
  write_result write_moved(std::string&& bytes);
  write_result written();
  void flush();
  [[nodiscard]] bool is_held_back() const noexcept;
  void took(std::size_t bytes);
  void update_marks();

  // --- time (connection_time.cc) ---

  static void expired(timer_node& self);
  void run_timeouts();
  [[nodiscard]] std::optional<close_reason> over_time(time_point now);
  [[nodiscard]] std::optional<close_reason> judge_input(transfer_watch& watched, time_point now);
  [[nodiscard]] std::optional<close_reason> judge_output(transfer_watch& watched, time_point now);
  void time_out(close_reason why);
  [[nodiscard]] time_point idle_at() const noexcept;
  void arm_timer();
  void arm_by(time_point when);

  // Begins and ends what is judged only for a while.
  void update_watches() {
    if (extras_ != nullptr || expects_input_ || !input_.empty() || !output_.empty()) watch();
  }
  void watch();
  void watch_input();
  void watch_output();

  // --- the end (connection.cc) ---

  void fail(int error);
  [[nodiscard]] bool has_ended() const noexcept { return phase_ >= phase::ended; }
  void finish(stream_close how);
  [[nodiscard]] bool has_stream() const noexcept { return stream::id().generation != 0; }  // Not if it was never open.
  void tell_closed();

  // --- what most never have (connection_extras.h) ---

  connection_extras& extras();  // Made where there are none.
  void drop_unused_extras() noexcept;
  // These REQUIRE: has_filter_.
  [[nodiscard]] connection_filter& filtering() const noexcept;
  [[nodiscard]] output_queue& sealed() const noexcept;
  [[nodiscard]] bool filter_needs_room() const noexcept;
};

static_assert(sizeof(connection) == sizeof(connection_fields));

}  // namespace v0
}  // namespace pinwheel
