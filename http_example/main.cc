// An HTTP server that shows what routes can do: http_example --help
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "page.h"
#include "pinwheel/framework/http_server.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:8080",
          "address: HOST:PORT, [HOST]:PORT, :PORT or unix:PATH; port 0 lets the kernel choose");
ABSL_FLAG(std::uint32_t, loops, 0, "event loops, each on a thread of its own; 0: one for each CPU");
ABSL_FLAG(bool, pin, true, "pin each loop's thread to a CPU");
ABSL_FLAG(std::string, backend, "auto", "how loops wait for the kernel: epoll, poll, or auto for the best of them");
ABSL_FLAG(absl::Duration, drain_deadline, absl::Seconds(10), "how long SIGTERM or Ctrl-C lets open requests go on");
ABSL_FLAG(absl::Duration, idle_timeout, absl::Seconds(60), "closes a connection without a byte in or out for so long");
ABSL_FLAG(absl::Duration, header_timeout, absl::Seconds(10), "how long the head of a request may take to arrive");
ABSL_FLAG(std::uint64_t, body_bytes_max, 1 << 20, "the longest body of a request that is taken");

namespace {

namespace http = pinwheel::http;
using http::request;
using http::response;

constexpr std::uint64_t slow_ms_max = 30'000;
constexpr std::uint64_t stream_bytes_max = std::uint64_t{1} << 40;

// The query's number of that name, or `otherwise` where there is none. Empty if it is not a number up to `max`.
std::optional<std::uint64_t> number_in_query(const request& request, std::string_view name, std::uint64_t otherwise,
                                             std::uint64_t max) {
  const std::optional<std::string> text = request.query_parameter(name);
  if (!text) return otherwise;
  std::uint64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stopped != end || value > max) return std::nullopt;
  return value;
}

void refuse_number(response& response, std::string_view name, std::uint64_t max) {
  response.status(400).text(name, " must be a whole number from 0 to ", std::to_string(max), "\n");
}

void hello(const request& request, response& response) { response.text("Hello, ", request.parameter("name"), "!"); }

void echo(const request& request, response& response) {
  response.body(request.field("Content-Type").value_or("application/octet-stream"), request.body());
}

void slow(const request& request, response& response) {
  const auto ms = number_in_query(request, "ms", 100, slow_ms_max);
  if (!ms) return refuse_number(response, "ms", slow_ms_max);
  request.loop().after(std::chrono::milliseconds(*ms),
                       [later = response.later()]() mutable { later.text("This took a while.\n"); });
}

void stream(const request& request, response& response) {
  static const std::string piece = [] {
    std::string lines;
    while (lines.size() < 8192)
      lines += "This line is made as fast as it is read, and comes again until the bytes are used up.\n";
    return lines;
  }();
  const auto bytes = number_in_query(request, "bytes", piece.size(), stream_bytes_max);
  if (!bytes) return refuse_number(response, "bytes", stream_bytes_max);
  response.stream(http::content_type::text, [left = *bytes](http::body_writer& out) mutable {
    const std::uint64_t taken = std::min<std::uint64_t>(left, piece.size());
    out.write(std::string_view(piece).substr(0, taken));
    left -= taken;
    return left > 0;
  });
}

void add_routes(http::router& routes) {
  routes.get("/", [](const request&, response& response) { response.html(example::page); });
  routes.get("/plaintext", [](const request&, response& response) { response.text("Hello, World!"); });
  routes.get("/json", [](const request&, response& response) { response.json(R"({"message":"Hello, World!"})"); });
  routes.post("/echo", echo);
  routes.get("/hello/{name}", hello);
  routes.get("/slow", slow);
  routes.get("/stream", stream);
  routes.get("/metrics", http::metrics);
}

// Answers whether every time is one; says so where it is not.
bool check_times() {
  const std::pair<const char*, absl::Duration> times[] = {{"drain_deadline", absl::GetFlag(FLAGS_drain_deadline)},
                                                          {"idle_timeout", absl::GetFlag(FLAGS_idle_timeout)},
                                                          {"header_timeout", absl::GetFlag(FLAGS_header_timeout)}};
  for (const auto& [name, time] : times) {
    if (time >= absl::ZeroDuration() && time <= absl::Hours(24)) continue;
    std::fprintf(stderr, "http_example: --%s must be from 0s to 24h\n", name);
    return false;
  }
  return true;
}

http::server_options options_from_flags() {
  http::server_options options;
  options.listen = absl::GetFlag(FLAGS_listen);
  options.loops = absl::GetFlag(FLAGS_loops);
  options.pin = absl::GetFlag(FLAGS_pin);
  options.backend = absl::GetFlag(FLAGS_backend);
  options.drain_deadline = absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_drain_deadline));
  options.connection.idle_timeout = absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_idle_timeout));
  options.limits.header_timeout = absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_header_timeout));
  options.limits.parse.body_bytes_max = absl::GetFlag(FLAGS_body_bytes_max);
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "A small HTTP server on Pinwheel; / lists what it answers.\nUsage: http_example [--flag=value...]");
  absl::FlagsUsageConfig help;
  help.contains_help_flags = [](absl::string_view file) { return absl::EndsWith(file, "main.cc"); };
  absl::SetFlagsUsageConfig(help);
  const auto arguments = absl::ParseCommandLine(argc, argv);
  if (arguments.size() > 1) {
    std::fprintf(stderr, "http_example: '%s' is not a flag; --help lists them\n", arguments[1]);
    return 1;
  }
  if (!check_times()) return 1;
  http::router routes;
  add_routes(routes);
  return http::serve(options_from_flags(), routes);
}
