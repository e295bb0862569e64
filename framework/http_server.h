// Serves HTTP/1 by routes: all that most programs need of the framework.
//
//   int main() {
//     pinwheel::http::router routes;
//     routes.get("/hello/{name}", [](const pinwheel::http::request& request, pinwheel::http::response& response) {
//       response.text("Hello, ", request.parameter("name"), "!");
//     });
//     return pinwheel::http::serve({.listen = "127.0.0.1:8080"}, routes);
//   }
//
// Threads:   as pinwheel::server. Handlers run on all of its loops at once.
// Ownership: borrows the router, which no longer changes.
// Errors:    start() answers with a message that a person can act on.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "pinwheel/framework/http/metrics.h"
#include "pinwheel/framework/http/request.h"
#include "pinwheel/framework/http/response.h"
#include "pinwheel/framework/http/router.h"
#include "pinwheel/framework/http/session_limits.h"
#include "pinwheel/framework/loop_placement.h"
#include "pinwheel/net/address.h"
#include "pinwheel/net/connection_options.h"
#include "pinwheel/net/listener.h"
#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

class server;

namespace http {

struct server_options {
  std::string listen = "127.0.0.1:8080";  // Or "[::]:8080", ":8080" (all of IPv4), "unix:/run/name.sock".
  unsigned loops = one_per_cpu;
  bool pin = true;               // Each loop's thread to one of the CPUs that the process may use.
  std::string backend = "auto";  // Or its name: see event_base_options.
  duration drain_deadline = std::chrono::seconds(10);  // Of serve() and run(), once they were told to end.
  session_limits limits = {};
  listener_options listener = {};
  connection_options connection = {};
};

// Serves until SIGTERM or SIGINT, then drains. Answers what main() should: see pinwheel::server::run().
int serve(const server_options& options, const router& routes);

// The same in pieces, for programs that do more than serve.
class server {
 public:
  server(const server_options& options, const router& routes);
  ~server();  // Stops and waits.
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  // As those of pinwheel::server.
  absl::Status start();
  int run();
  void drain(duration deadline);
  void stop();
  void wait();
  [[nodiscard]] const std::vector<address>& addresses() const noexcept;

  // What the connections are on: counters, for_each, placement.
  [[nodiscard]] pinwheel::server& transport() noexcept;

 private:
  class parts;

  std::unique_ptr<parts> parts_;
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
