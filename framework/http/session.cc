#include "pinwheel/framework/http/session.h"

#include <exception>
#include <string>
#include <utility>

#include "pinwheel/framework/http/answer.h"
#include "pinwheel/framework/http/codec/serializer.h"
#include "pinwheel/framework/http/loop_context.h"
#include "pinwheel/framework/http/request.h"
#include "pinwheel/framework/http/response.h"
#include "pinwheel/framework/http/router.h"
#include "pinwheel/framework/http/service.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/base/log.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

class session::exchange final : public response_sink {
 public:
  exchange(session& owner, connection& peer) : owner_(owner), peer_(peer) {}

  void send(const answer& whole) override { owner_.send(peer_, whole); }
  void stream(const answer& head, body_producer&& producer) override {
    owner_.start_stream(peer_, head, std::move(producer));
  }
  http::later defer(int status, std::string_view extra_fields) override {
    return {peer_.loop().handle(), owner_.context_->laters, owner_.defer(peer_), status, extra_fields};
  }
  [[nodiscard]] event_base& loop() const override { return peer_.loop(); }
  [[nodiscard]] address peer_address() const override { return peer_.peer_address(); }

 private:
  session& owner_;
  connection& peer_;
};

void session::on_open(connection& peer) { context_ = &service_.on_loop(peer.loop()); }

std::size_t session::on_data(connection& peer, std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && reads()) {
    const std::string_view rest = bytes.substr(used);
    const std::size_t taken = phase_ == phase::head ? read_head(peer, rest) : read_body(peer, rest);
    if (taken == 0) break;
    used += taken;
  }
  if (phase_ == phase::closing) return bytes.size();
  has_unread_ = used < bytes.size();
  if (phase_ == phase::head && has_unread_ && !output_is_full_) set_head_deadline(peer);
  return used;
}

std::size_t session::read_head(connection& peer, std::string_view input) {
  const parse_result result = parse_request_head(input, service_.limits().parse, progress_, context_->head);
  if (result.kind == parse_result::outcome::need_more) return 0;
  clear_head_deadline(peer);
  if (result.kind == parse_result::outcome::error) {
    refuse(peer, result.status);
    return 0;
  }
  return accept(peer, input, result.head_bytes);
}

std::size_t session::accept(connection& peer, std::string_view input, std::size_t head_bytes) {
  const request_head& head = context_->head;
  is_http_1_0_ = head.minor_version() == 0;
  keep_alive_ = head.keep_alive();
  head_only_ = head.method() == method::head;
  if (head.expectation_unknown()) {
    refuse(peer, status_code::expectation_failed);
    return head_bytes;
  }
  const std::uint64_t length = head.content_length().value_or(0);
  if (length > service_.limits().parse.body_bytes_max) {
    refuse(peer, status_code::content_too_large);
    return head_bytes;
  }
  const std::string_view behind = input.substr(head_bytes);
  if (!head.chunked() && length <= behind.size()) {
    const auto body_bytes = static_cast<std::size_t>(length);
    has_unread_ = behind.size() > body_bytes;
    handle(peer, behind.substr(0, body_bytes));
    return head_bytes + body_bytes;
  }
  if (head.expect_continue() && behind.empty()) note(peer.write(continue_response));
  if (phase_ == phase::closing) return head_bytes;
  in_hand_ = std::make_unique<body_reader>(input.substr(0, head_bytes), head);
  phase_ = phase::body;
  peer.expect_input(true);
  return head_bytes;
}

std::size_t session::read_body(connection& peer, std::string_view input) {
  auto& reader = std::get<std::unique_ptr<body_reader>>(in_hand_);
  const body_step step = reader->read(input, service_.limits().parse);
  if (step.kind == body_step::outcome::error) {
    refuse(peer, step.status);
  } else if (step.kind == body_step::outcome::done) {
    peer.expect_input(false);
    has_unread_ = input.size() > step.consumed;
    const std::unique_ptr<body_reader> whole = std::move(reader);
    in_hand_ = {};
    // Other requests have used the loop's room since this head was first parsed.
    const parse_result again =
        parse_request_head(whole->head_bytes(), service_.limits().parse, progress_, context_->head);
    PINWHEEL_CHECK(again.kind == parse_result::outcome::complete, "a head that was complete no longer is");
    handle(peer, whole->body());
  }
  return step.consumed;
}

void session::handle(connection& peer, std::string_view body) {
  phase_ = phase::handling;
  context_->counted.requests.add(1);
  route(peer, body);
  if (phase_ == phase::deferred || phase_ == phase::streaming) hold_input(peer);
}

void session::route(connection& peer, std::string_view body) {
  const request_head& head = context_->head;
  route_match& match = context_->match;
  if (head.method() == method::other || head.method() == method::connect) {
    return send_plain(peer, status_code::not_implemented);
  }
  service_.routes().find(head.method(), head.path(), match);
  if (match.outcome != route_outcome::found) return answer_unrouted(peer);
  exchange sink(*this, peer);
  const request in(head, match, body, sink, service_.metrics());
  response out(sink, context_->fields);
  guard(peer, [&] { match.to->answer(in, out); });
  if (phase_ != phase::handling) return;
  log(log_level::error, "http: a handler returned without an answer; the peer is told 500");
  send_plain(peer, status_code::internal_server_error);
}

void session::answer_unrouted(connection& peer) {
  const request_head& head = context_->head;
  const route_match& match = context_->match;
  const bool asks_what_is_allowed = head.method() == method::options;
  if (asks_what_is_allowed && head.path() == "*") return send(peer, {.status = status_code::no_content});
  switch (match.outcome) {
    case route_outcome::bad_path:
      return send_plain(peer, status_code::bad_request);
    case route_outcome::not_found:
      return send_plain(peer, status_code::not_found);
    case route_outcome::method_not_allowed: {
      const std::string allow = "Allow: " + allow_value(match.allowed) + "\r\n";
      if (asks_what_is_allowed) return send(peer, {.status = status_code::no_content, .extra_fields = allow});
      return send_plain(peer, status_code::method_not_allowed, allow);
    }
    case route_outcome::found:
      break;
  }
}

template <class Call>
void session::guard(connection& peer, Call call) {
  try {
    call();
  } catch (const std::exception& failure) {
    on_throw(peer, failure.what());
  } catch (...) {
    on_throw(peer, "something that is no std::exception");
  }
}

void session::on_throw(connection& peer, std::string_view what) {
  context_->counted.handler_exceptions.add(1);
  log(log_level::error, std::string("http: a handler threw: ").append(what));
  const phase before = phase_;
  release();
  if (before == phase::handling || before == phase::deferred) {
    keep_alive_ = false;
    close_why_ = close_reason::handler_threw;
    send_plain(peer, status_code::internal_server_error);
  } else if (before == phase::streaming) {
    phase_ = phase::closing;
    peer.abort(close_reason::handler_threw);  // Not close(): in HTTP/1.0 that would say that the body was whole.
  } else if (before != phase::closing) {
    close(peer, close_reason::handler_threw);
  }
}

// Not before everything was offered and answered: while requests wait, reading is paused. What is unread now will never
// be whole.
void session::on_eof(connection& peer) { close(peer, close_reason::peer_eof); }

void session::on_drained(connection& peer) {
  output_is_full_ = false;
  if (phase_ == phase::streaming) guard(peer, [&] { fill_stream(peer); });
}

void session::on_timeout(connection& peer, close_reason why) {
  if (why == close_reason::header_timeout) has_head_deadline_ = false;
  const bool takes_answers = why != close_reason::write_stall && why != close_reason::slow_output;
  if (!reads() || !takes_answers) {
    release();
    phase_ = phase::closing;
    peer.abort(why);
  } else if (is_inside_request()) {
    refuse(peer, status_code::request_timeout, why);
  } else {
    close(peer, why);
  }
}

// All that the kernel had when the drain began was offered before. What is unread is the beginning of a request, which
// is waited for; so is what is being answered.
void session::on_drain(connection& peer) {
  if (phase_ == phase::head && !has_unread_) close(peer, close_reason::drained);
}

bool session::can_move(const connection&) const noexcept {
  return phase_ != phase::deferred && phase_ != phase::streaming;
}

void session::on_moved(connection& peer) { context_ = &service_.on_loop(peer.loop()); }

void session::on_close(connection&, close_status) noexcept {
  phase_ = phase::closing;
  release();
}

void session::hold_input(connection& peer) {
  holds_input_ = true;
  peer.pause_reading();
}

void session::release_input(connection& peer) {
  if (!holds_input_) return;
  holds_input_ = false;
  peer.resume_reading();
}

void session::set_head_deadline(connection& peer) {
  if (has_head_deadline_) return;
  has_head_deadline_ = true;
  peer.set_deadline(service_.limits().header_timeout, close_reason::header_timeout);
}

void session::clear_head_deadline(connection& peer) {
  if (!has_head_deadline_) return;
  has_head_deadline_ = false;
  peer.clear_deadline();
}

void session::release() noexcept {
  if (const auto* const ticket = std::get_if<later_ticket>(&in_hand_)) context_->laters.take(*ticket);
  in_hand_ = {};
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
