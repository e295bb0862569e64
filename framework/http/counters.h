// What one loop's HTTP connections count.
//
// Threads:   each counter is written by its loop alone and may be read by any thread.
// Ownership: part of its loop_context.
// Errors:    none.
#pragma once

#include <array>
#include <cstddef>

#include "pinwheel/net/loop_counter.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

inline constexpr std::size_t status_classes = 6;  // Indexed by the status's first digit.

// On lines of its own, so that a reader does not slow down what the loop has beside it.
struct alignas(64) counters {
  loop_counter requests;  // Whose head was whole and well-formed.
  std::array<loop_counter, status_classes> responses;
  loop_counter refused;             // Answered with an error before a handler was looked for, and closed.
  loop_counter handler_exceptions;  // Thrown by handlers and by producers of bodies.
  loop_counter deferred;            // Requests that a handler chose to answer later.
  loop_counter streamed;            // Bodies produced as the peer read.
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
