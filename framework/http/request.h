// One request, as its handler sees it.
//
// Threads:   the connection's loop.
// Ownership: views bytes of the connection and of its loop: everything it answers dies when the handler returns, except
//            what is a std::string.
// Errors:    none; what is absent is empty.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pinwheel/framework/http/codec/field.h"
#include "pinwheel/framework/http/codec/request_head.h"
#include "pinwheel/framework/http/response_sink.h"
#include "pinwheel/framework/http/route_match.h"
#include "pinwheel/net/address.h"

namespace pinwheel {
inline namespace v0 {

class event_base;

namespace http {

class metrics_source;

class request {
 public:
  // What a session makes.
  request(const request_head& head, const route_match& match, std::string_view body, const response_sink& from,
          const metrics_source& metrics)
      : head_(head), match_(match), body_(body), from_(from), metrics_(metrics) {}
  request(const request&) = delete;
  request& operator=(const request&) = delete;

  [[nodiscard]] http::method method() const { return head_.method(); }
  [[nodiscard]] int minor_version() const { return head_.minor_version(); }  // Of HTTP/1: 0 or 1.
  [[nodiscard]] std::string_view host() const { return head_.host(); }

  // As they were sent, escapes included; the query without its '?'.
  [[nodiscard]] std::string_view target() const { return head_.target(); }
  [[nodiscard]] std::string_view path() const { return head_.path(); }
  [[nodiscard]] std::string_view query() const { return head_.query(); }

  // What stands in the path at the pattern's {name}, decoded; never holds a slash.
  [[nodiscard]] std::string_view parameter(std::string_view name) const;
  // The first value of that name in the query, decoded. None also where its escapes are bad.
  [[nodiscard]] std::optional<std::string> query_parameter(std::string_view name) const;

  // The first header field of that name, without regard to case; and all of them, in order.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const { return head_.field(name); }
  [[nodiscard]] std::span<const field_view> fields() const { return head_.fields(); }

  // Whole, transfer coding taken off.
  [[nodiscard]] std::string_view body() const { return body_; }

  [[nodiscard]] event_base& loop() const { return from_.loop(); }
  [[nodiscard]] address peer_address() const { return from_.peer_address(); }

  // The counters of the server that this request came to.
  [[nodiscard]] const metrics_source& server_metrics() const { return metrics_; }

 private:
  const request_head& head_;
  const route_match& match_;
  std::string_view body_;
  const response_sink& from_;
  const metrics_source& metrics_;
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
