// The value of a Date field: "Mon, 23 Nov 2026 13:40:57 GMT" (RFC 9110, 5.6.7), and what is made into one.
#pragma once

#include <cstddef>
#include <ctime>
#include <string>

namespace pinwheel::perf {

inline constexpr std::size_t http_date_bytes = 29;

inline std::string http_date(std::time_t when) {
  std::tm parts{};
  gmtime_r(&when, &parts);
  char text[http_date_bytes + 1];
  return {text, std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

// Now, exactly: std::time() may still say the second before when a timer has just waited for this one.
inline std::time_t current_second() {
  std::timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec;
}

}  // namespace pinwheel::perf
