// The Date field of every response, prepared once a second instead of once a response (RFC 9110 section 6.6.1).
//
// Threads:   one at a time; a loop has its own.
// Ownership: owns its 37 bytes; text() views them until the next update().
// Errors:    none; times before the epoch or after the year 9999 are moved to the nearest that has a form.
#pragma once

#include <array>
#include <cstddef>
#include <ctime>
#include <string_view>

namespace pinwheel {
inline namespace v0 {
namespace http {

inline constexpr std::size_t http_date_bytes = std::string_view("Sun, 06 Nov 1994 08:49:37 GMT").size();

// Writes IMF-fixdate (RFC 9110 section 5.6.7), whatever the locale; answers the end of what it wrote.
// REQUIRES: room for http_date_bytes.
char* write_http_date(char* out, std::time_t time);

class date_line {
 public:
  static constexpr std::size_t bytes = std::string_view("Date: ").size() + http_date_bytes + 2;

  date_line() : date_line(0) {}
  explicit date_line(std::time_t time);

  // Costs a comparison while the second is the same.
  void update(std::time_t time) {
    if (time != time_) format(time);
  }

  // The whole line with its CRLF.
  std::string_view text() const { return {text_.data(), text_.size()}; }

 private:
  void format(std::time_t time);

  std::time_t time_;  // What text_ says.
  std::array<char, bytes> text_;
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
