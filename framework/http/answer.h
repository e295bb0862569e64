// A response as its handler gave it, before it is known how it travels.
//
// Threads:   any; a value.
// Ownership: views what the caller holds.
// Errors:    none.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "pinwheel/framework/http/codec/status.h"
#include "pinwheel/framework/http/content_type.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

struct answer {
  int status = status_code::ok;
  std::string_view content_type = {};             // Empty: none is announced.
  std::string_view extra_fields = {};             // Lines that append_field() wrote.
  std::span<const std::string_view> pieces = {};  // The body, in order.
};

// What the framework itself says: the status and its phrase as text.
class plain_answer {
 public:
  explicit plain_answer(int status, std::string_view extra_fields = {})
      : status_(status), extra_fields_(extra_fields), pieces_{reason_phrase(status), "\n"} {}

  // Views this object.
  [[nodiscard]] answer get() const { return {status_, content_type::text, extra_fields_, pieces_}; }

 private:
  int status_;
  std::string_view extra_fields_;
  std::array<std::string_view, 2> pieces_;
};

// A status that can end an exchange: the 1xx cannot.
constexpr bool is_final_status(int code) { return is_status(code) && code >= status_code::ok; }

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
