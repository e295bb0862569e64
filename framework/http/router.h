// Says which handler answers which path and method.
//
//   pinwheel::http::router routes;
//   routes.get("/users/{id}", [](const auto& request, auto& response) { response.text(request.parameter("id")); });
//
// A pattern is literal segments and {parameters}; a parameter takes one segment that is not empty. A literal goes
// before a parameter. HEAD is answered by a GET route where there is none of its own, OPTIONS by the list of what is
// allowed. Paths are compared segment by segment, escapes decoded. "." and "..", a bad escape and an escaped slash are
// refused.
//
// Threads:   set up by one; afterwards shared, unchanged and without locks, by all loops: a handler may run on all of
//            them at once.
// Ownership: owns its handlers; outlives the servers that use it.
// Errors:    a malformed pattern and one that is registered twice abort, with the pattern in the message.
// Limits:    path_segments_max and route_parameters_max (route_pattern.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pinwheel/framework/http/codec/method.h"
#include "pinwheel/framework/http/route_match.h"
#include "pinwheel/framework/http/route_pattern.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

class request;
class response;

// What it captures is shared by all loops.
using handler = std::function<void(const request&, response&)>;

class router {
 public:
  router();
  ~router();
  router(const router&) = delete;
  router& operator=(const router&) = delete;

  void get(std::string_view pattern, handler answer) { add(method::get, pattern, std::move(answer)); }
  void head(std::string_view pattern, handler answer) { add(method::head, pattern, std::move(answer)); }
  void post(std::string_view pattern, handler answer) { add(method::post, pattern, std::move(answer)); }
  void put(std::string_view pattern, handler answer) { add(method::put, pattern, std::move(answer)); }
  void delete_(std::string_view pattern, handler answer) { add(method::delete_, pattern, std::move(answer)); }
  void patch(std::string_view pattern, handler answer) { add(method::patch, pattern, std::move(answer)); }
  void options(std::string_view pattern, handler answer) { add(method::options, pattern, std::move(answer)); }
  // Every method above for which the pattern has no route of its own.
  void any(std::string_view pattern, handler answer);

  // Fills `match`, whose views last until the next find() into it and as long as `path`.
  void find(method wanted, std::string_view path, route_match& match) const;

 private:
  struct node;
  class walk;

  void add(method wanted, std::string_view pattern, handler answer);
  void add(std::size_t row, std::string_view pattern, handler answer);
  [[nodiscard]] bool find_static(method wanted, std::string_view path, route_match& match) const;

  std::unique_ptr<node> root_;
  // Every node whose pattern has no parameter, by its path: what most requests ask for, found in one look.
  absl::flat_hash_map<std::string, const node*> static_nodes_;
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
