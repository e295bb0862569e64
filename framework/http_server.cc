#include "pinwheel/framework/http_server.h"

#include <algorithm>
#include <cstddef>

#include "pinwheel/framework/http/metrics_source.h"
#include "pinwheel/framework/http/service.h"
#include "pinwheel/framework/http/session.h"
#include "pinwheel/framework/server.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

pinwheel::server_options transport_options(const server_options& options) {
  pinwheel::server_options chosen;
  chosen.loops = options.loops;
  chosen.pin = options.pin;
  chosen.backend = options.backend;
  chosen.drain_deadline = options.drain_deadline;
  return chosen;
}

// A head is read from what the connection keeps unread, so it must be able to keep a whole one.
connection_options connection_limits(const server_options& options) {
  connection_options chosen = options.connection;
  chosen.input_bytes_max = std::max<std::size_t>(chosen.input_bytes_max, options.limits.parse.header_bytes_max);
  return chosen;
}

}  // namespace

class server::parts final : public metrics_source {
 public:
  parts(const server_options& options, const router& routes)
      : service_(routes, options.limits, *this), transport_(transport_options(options)) {
    transport_.listen(options.listen, make_handler_with<session>(service_),
                      {.listener = options.listener, .connection = connection_limits(options)});
  }

  void write_metrics(std::string& out) const override {
    write_http_metrics(service_, out);
    write_server_metrics(transport_.counters(), out);
  }

  pinwheel::server& transport() noexcept { return transport_; }

 private:
  service service_;
  // Behind the service, which its connections, and what is posted to its loops, use to the end.
  pinwheel::server transport_;
};

server::server(const server_options& options, const router& routes)
    : parts_(std::make_unique<parts>(options, routes)) {}
server::~server() = default;

absl::Status server::start() { return transport().start(); }
int server::run() { return transport().run(); }
void server::drain(duration deadline) { transport().drain(deadline); }
void server::stop() { transport().stop(); }
void server::wait() { transport().wait(); }
const std::vector<address>& server::addresses() const noexcept { return parts_->transport().addresses(); }
pinwheel::server& server::transport() noexcept { return parts_->transport(); }

int serve(const server_options& options, const router& routes) { return server(options, routes).run(); }

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
