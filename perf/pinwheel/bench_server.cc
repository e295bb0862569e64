// Pinwheel as the bench measures it: a program that a user could have written, with the routes of the other servers.
//
//   bench_server --listen=127.0.0.1:PORT [--loops=N] [--backend=NAME] [--pin=false]
//
//   GET /plaintext         13 bytes
//   POST /echo             the body, with its type
//   GET /bytes/1k, /1m     1,024 and 1,048,576 bytes
//   GET /stream?bytes=N    N bytes, chunked
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "peers/routes.h"
#include "pinwheel/framework/http_server.h"

namespace {

namespace http = pinwheel::http;
namespace routes = pinwheel::perf::routes;
using http::request;
using http::response;

constexpr std::chrono::hours longer_than_any_measurement{1};
constexpr std::size_t body_bytes_max = std::size_t{2} << 20;

void echo(const request& request, response& response) {
  response.body(request.field("Content-Type").value_or(routes::bytes_type), request.body());
}

void bytes(const request& request, response& response) {
  const std::string_view body = routes::bytes_of(request.path());
  if (body.empty()) return response.status(404).text("Not Found\n");
  response.body(routes::bytes_type, body);
}

void stream(const request& request, response& response) {
  const auto size = routes::stream_bytes_of(request.target());
  if (!size) return response.status(400).text("Bad Request\n");
  response.stream(http::content_type::text, [left = *size](http::body_writer& out) mutable {
    const std::uint64_t taken = std::min<std::uint64_t>(left, routes::stream_piece().size());
    out.write(routes::stream_piece().substr(0, taken));
    left -= taken;
    return left > 0;
  });
}

std::optional<http::server_options> options_from(int argc, char** argv) {
  http::server_options options;
  options.listen.clear();
  options.loops = 1;
  options.connection.idle_timeout = longer_than_any_measurement;
  options.limits.parse.body_bytes_max = body_bytes_max;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--listen=")) {
      options.listen = argument.substr(9);
    } else if (argument.starts_with("--backend=")) {
      options.backend = argument.substr(10);
    } else if (argument == "--pin=false") {
      options.pin = false;
    } else if (argument.starts_with("--loops=")) {
      const auto [stopped, error] =
          std::from_chars(argument.data() + 8, argument.data() + argument.size(), options.loops);
      if (error != std::errc() || *stopped != '\0') return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  if (options.listen.empty()) return std::nullopt;
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = options_from(argc, argv);
  if (!options) {
    std::fprintf(stderr, "usage: %s --listen=HOST:PORT [--loops=N] [--backend=NAME] [--pin=false]\n", argv[0]);
    return 1;
  }
  http::router router;
  router.get("/plaintext", [](const request&, response& response) { response.text(routes::hello); });
  router.post("/echo", echo);
  router.get("/bytes/{size}", bytes);
  router.get("/stream", stream);
  return http::serve(*options, router);
}
