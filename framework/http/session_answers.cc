// The half of the session that writes: answers, streamed bodies, and what follows from them for the connection.
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "pinwheel/framework/http/answer.h"
#include "pinwheel/framework/http/codec/serializer.h"
#include "pinwheel/framework/http/loop_context.h"
#include "pinwheel/framework/http/session.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

std::size_t bytes_of(std::span<const std::string_view> pieces) {
  std::size_t bytes = 0;
  for (const std::string_view piece : pieces) bytes += piece.size();
  return bytes;
}

// Head and body in one reservation. REQUIRES: `room` is enough for both and fits into a block of output.
write_result write_in_place(connection& peer, std::size_t room, const response_head& head, const date_line& date,
                            std::span<const std::string_view> pieces) {
  char* const begin = peer.reserve(room);
  if (begin == nullptr) return write_result::closed;
  char* end = write_head(begin, head, date);
  for (const std::string_view piece : pieces) end = write_text(end, piece);
  return peer.commit(static_cast<std::size_t>(end - begin));
}

// In one write, because the connection takes no second one while the first fills its output.
write_result write_gathered(connection& peer, std::size_t room, const response_head& head, const date_line& date,
                            std::span<const std::string_view> pieces) {
  std::string whole(room, '\0');
  char* end = write_head(whole.data(), head, date);
  for (const std::string_view piece : pieces) end = write_text(end, piece);
  whole.resize(static_cast<std::size_t>(end - whole.data()));
  return peer.write(std::move(whole));
}

}  // namespace

response_head session::begin_head(const connection& peer, const answer& given) {
  if (peer.is_draining() && !has_unread_) {
    keep_alive_ = false;
    close_why_ = close_reason::drained;
  }
  context_->counted.responses[static_cast<std::size_t>(given.status) / 100].add(1);
  response_head head;
  head.status = given.status;
  head.connection = connection_option_for(is_http_1_0_ ? 0 : 1, keep_alive_);
  head.content_type = given.content_type;
  head.extra_fields = given.extra_fields;
  return head;
}

void session::send(connection& peer, const answer& whole) {
  response_head head = begin_head(peer, whole);
  head.content_length = bytes_of(whole.pieces);
  if (whole.status == status_code::not_modified) head.framing = body_framing::none;
  const bool has_body = allows_content(whole.status) && !head_only_;
  const std::span<const std::string_view> pieces = has_body ? whole.pieces : std::span<const std::string_view>();
  const std::size_t room = head_bytes_max(head) + (has_body ? head.content_length : 0);
  const date_line& date = context_->date.at(peer.loop().now());
  note(room <= connection::output_block_bytes ? write_in_place(peer, room, head, date, pieces)
                                              : write_gathered(peer, room, head, date, pieces));
  finish(peer);
}

void session::send_plain(connection& peer, int status, std::string_view extra_fields) {
  send(peer, plain_answer(status, extra_fields).get());
}

void session::refuse(connection& peer, int status, close_reason why) {
  context_->counted.refused.add(1);
  keep_alive_ = false;
  close_why_ = why;
  send_plain(peer, status);
}

void session::start_stream(connection& peer, const answer& given, body_producer&& producer) {
  const bool is_chunked = !is_http_1_0_;
  if (!is_chunked) keep_alive_ = false;
  response_head head = begin_head(peer, given);
  head.framing = is_chunked ? body_framing::chunked : body_framing::none;
  const std::size_t room = head_bytes_max(head);
  const date_line& date = context_->date.at(peer.loop().now());
  note(room <= connection::output_block_bytes ? write_in_place(peer, room, head, date, {})
                                              : write_gathered(peer, room, head, date, {}));
  if (head_only_ || !allows_content(given.status) || phase_ == phase::closing) return finish(peer);
  context_->counted.streamed.add(1);
  in_hand_ = std::make_unique<body_stream>(std::move(producer), is_chunked);
  phase_ = phase::streaming;
  fill_stream(peer);
}

void session::fill_stream(connection& peer) {
  switch (std::get<std::unique_ptr<body_stream>>(in_hand_)->fill(peer)) {
    case body_stream::progress::waiting:
      return;
    case body_stream::progress::whole:
      in_hand_ = {};
      return finish(peer);
    case body_stream::progress::broken:
      in_hand_ = {};
      phase_ = phase::closing;
      peer.abort();
  }
}

later_ticket session::defer(connection& peer) {
  context_->counted.deferred.add(1);
  const later_ticket ticket = context_->laters.issue({&session::answer_deferred, &peer});
  in_hand_ = ticket;
  phase_ = phase::deferred;
  return ticket;
}

// The handler is a session: it withdraws its ticket when it is replaced or destroyed.
void session::answer_deferred(void* context, const answer& whole) {
  auto& peer = *static_cast<connection*>(context);
  auto& self = static_cast<session&>(peer.handler());
  self.in_hand_ = {};
  self.send(peer, whole);
}

void session::note(write_result result) {
  if (result == write_result::closed) {
    phase_ = phase::closing;
  } else if (result == write_result::above_high) {
    output_is_full_ = true;
  }
}

void session::finish(connection& peer) {
  if (phase_ == phase::closing) return;
  head_only_ = false;
  if (!keep_alive_) return close(peer, close_why_);
  phase_ = phase::head;
  release_input(peer);
}

void session::close(connection& peer, close_reason why) {
  phase_ = phase::closing;
  release();
  peer.close(why);
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
