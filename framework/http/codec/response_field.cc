#include "pinwheel/framework/http/codec/response_field.h"

#include "pinwheel/framework/http/codec/ascii.h"
#include "pinwheel/framework/http/codec/scan.h"
#include "pinwheel/framework/http/codec/write.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

bool is_field_value(std::string_view value) {
  const char* const end = value.data() + value.size();
  const char* p = find_control(value.data(), end);
  while (p != end && *p == '\t') p = find_control(p + 1, end);
  return p == end;
}

bool is_serializer_field(std::string_view name) {
  switch (name.size()) {
    case 4:
      return equals_lower(name, "date");
    case 10:
      return equals_lower(name, "connection");
    case 12:
      return equals_lower(name, "content-type");
    case 14:
      return equals_lower(name, "content-length");
    case 17:
      return equals_lower(name, "transfer-encoding");
    default:
      return false;
  }
}

bool append_field(char*& out, const char* end, std::string_view name, std::string_view value) {
  if (!is_token(name) || is_serializer_field(name) || !is_field_value(value)) return false;
  if (static_cast<std::size_t>(end - out) < field_bytes(name, value)) return false;
  out = write_text(out, name);
  out = write_text(out, ": ");
  out = write_text(out, value);
  out = write_text(out, "\r\n");
  return true;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
