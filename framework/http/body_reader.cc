#include "pinwheel/framework/http/body_reader.h"

#include <algorithm>

#include "pinwheel/framework/http/codec/status.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

body_reader::body_reader(std::string_view head_bytes, const request_head& head)
    : head_bytes_(head_bytes), bytes_left_(head.content_length().value_or(0)), chunked_(head.chunked()) {}

body_step body_reader::read(std::string_view input, const parse_limits& limits) {
  return chunked_ ? read_chunks(input, limits) : read_length(input);
}

body_step body_reader::read_length(std::string_view input) {
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), bytes_left_));
  body_.append(input.data(), taken);
  bytes_left_ -= taken;
  return {bytes_left_ == 0 ? body_step::outcome::done : body_step::outcome::need_more, 0, taken};
}

body_step body_reader::read_chunks(std::string_view input, const parse_limits& limits) {
  std::size_t consumed = 0;
  for (;;) {
    const chunk_step step = decoder_.next(input.substr(consumed), limits);
    consumed += step.consumed;
    if (step.kind == chunk_step::outcome::error) return {body_step::outcome::error, step.status, consumed};
    if (step.kind == chunk_step::outcome::done) return {body_step::outcome::done, 0, consumed};
    // Looked at also when a chunk has only been announced, so that it is refused before it arrives.
    const std::uint64_t room = limits.body_bytes_max - body_.size();
    if (step.data.size() > room || decoder_.chunk_bytes_left() > room - step.data.size()) {
      return {body_step::outcome::error, status_code::content_too_large, consumed};
    }
    body_.append(step.data);
    if (step.kind == chunk_step::outcome::need_more) return {body_step::outcome::need_more, 0, consumed};
  }
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
