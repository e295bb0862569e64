// A request's head as the parser leaves it: views into the bytes it was given, and what they mean for framing.
//
// Threads:   any one at a time.
// Ownership: views the parsed bytes, which must stay where they are while it is read. About 3.5 KiB, so a loop keeps
//            one and every parse fills it anew; nothing is copied or freed.
// Errors:    none; lookups answer "absent".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "pinwheel/framework/http/codec/field.h"
#include "pinwheel/framework/http/codec/framing.h"
#include "pinwheel/framework/http/codec/limits.h"
#include "pinwheel/framework/http/codec/method.h"
#include "pinwheel/framework/http/codec/request_line.h"
#include "pinwheel/framework/http/codec/request_target.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

// What it answers is defined from a parse that was complete to the next parse into it.
class request_head {
 public:
  request_head() = default;
  request_head(const request_head&) = delete;
  request_head& operator=(const request_head&) = delete;

  http::method method() const { return line_.method; }
  std::string_view method_name() const { return line_.method_name; }  // Also tells what `other` was.
  int minor_version() const { return line_.minor_version; }           // 0 or 1.

  std::string_view target() const { return line_.target.raw; }
  std::string_view path() const { return line_.target.path; }
  std::string_view query() const { return line_.target.query; }
  http::target_form target_form() const { return line_.target.form; }

  // The target's own authority where it has one, whatever Host says (RFC 9112 section 3.2.2). Empty only in HTTP/1.0.
  std::string_view host() const { return line_.target.authority.empty() ? framing_.host : line_.target.authority; }

  // In the order they were sent.
  std::span<const field_view> fields() const { return {fields_.data(), field_count_}; }

  // The value of the first field of that name, without regard to case.
  std::optional<std::string_view> field(std::string_view name) const;

  const request_framing& framing() const { return framing_; }
  const std::optional<std::uint64_t>& content_length() const { return framing_.content_length; }
  bool chunked() const { return framing_.chunked; }
  bool keep_alive() const { return framing_.keep_alive; }
  bool expect_continue() const { return framing_.expect_continue; }
  bool expectation_unknown() const { return framing_.expectation_unknown; }
  bool upgrade_requested() const { return framing_.upgrade_requested; }

  // RFC 9112 section 6.3: a request without either field has no body.
  bool has_body() const { return framing_.chunked || framing_.content_length.value_or(0) > 0; }

 private:
  friend class head_reader;

  request_line line_;
  request_framing framing_;
  std::size_t field_count_ = 0;  // At most fields_room; the entries from here on are left from earlier parses.
  std::array<field_view, fields_room> fields_;
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
