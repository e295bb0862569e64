// Reads responses off a byte stream: a small parser of the tests' own, so that what they compare with is not the code
// they test.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pinwheel::testing {

struct http_reply {
  int status = 0;
  std::map<std::string, std::string> fields;  // Names in lower case; the last one counts.
  std::string body;

  [[nodiscard]] std::string field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? "(none)" : found->second;
  }
};

class http_reply_reader {
 public:
  // Takes one whole response off the front of `bytes`; none while it is not whole. `is_head_only`: to HEAD.
  // `is_at_end`: the connection has ended, which ends a body that announces no length.
  static std::optional<http_reply> take(std::string& bytes, bool is_head_only = false, bool is_at_end = false) {
    const std::size_t head_end = bytes.find("\r\n\r\n");
    if (head_end == std::string::npos) return std::nullopt;
    http_reply reply = parse_head(std::string_view(bytes).substr(0, head_end));
    std::string_view rest = std::string_view(bytes).substr(head_end + 4);
    if (!take_body(rest, reply, is_head_only, is_at_end)) return std::nullopt;
    bytes.erase(0, bytes.size() - rest.size());
    return reply;
  }

 private:
  static http_reply parse_head(std::string_view head) {
    http_reply reply;
    std::size_t line_end = head.find("\r\n");
    if (head.starts_with("HTTP/1.1 ")) reply.status = std::atoi(std::string(head.substr(9, 3)).c_str());
    while (line_end != std::string_view::npos) {
      head.remove_prefix(line_end + 2);
      line_end = head.find("\r\n");
      const std::string_view line = head.substr(0, line_end);
      const std::size_t colon = line.find(": ");
      if (colon == std::string_view::npos) return {};
      std::string name(line.substr(0, colon));
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      reply.fields[name] = line.substr(colon + 2);
    }
    return reply;
  }

  static bool take_body(std::string_view& rest, http_reply& reply, bool is_head_only, bool is_at_end) {
    if (is_head_only || reply.status < 200 || reply.status == 204 || reply.status == 304) return true;
    if (reply.field("transfer-encoding") == "chunked") return take_chunks(rest, reply.body);
    if (reply.fields.contains("content-length")) {
      const auto length = std::strtoull(reply.field("content-length").c_str(), nullptr, 10);
      if (rest.size() < length) return false;
      reply.body = rest.substr(0, length);
      rest.remove_prefix(length);
      return true;
    }
    if (!is_at_end) return false;
    reply.body = rest;
    rest = {};
    return true;
  }

  static bool take_chunks(std::string_view& rest, std::string& body) {
    for (;;) {
      const std::size_t line_end = rest.find("\r\n");
      if (line_end == std::string_view::npos) return false;
      const auto size = std::strtoull(std::string(rest.substr(0, line_end)).c_str(), nullptr, 16);
      if (rest.size() < line_end + 2 + size + 2) return false;
      if (rest.substr(line_end + 2 + size, 2) != "\r\n") return false;
      body.append(rest.substr(line_end + 2, size));
      rest.remove_prefix(line_end + 2 + size + 2);
      if (size == 0) return true;
    }
  }
};

}  // namespace pinwheel::testing
