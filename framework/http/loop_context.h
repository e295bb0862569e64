// What all HTTP connections of one loop share: room to work in, the date, the counters.
//
// Threads:   loop-bound, but for `counted`.
// Ownership: owned by its service; its room belongs to one request at a time, from the parsing of the head to the
//            return of the handler.
// Errors:    none.
#pragma once

#include <chrono>
#include <cstddef>
#include <ctime>

#include "pinwheel/framework/http/codec/date.h"
#include "pinwheel/framework/http/codec/request_head.h"
#include "pinwheel/framework/http/counters.h"
#include "pinwheel/framework/http/later_table.h"
#include "pinwheel/framework/http/response.h"
#include "pinwheel/framework/http/route_match.h"
#include "pinwheel/reactor/base/clock.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

class service;

// The Date line; asks for the time of day when the loop's own time says that its second is over.
class loop_date {
 public:
  const date_line& at(time_point now) {
    if (now >= valid_until_) renew(now);
    return line_;
  }

 private:
  void renew(time_point now) {
    using std::chrono::system_clock;
    const auto since_epoch = system_clock::now().time_since_epoch();
    const auto second = std::chrono::floor<std::chrono::seconds>(since_epoch);
    line_.update(static_cast<std::time_t>(second.count()));
    valid_until_ = now + (second + std::chrono::seconds(1) - since_epoch);
  }

  date_line line_;
  time_point valid_until_ = time_point::min();
};

struct loop_context {
  loop_context(const http::service& shared, std::size_t index) : service(shared), loop_index(index) {}
  loop_context(const loop_context&) = delete;
  loop_context& operator=(const loop_context&) = delete;

  const http::service& service;
  const std::size_t loop_index;  // Among the loops of its server.
  request_head head;
  route_match match;
  response::fields_room fields;
  later_table laters;
  loop_date date;
  counters counted;
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
