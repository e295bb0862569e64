#include "pinwheel/framework/http/codec/request_head.h"

#include "pinwheel/framework/http/codec/ascii.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

std::optional<std::string_view> request_head::field(std::string_view name) const {
  for (const field_view& candidate : fields()) {
    if (equal_ignoring_case(candidate.name, name)) return candidate.value;
  }
  return std::nullopt;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
