#include "pinwheel/framework/http/metrics.h"

#include <cstddef>
#include <map>
#include <string_view>

#include "pinwheel/framework/http/counters.h"
#include "pinwheel/framework/http/metrics_source.h"
#include "pinwheel/framework/http/metrics_text.h"
#include "pinwheel/framework/http/request.h"
#include "pinwheel/framework/http/response.h"
#include "pinwheel/framework/http/service.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

struct family {
  loop_counter counters::* counted;
  std::string_view name;
  std::string_view help;
};

constexpr family families[] = {
    {&counters::requests, "pinwheel_http_requests_total", "Requests that were whole and well-formed."},
    {&counters::refused, "pinwheel_http_refused_total", "Requests refused before they were whole."},
    {&counters::handler_exceptions, "pinwheel_http_handler_exceptions_total", "Exceptions out of handlers."},
    {&counters::deferred, "pinwheel_http_deferred_total", "Requests that a handler chose to answer later."},
    {&counters::streamed, "pinwheel_http_streamed_total", "Bodies produced as the peer read."},
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
  for (const family& each : families) {
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

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
