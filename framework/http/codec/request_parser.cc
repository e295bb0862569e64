#include "pinwheel/framework/http/codec/request_parser.h"

#include <algorithm>
#include <cstring>

#include "pinwheel/framework/http/codec/ascii.h"
#include "pinwheel/framework/http/codec/field.h"
#include "pinwheel/framework/http/codec/framing.h"
#include "pinwheel/framework/http/codec/request_line.h"
#include "pinwheel/framework/http/codec/scan.h"
#include "pinwheel/framework/http/codec/status.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

// One walk over the lines of a head, from the line that `progress` names to the last one that is whole.
class head_reader {
 public:
  head_reader(std::string_view input, const parse_limits& limits, const parse_progress& progress, request_head& head)
      : begin_(input.data()),
        end_(begin_ + std::min<std::size_t>(input.size(), limits.header_bytes_max)),
        head_full_(input.size() >= limits.header_bytes_max),
        limits_(limits),
        head_(head),
        line_(begin_ + progress.lines_end),
        unscanned_(begin_ + progress.scanned),
        lines_(progress.lines) {}

  parse_result read();

  // Where the next walk goes on. REQUIRES: this one answered need_more.
  parse_progress progress() const {
    return {static_cast<std::uint32_t>(line_ - begin_), static_cast<std::uint32_t>(end_ - begin_), lines_};
  }

 private:
  // Both pass lines for as long as these are whole and good, and answer need_more with the first line that is not
  // there.
  parse_result read_request_line();
  parse_result read_fields();

  int keep_field(const char* line_end);
  parse_result finish(const char* head_end);
  const char* find_line_end(const char* line, const char* window_end) const;
  bool holds_line_feed(const char* line, const char* window_end) const;
  void pass_line(const char* line_end);

  const char* const begin_;
  const char* const end_;  // Of the input, or of the part of it that a head may take.
  const bool head_full_;   // No byte may be added to [begin_, end_).
  const parse_limits& limits_;
  request_head& head_;
  framing_reader framing_;
  const char* line_;             // Begin of the line to read next.
  const char* const unscanned_;  // Earlier calls found no LF between line_ and here, if here is behind it.
  std::uint32_t lines_;          // Passed so far, the request line included.
};

parse_result head_reader::read() {
  if (lines_ == 0) {
    const parse_result result = read_request_line();
    if (lines_ == 0) return result;
  }
  return read_fields();
}

parse_result head_reader::read_request_line() {
  const char* line = begin_;
  for (std::size_t i = 0; i < leading_empty_lines_max && end_ - line >= 2 && line[0] == '\r' && line[1] == '\n'; ++i) {
    line += 2;
  }
  // Who speaks another protocol (TLS, most often) is told so at once: its bytes may never hold a LF.
  if (line != end_ && !is_token_char(*line) && *line != '\r') return parse_result::refuse(status_code::bad_request);

  const std::size_t line_bytes =
      std::min<std::size_t>(static_cast<std::size_t>(end_ - line), limits_.request_line_bytes_max);
  const char* const window_end = line + line_bytes;
  const char* const line_end = find_line_end(line, window_end);
  if (line_end == nullptr) {
    if (holds_line_feed(line, window_end)) return parse_result::refuse(status_code::bad_request);
    if (line_bytes == limits_.request_line_bytes_max) return parse_result::refuse(status_code::uri_too_long);
    if (head_full_) return parse_result::refuse(status_code::request_header_fields_too_large);
    return parse_result::more();
  }
  const std::string_view text(line, static_cast<std::size_t>(line_end - line));
  if (const int status = parse_request_line(text, head_.line_); status != 0) return parse_result::refuse(status);
  pass_line(line_end);
  return parse_result::more();
}

parse_result head_reader::read_fields() {
  head_.field_count_ = lines_ - 1;
  for (;;) {
    const char* const line_end = find_line_end(line_, end_);
    if (line_end == nullptr) {
      if (holds_line_feed(line_, end_)) return parse_result::refuse(status_code::bad_request);
      if (head_full_) return parse_result::refuse(status_code::request_header_fields_too_large);
      return parse_result::more();
    }
    if (line_end == line_) return finish(line_end + 2);
    if (const int status = keep_field(line_end); status != 0) return parse_result::refuse(status);
    pass_line(line_end);
  }
}

int head_reader::keep_field(const char* line_end) {
  if (head_.field_count_ >= std::min<std::size_t>(limits_.fields_max, fields_room)) {
    return status_code::request_header_fields_too_large;
  }
  field_view& field = head_.fields_[head_.field_count_];
  if (!split_field_line(line_, line_end, field)) return status_code::bad_request;
  framing_.on_field(field);
  ++head_.field_count_;
  return 0;
}

parse_result head_reader::finish(const char* head_end) {
  if (const int status = framing_.finish(head_.line_.minor_version); status != 0) return parse_result::refuse(status);
  head_.framing_ = framing_.framing();
  return parse_result::complete(static_cast<std::size_t>(head_end - begin_));
}

// The CR of the CRLF that ends a line without control bytes but tabs. Null if the line is not whole or not such a line:
// holds_line_feed() tells which.
const char* head_reader::find_line_end(const char* line, const char* window_end) const {
  if (unscanned_ > line && !holds_line_feed(line, window_end)) return nullptr;
  const char* p = find_control(line, window_end);
  while (p != window_end && *p == '\t') p = find_control(p + 1, window_end);
  return window_end - p >= 2 && p[0] == '\r' && p[1] == '\n' ? p : nullptr;
}

bool head_reader::holds_line_feed(const char* line, const char* window_end) const {
  const char* const from = std::max(line, unscanned_);
  return from < window_end && std::memchr(from, '\n', static_cast<std::size_t>(window_end - from)) != nullptr;
}

void head_reader::pass_line(const char* line_end) {
  line_ = line_end + 2;
  ++lines_;
}

parse_result parse_request_head(std::string_view input, const parse_limits& limits, parse_progress& progress,
                                request_head& head) {
  head_reader reader(input, limits, progress, head);
  parse_result result = reader.read();
  if (result.kind == parse_result::outcome::need_more) {
    progress = reader.progress();
    return result;
  }
  if (progress.lines > 0) {
    // Earlier calls judged their lines and forgot them; now that all are here, one walk over the whole head keeps them.
    progress = {};
    result = head_reader(input, limits, progress, head).read();
  }
  progress = {};
  return result;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
