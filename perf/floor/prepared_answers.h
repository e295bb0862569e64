// The bytes a floor answers with: many copies of one response, so that any number of requests is answered from one
// place.
//
// As all answers are alike, what a connection is still owed is only a number of bytes: its end is the end of a copy.
//
// Threads: one; each loop has its own.
// Limits:  one send takes at most `copies` answers; a client that asked for more gets them in several.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "peers/http_date.h"

namespace pinwheel::perf {

class prepared_answers {
 public:
  // Byte for byte http_example's answer to GET /plaintext.
  static constexpr std::string_view before_date = "HTTP/1.1 200 OK\r\nDate: ";
  static constexpr std::string_view after_date =
      "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 13\r\n\r\nHello, World!";
  static constexpr std::size_t answer_bytes = before_date.size() + http_date_bytes + after_date.size();
  static constexpr std::size_t copies = 512;

  prepared_answers() {
    for (std::size_t i = 0; i < copies; ++i) {
      bytes_.append(before_date).append(http_date_bytes, ' ').append(after_date);
    }
    set_date(current_second());
  }

  // An answer cut in two by a full socket may show digits of both dates.
  void set_date(std::time_t now) {
    const std::string date = http_date(now);
    for (std::size_t i = 0; i < copies; ++i) {
      std::copy(date.begin(), date.end(), bytes_.begin() + static_cast<long>(i * answer_bytes + before_date.size()));
    }
  }

  // What to send next to a client that is owed so many bytes: all of them, or as many as there are copies.
  std::string_view next(std::uint64_t owed) const {
    const std::size_t into_answer = (answer_bytes - owed % answer_bytes) % answer_bytes;
    return std::string_view(bytes_).substr(into_answer, owed);
  }

 private:
  std::string bytes_;
};

}  // namespace pinwheel::perf
