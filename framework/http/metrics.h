// Answers with the counters of its server, by loop, as text for Prometheus.
//
//   routes.get("/metrics", pinwheel::http::metrics);
//
// Threads:   any loop of the server.
// Ownership: none.
// Errors:    none.
#pragma once

#include <string>

namespace pinwheel {
inline namespace v0 {

struct server_counters;

namespace http {

class request;
class response;
class service;

void metrics(const request& request, response& response);

// The parts they are made of: what HTTP counts, and what the connections below it do.
void write_http_metrics(const service& counted, std::string& out);
void write_server_metrics(const server_counters& counted, std::string& out);

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
