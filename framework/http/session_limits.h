// How much, and how slowly, a peer may send before it is refused.
#pragma once

#include <chrono>

#include "pinwheel/framework/http/codec/limits.h"
#include "pinwheel/reactor/base/clock.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

struct session_limits {
  parse_limits parse = {};
  // From the first byte of a request's head to its last; then 408. Time between requests and inside a body is
  // connection_options::idle_timeout's to bound.
  duration header_timeout = std::chrono::seconds(10);
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
