// HTTP/1 on one connection: reads requests, has them answered one at a time and in order, and decides when it closes.
//
// While a request waits for its `later`, or its body is being streamed, nothing more is read; what the peer sent ahead
// stays unread in the connection.
//
// It moves to another loop between two answers: not while one is owed, since its `later` is known to one loop alone,
// nor while a body is streamed, since what produces it may be at home there.
//
// Threads:   the connection's loop.
// Ownership: lies in its connection's block; borrows its service and its loop's context.
// Errors:    bad bytes are answered with their status, then the connection closes; what a handler throws, with 500.
// Limits:    those of session_limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>

#include "pinwheel/framework/http/body_reader.h"
#include "pinwheel/framework/http/body_stream.h"
#include "pinwheel/framework/http/body_writer.h"
#include "pinwheel/framework/http/codec/request_parser.h"
#include "pinwheel/framework/http/codec/response_head.h"
#include "pinwheel/framework/http/later_table.h"
#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_handler.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

class service;
struct answer;
struct loop_context;

class session final : public connection_handler {
 public:
  explicit session(http::service& shared) : service_(shared) {}
  ~session() override { release(); }
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  void on_open(connection& peer) override;
  std::size_t on_data(connection& peer, std::string_view bytes) override;
  void on_eof(connection& peer) override;
  void on_drained(connection& peer) override;
  void on_timeout(connection& peer, close_reason why) override;
  void on_drain(connection& peer) override;
  [[nodiscard]] bool can_move(const connection& peer) const noexcept override;
  void on_moved(connection& peer) override;
  void on_close(connection& peer, close_status why) noexcept override;

 private:
  class exchange;  // The response_sink of one handler call.

  enum class phase : std::uint8_t {
    head,       // Between requests, or inside a head.
    body,       // in_hand_ is the body_reader.
    handling,   // The handler runs and has not answered.
    deferred,   // in_hand_ is the ticket that is out.
    streaming,  // in_hand_ is the body_stream, unless it has just come to its end.
    closing,    // The connection was told to close.
  };

  // Each takes what it can off the front of the input and answers how much that was.
  std::size_t read_head(connection& peer, std::string_view input);
  std::size_t accept(connection& peer, std::string_view input, std::size_t head_bytes);
  std::size_t read_body(connection& peer, std::string_view input);

  // Has the request answered whose head is in the context.
  void handle(connection& peer, std::string_view body);
  void route(connection& peer, std::string_view body);
  void answer_unrouted(connection& peer);
  // Runs what is the user's.
  template <class Call>
  void guard(connection& peer, Call call);
  void on_throw(connection& peer, std::string_view what);

  void send(connection& peer, const answer& whole);
  void send_plain(connection& peer, int status, std::string_view extra_fields = {});
  void start_stream(connection& peer, const answer& head, body_producer&& producer);
  void fill_stream(connection& peer);
  later_ticket defer(connection& peer);
  // The later_target of a ticket; `context` is the connection.
  static void answer_deferred(void* context, const answer& whole);

  // Answers what cannot be served further, and closes.
  void refuse(connection& peer, int status, close_reason why = close_reason::local);
  [[nodiscard]] response_head begin_head(const connection& peer, const answer& given);
  void note(write_result result);
  // The answer is written whole: on to the next request, or close.
  void finish(connection& peer);
  void close(connection& peer, close_reason why);

  void hold_input(connection& peer);
  void release_input(connection& peer);
  void set_head_deadline(connection& peer);
  void clear_head_deadline(connection& peer);
  [[nodiscard]] bool reads() const { return (phase_ == phase::head || phase_ == phase::body) && !output_is_full_; }
  [[nodiscard]] bool is_inside_request() const { return phase_ == phase::body || has_unread_; }
  void release() noexcept;

  http::service& service_;
  loop_context* context_ = nullptr;  // Of the loop that it is on; set from on_open on.
  // What there is of the request in hand, by phase; its tail padding holds the next three.
  [[no_unique_address]] std::variant<std::monostate, std::unique_ptr<body_reader>, std::unique_ptr<body_stream>,
                                     later_ticket> in_hand_;
  phase phase_ = phase::head;
  close_reason close_why_ = close_reason::local;  // Where the answer in hand is the last.
  bool is_http_1_0_ : 1 = false;                  // The request in hand, as the next two.
  bool keep_alive_ : 1 = false;                   // Becomes false once it is known that the answer is the last.
  bool head_only_ : 1 = false;
  bool has_unread_ : 1 = false;  // Behind the request in hand, or of an unfinished head.
  bool has_head_deadline_ : 1 = false;
  bool output_is_full_ : 1 = false;  // Until on_drained.
  bool holds_input_ : 1 = false;
  parse_progress progress_;
};

static_assert(sizeof(session) <= 48 && sizeof(connection) + sizeof(session) <= 216,
              "an idle connection is to stay small");

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
