// What all HTTP connections of a server share: its routes, its limits, and a loop_context for each loop.
//
// Threads:   any, after it was made; a loop's context is for that loop.
// Ownership: borrows the router and the metrics; outlives every connection, and every `later` still to be delivered.
// Errors:    none.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <map>

#include "pinwheel/framework/http/counters.h"
#include "pinwheel/framework/http/loop_context.h"
#include "pinwheel/framework/http/session_limits.h"
#include "pinwheel/reactor/loop_number.h"

namespace pinwheel {
inline namespace v0 {

class event_base;

namespace http {

class metrics_source;
class router;

class service {
 public:
  service(const http::router& routes, const session_limits& limits, const metrics_source& metrics)
      : routes_(routes), limits_(limits), metrics_(metrics) {}
  ~service();
  service(const service&) = delete;
  service& operator=(const service&) = delete;

  [[nodiscard]] const http::router& routes() const { return routes_; }
  [[nodiscard]] const session_limits& limits() const { return limits_; }
  [[nodiscard]] const metrics_source& metrics() const { return metrics_; }

  // The context of the caller's loop, made at its first connection.
  [[nodiscard]] loop_context& on_loop(const event_base& base);

  // By the loops' indices in their server. Absent: a loop that has served no connection yet.
  [[nodiscard]] std::map<std::size_t, const counters*> counted_by_loop() const;

 private:
  const http::router& routes_;
  const session_limits limits_;
  const metrics_source& metrics_;
  // By the bases' numbers, since connections may also be opened on bases that no server owns; each is set once, by its
  // own loop.
  std::array<std::atomic<loop_context*>, loops_max> contexts_{};
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
