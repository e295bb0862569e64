#include "pinwheel/framework/http/router.h"

#include <optional>
#include <span>
#include <utility>

#include "absl/strings/string_view.h"
#include "pinwheel/framework/http/codec/uri.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

constexpr std::size_t row_of(method value) { return static_cast<std::size_t>(value); }
constexpr std::size_t any_row = row_of(method::other);  // No route is registered for an unknown method.
constexpr std::size_t rows = any_row + 1;

constexpr std::array routable = {method::get,     method::head,  method::post,   method::put,
                                 method::delete_, method::patch, method::options};

constexpr method_set routable_set = [] {
  unsigned set = 0;
  for (const method known : routable) set |= bit_of(known);
  return static_cast<method_set>(set);
}();

[[noreturn]] void refuse(std::string_view pattern, std::string_view reason) {
  std::string message("the route '");
  message.append(pattern).append("' cannot be registered: ").append(reason);
  base::check_failed(__FILE__, __LINE__, "router::add", message.c_str());
}

std::string path_of(std::span<const pattern_segment> segments) {
  std::string path;
  for (const pattern_segment& segment : segments) path.append(1, '/').append(segment.text);
  return path;
}

}  // namespace

std::string allow_value(method_set allowed) {
  std::string value;
  for (const method known : routable) {
    if ((allowed & bit_of(known)) == 0) continue;
    if (!value.empty()) value += ", ";
    value += to_string(known);
  }
  return value;
}

// The place in the tree of patterns that one run of segments leads to.
struct router::node {
  absl::flat_hash_map<std::string, std::unique_ptr<node>> literals;
  std::unique_ptr<node> parameter;
  std::array<std::unique_ptr<route>, rows> routes;  // By method; the last is of any().

  [[nodiscard]] const node* find_literal(std::string_view text) const {
    const auto found = literals.find(absl::string_view(text.data(), text.size()));
    return found == literals.end() ? nullptr : found->second.get();
  }

  [[nodiscard]] const route* find(method wanted) const {
    if ((routable_set & bit_of(wanted)) == 0) return nullptr;
    if (const route* exact = routes[row_of(wanted)].get()) return exact;
    if (wanted == method::head && routes[row_of(method::get)]) return routes[row_of(method::get)].get();
    return routes[any_row].get();
  }

  [[nodiscard]] method_set allowed() const {
    method_set set = 0;
    for (const method known : routable) {
      if (find(known) != nullptr) set = static_cast<method_set>(set | bit_of(known));
    }
    return set == 0 ? set : static_cast<method_set>(set | bit_of(method::options));
  }
};

router::router() : root_(std::make_unique<node>()) {}
router::~router() = default;

void router::add(method wanted, std::string_view pattern, handler answer) {
  add(row_of(wanted), pattern, std::move(answer));
}

void router::any(std::string_view pattern, handler answer) { add(any_row, pattern, std::move(answer)); }

void router::add(std::size_t row, std::string_view pattern, handler answer) {
  const route_pattern parsed = parse_route_pattern(pattern);
  if (!parsed.error.empty()) refuse(pattern, parsed.error);
  if (!answer) refuse(pattern, "its handler is empty");
  auto made = std::make_unique<route>();
  made->answer = std::move(answer);
  node* at = root_.get();
  for (const pattern_segment& segment : parsed.segments) {
    std::unique_ptr<node>& next = segment.is_parameter ? at->parameter : at->literals[std::string(segment.text)];
    if (segment.is_parameter) made->parameter_names.emplace_back(segment.text);
    if (!next) next = std::make_unique<node>();
    at = next.get();
  }
  if (at->routes[row]) refuse(pattern, "the same method already has a route of the same form");
  if (made->parameter_names.empty()) static_nodes_[path_of(parsed.segments)] = at;
  at->routes[row] = std::move(made);
}

// One search of the tree. It backs out of a literal that leads nowhere and tries the parameter beside it; a node is
// entered at most once, since its depth fixes the segment it is compared with.
class router::walk {
 public:
  walk(method wanted, route_match& match) : wanted_(wanted), match_(match) {}

  // Decodes the whole path first, so that a bad one is refused wherever the search would have ended. False: bad.
  bool split(std::string_view path) {
    if (!path.starts_with('/')) return false;
    match_.decoded.resize(path.size());
    char* room = match_.decoded.data();
    while (!path.empty()) {
      if (count_ == path_segments_max) return true;  // Longer than any pattern: nothing is found.
      const std::string_view raw = take_path_segment(path);
      const decoded_segment decoded = decode_segment(raw, room);
      if (!decoded.valid || decoded.holds_slash || decoded.is_dots) return false;
      segments_[count_++] = decoded.text;
      room += raw.size();
    }
    is_whole_ = true;
    return true;
  }

  void search(const node& root) {
    if (is_whole_) match_.to = descend(root, 0, 0);
  }

 private:
  const route* descend(const node& at, std::size_t depth, std::size_t parameters) {
    if (depth == count_) return finish(at);
    const std::string_view segment = segments_[depth];
    if (const node* literal = at.find_literal(segment)) {
      if (const route* found = descend(*literal, depth + 1, parameters)) return found;
    }
    if (!at.parameter || segment.empty()) return nullptr;
    match_.parameters[parameters] = segment;
    return descend(*at.parameter, depth + 1, parameters + 1);
  }

  const route* finish(const node& at) {
    const route* const found = at.find(wanted_);
    if (found == nullptr) match_.allowed = static_cast<method_set>(match_.allowed | at.allowed());
    return found;
  }

  const method wanted_;
  route_match& match_;
  std::array<std::string_view, path_segments_max> segments_;
  std::size_t count_ = 0;
  bool is_whole_ = false;  // All of the path is in segments_.
};

bool router::find_static(method wanted, std::string_view path, route_match& match) const {
  const auto found = static_nodes_.find(absl::string_view(path.data(), path.size()));
  if (found == static_nodes_.end()) return false;
  match.to = found->second->find(wanted);
  return match.to != nullptr;
}

void router::find(method wanted, std::string_view path, route_match& match) const {
  match.outcome = route_outcome::found;
  if (find_static(wanted, path, match)) return;
  match.to = nullptr;
  match.allowed = 0;
  walk search(wanted, match);
  if (!search.split(path)) {
    match.outcome = route_outcome::bad_path;
    return;
  }
  search.search(*root_);
  if (match.to != nullptr) return;
  match.outcome = match.allowed == 0 ? route_outcome::not_found : route_outcome::method_not_allowed;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
