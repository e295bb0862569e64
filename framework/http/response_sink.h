// Where a response goes: an HTTP/1 connection today, a stream of something else tomorrow.
//
// Threads:   its connection's loop.
// Ownership: lives for one handler call; borrows what it is given only for the call.
// Errors:    none; what the peer does not take any more is dropped.
#pragma once

#include <string_view>

#include "pinwheel/framework/http/answer.h"
#include "pinwheel/framework/http/body_writer.h"
#include "pinwheel/framework/http/later.h"
#include "pinwheel/net/address.h"

namespace pinwheel {
inline namespace v0 {

class event_base;

namespace http {

class response_sink {
 public:
  // Each answers the request. REQUIRES: none of them was called before.
  virtual void send(const answer& whole) = 0;
  virtual void stream(const answer& head, body_producer&& producer) = 0;
  virtual http::later defer(int status, std::string_view extra_fields) = 0;

  [[nodiscard]] virtual event_base& loop() const = 0;
  [[nodiscard]] virtual address peer_address() const = 0;

 protected:
  response_sink() = default;
  response_sink(const response_sink&) = delete;
  response_sink& operator=(const response_sink&) = delete;
  ~response_sink() = default;
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
