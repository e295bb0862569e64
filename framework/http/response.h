// What a handler answers with: a status and fields if wanted, then exactly one of the calls that end it.
//
// Threads:   the connection's loop, during the handler's call. To answer afterwards: later().
// Ownership: copies what it is given before the call returns.
// Errors:    a status that cannot end an exchange, and a field that is refused, make the answer a 500: what was meant
//            cannot be sent. Of several answers the first counts; the others are logged and dropped.
// Limits:    response_fields_bytes_max for all fields together.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "pinwheel/framework/http/answer.h"
#include "pinwheel/framework/http/body_writer.h"
#include "pinwheel/framework/http/later.h"
#include "pinwheel/framework/http/response_sink.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

inline constexpr std::size_t response_fields_bytes_max = 8 << 10;

class response {
 public:
  using fields_room = std::array<char, response_fields_bytes_max>;

  // What a session makes. `room` takes the fields' lines until the answer is sent.
  response(response_sink& sink, fields_room& room) : sink_(sink), room_(room), fields_end_(room.data()) {}
  response(const response&) = delete;
  response& operator=(const response&) = delete;

  // 200 to 599; 200 unless set.
  response& status(int code);
  // Adds a field; false if it is refused: a name that is no token or that the framework writes itself (Content-Type
  // comes with the body), or a value with CR, LF, NUL or another control byte.
  bool header(std::string_view name, std::string_view value);

  // The pieces, one behind the other.
  template <std::convertible_to<std::string_view>... Pieces>
  void text(const Pieces&... pieces) {
    send(content_type::text, std::array<std::string_view, sizeof...(Pieces)>{pieces...});
  }
  void html(std::string_view bytes) { send(content_type::html, {&bytes, 1}); }
  void json(std::string_view bytes) { send(content_type::json, {&bytes, 1}); }
  void body(std::string_view type, std::string_view bytes);
  // No body and no type: what a redirect or a 204 wants.
  void end() { send({}, {}); }

  // A body of any length, produced as the peer reads. Chunked; for HTTP/1.0 it ends with the connection.
  void stream(std::string_view type, body_producer producer);

  // The right to answer after this handler has returned. Status and fields set so far go with it.
  [[nodiscard]] http::later later();

 private:
  void send(std::string_view type, std::span<const std::string_view> pieces);
  // False when it was answered before, or will be later.
  bool begin();
  void fail();
  [[nodiscard]] std::string_view extra_fields() const {
    return {room_.data(), static_cast<std::size_t>(fields_end_ - room_.data())};
  }

  response_sink& sink_;
  fields_room& room_;
  char* fields_end_;
  int status_ = status_code::ok;
  bool is_answered_ = false;
  bool refused_ = false;  // What was meant cannot be sent.
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
