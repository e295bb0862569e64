#include "pinwheel/framework/http/codec/chunked_decoder.h"

#include <algorithm>

#include "pinwheel/framework/http/codec/ascii.h"
#include "pinwheel/framework/http/codec/status.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

// 16 hexadecimal digits are 64 bits, so that the size cannot overflow.
constexpr std::uint8_t size_digits_max = 16;

// What may stand in an extension or a trailer's value.
bool is_field_byte(char c) { return !is_control(c) || c == '\t'; }

}  // namespace

chunk_step chunked_decoder::next(std::string_view input, const parse_limits& limits) {
  using outcome = chunk_step::outcome;
  std::size_t at = 0;
  while (at < input.size() && state_ != state::data && state_ != state::done) {
    if (const int status = on_byte(input[at], limits); status != 0) return {outcome::error, status, at, {}};
    ++at;
  }
  if (state_ == state::done) return {outcome::done, 0, at, {}};
  if (at == input.size()) return {outcome::need_more, 0, at, {}};

  const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_bytes_left_, input.size() - at));
  chunk_bytes_left_ -= piece;
  if (chunk_bytes_left_ == 0) state_ = state::data_carriage_return;
  return {outcome::data, 0, at + piece, input.substr(at, piece)};
}

int chunked_decoder::on_byte(char c, const parse_limits& limits) {
  switch (state_) {
    case state::first_digit:
    case state::digit:
    case state::blank_or_semicolon:
    case state::extension:
    case state::size_line_feed:
      return on_size_byte(c, limits);
    case state::data_carriage_return:
      return expect('\r', c, state::data_line_feed);
    case state::data_line_feed:
      return expect('\n', c, state::first_digit);
    case state::trailer_begin:
    case state::trailer_name:
    case state::trailer_value:
    case state::trailer_line_feed:
    case state::last_line_feed:
      return on_trailer_byte(c, limits);
    case state::data:
    case state::done:
      break;
  }
  return status_code::bad_request;
}

int chunked_decoder::on_size_byte(char c, const parse_limits& limits) {
  switch (state_) {
    case state::first_digit:
      chunk_bytes_left_ = 0;
      digits_ = 0;
      return on_digit(c);
    case state::digit:
      return hex_value(c) >= 0 ? on_digit(c) : on_behind_size(c);
    case state::size_line_feed:
      return expect('\n', c, chunk_bytes_left_ == 0 ? state::trailer_begin : state::data);
    default:
      break;
  }
  if (++extension_bytes_ > limits.chunk_extension_bytes_max) return status_code::bad_request;
  if (state_ == state::blank_or_semicolon) return is_blank(c) ? 0 : expect(';', c, state::extension);
  return is_field_byte(c) ? 0 : expect('\r', c, state::size_line_feed);
}

int chunked_decoder::on_digit(char c) {
  const int value = hex_value(c);
  if (value < 0 || ++digits_ > size_digits_max) return status_code::bad_request;
  chunk_bytes_left_ = chunk_bytes_left_ << 4 | static_cast<std::uint64_t>(value);
  state_ = state::digit;
  return 0;
}

int chunked_decoder::on_behind_size(char c) {
  if (is_blank(c)) {
    state_ = state::blank_or_semicolon;
    return 0;
  }
  if (c != ';') return expect('\r', c, state::size_line_feed);
  state_ = state::extension;
  return 0;
}

int chunked_decoder::on_trailer_byte(char c, const parse_limits& limits) {
  if (++trailer_bytes_ > limits.trailer_bytes_max) return status_code::request_header_fields_too_large;
  switch (state_) {
    case state::trailer_begin:
      state_ = state::trailer_name;
      return is_token_char(c) ? 0 : expect('\r', c, state::last_line_feed);
    case state::trailer_name:
      return is_token_char(c) ? 0 : expect(':', c, state::trailer_value);
    case state::trailer_value:
      return is_field_byte(c) ? 0 : expect('\r', c, state::trailer_line_feed);
    case state::trailer_line_feed:
      return expect('\n', c, state::trailer_begin);
    default:
      return expect('\n', c, state::done);
  }
}

int chunked_decoder::expect(char wanted, char c, state then) {
  state_ = then;
  return c == wanted ? 0 : status_code::bad_request;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
