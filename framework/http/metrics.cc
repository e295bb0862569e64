#include "pinwheel/framework/http/metrics.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>

#include "pinwheel/framework/http/counters.h"
#include "pinwheel/framework/http/metrics_source.h"
#include "pinwheel/framework/http/metrics_text.h"
#include "pinwheel/framework/http/request.h"
#include "pinwheel/framework/http/response.h"
#include "pinwheel/framework/http/service.h"
#include "pinwheel/framework/server_counters.h"
#include "pinwheel/net/close_reason.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

template <class Counters, class Counter>
struct family {
  Counter Counters::* counted;
  std::string_view name;
  std::string_view help;
};

constexpr family<counters, loop_counter> http_families[] = {
    {&counters::requests, "pinwheel_http_requests_total", "Requests that were whole and well-formed."},
    {&counters::refused, "pinwheel_http_refused_total", "Requests refused before they were whole."},
    {&counters::handler_exceptions, "pinwheel_http_handler_exceptions_total", "Exceptions out of handlers."},
    {&counters::deferred, "pinwheel_http_deferred_total", "Requests that a handler chose to answer later."},
    {&counters::streamed, "pinwheel_http_streamed_total", "Bodies produced as the peer read."},
};

constexpr family<loop_counters, std::uint64_t> loop_families[] = {
    {&loop_counters::opened, "pinwheel_connections_opened_total", "Connections given to the loop."},
    {&loop_counters::refused, "pinwheel_connections_refused_total", "Connections that could not be opened."},
    {&loop_counters::moved_in, "pinwheel_connections_moved_in_total", "Connections that came from another loop."},
    {&loop_counters::moved_out, "pinwheel_connections_moved_out_total", "Connections that left for another loop."},
    {&loop_counters::bytes_in, "pinwheel_bytes_in_total", "Bytes received."},
    {&loop_counters::bytes_out, "pinwheel_bytes_out_total", "Bytes sent."},
    {&loop_counters::receives, "pinwheel_receives_total", "System calls that received."},
    {&loop_counters::sends, "pinwheel_sends_total", "System calls that sent."},
};

constexpr family<accept_counters, std::uint64_t> accept_families[] = {
    {&accept_counters::accepted, "pinwheel_accepted_total", "Connections accepted."},
    {&accept_counters::back_offs, "pinwheel_accept_back_offs_total", "Waits for descriptors or memory."},
    {&accept_counters::dropped, "pinwheel_accept_dropped_total", "Connections whose loop could not take them."},
};

constexpr std::string_view class_names[status_classes] = {"", "1xx", "2xx", "3xx", "4xx", "5xx"};
constexpr std::size_t first_final_class = 2;

}  // namespace

void metrics(const request& request, response& response) {
  std::string text;
  request.server_metrics().write_metrics(text);
  response.body(metrics_content_type, text);
}

void write_http_metrics(const service& counted, std::string& out) {
  const std::map<std::size_t, const counters*> by_loop = counted.counted_by_loop();
  metrics_text text(out);
  for (const auto& each : http_families) {
    text.counter(each.name, each.help);
    for (const auto& [loop, of_loop] : by_loop) text.sample(loop, (of_loop->*each.counted).value());
  }
  text.counter("pinwheel_http_responses_total", "Responses, by the class of their status.");
  for (const auto& [loop, of_loop] : by_loop) {
    for (std::size_t each = first_final_class; each < status_classes; ++each) {
      text.sample(loop, "status", class_names[each], of_loop->responses[each].value());
    }
  }
}

void write_server_metrics(const server_counters& counted, std::string& out) {
  metrics_text text(out);
  for (const auto& each : accept_families) {
    text.counter(each.name, each.help);
    text.sample(counted.acceptor.*each.counted);
  }
  for (const auto& each : loop_families) {
    text.counter(each.name, each.help);
    for (std::size_t at = 0; at < counted.loops.size(); ++at) text.sample(at, counted.loops[at].*each.counted);
  }
  text.gauge("pinwheel_connections_open", "Connections that are open.");
  for (std::size_t at = 0; at < counted.loops.size(); ++at) text.sample(at, counted.loops[at].open());
  text.counter("pinwheel_connections_closed_total", "Connections closed, by why.");
  for (std::size_t at = 0; at < counted.loops.size(); ++at) {
    for (std::size_t why = 0; why < close_reasons; ++why) {
      const std::string_view reason = to_string(static_cast<close_reason>(why));
      text.sample(at, "reason", reason, counted.loops[at].closed_by_reason[why]);
    }
  }
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
