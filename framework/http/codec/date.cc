#include "pinwheel/framework/http/codec/date.h"

#include <algorithm>
#include <chrono>

#include "pinwheel/framework/http/codec/write.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

constexpr std::string_view day_names = "SunMonTueWedThuFriSat";
constexpr std::string_view month_names = "JanFebMarAprMayJunJulAugSepOctNovDec";

constexpr std::time_t last_time_with_a_form = 253402300799;  // 9999-12-31 23:59:59.

char* write_two_digits(char* out, unsigned value) {
  *out++ = static_cast<char>('0' + value / 10);
  *out++ = static_cast<char>('0' + value % 10);
  return out;
}

char* write_name(char* out, std::string_view names, unsigned index) {
  return write_text(out, names.substr(std::size_t{index} * 3, 3));
}

}  // namespace

char* write_http_date(char* out, std::time_t time) {
  using namespace std::chrono;
  const sys_seconds instant{seconds{std::clamp<std::time_t>(time, 0, last_time_with_a_form)}};
  const sys_days day = floor<days>(instant);
  const year_month_day date{day};
  const hh_mm_ss clock{instant - day};
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));

  out = write_name(out, day_names, weekday{day}.c_encoding());
  out = write_text(out, ", ");
  out = write_two_digits(out, static_cast<unsigned>(date.day()));
  *out++ = ' ';
  out = write_name(out, month_names, static_cast<unsigned>(date.month()) - 1);
  *out++ = ' ';
  out = write_two_digits(out, year / 100);
  out = write_two_digits(out, year % 100);
  *out++ = ' ';
  out = write_two_digits(out, static_cast<unsigned>(clock.hours().count()));
  *out++ = ':';
  out = write_two_digits(out, static_cast<unsigned>(clock.minutes().count()));
  *out++ = ':';
  out = write_two_digits(out, static_cast<unsigned>(clock.seconds().count()));
  return write_text(out, " GMT");
}

date_line::date_line(std::time_t time) { format(time); }

void date_line::format(std::time_t time) {
  time_ = time;
  char* out = write_text(text_.data(), "Date: ");
  out = write_http_date(out, time);
  write_text(out, "\r\n");
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
