#include "pinwheel/framework/http/request.h"

#include <cstddef>

#include "pinwheel/framework/http/codec/uri.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

std::string_view request::parameter(std::string_view name) const {
  const std::vector<std::string>& names = match_.to->parameter_names;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return match_.parameters[i];
  }
  return {};
}

std::optional<std::string> request::query_parameter(std::string_view name) const {
  const std::optional<std::string_view> raw = query_value(query(), name);
  if (!raw) return std::nullopt;
  std::string room(raw->size(), '\0');
  const std::optional<std::string_view> decoded = decode_query(*raw, room.data());
  if (!decoded) return std::nullopt;
  return std::string(*decoded);
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
