#include "pinwheel/framework/http/metrics_text.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

void metrics_text::family(std::string_view name, std::string_view help, std::string_view type) {
  name_ = name;
  out_.append("# HELP ").append(name).append(" ").append(help);
  out_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void metrics_text::sample(std::uint64_t value) {
  out_.append(name_).append(" ").append(std::to_string(value)).append("\n");
}

void metrics_text::sample(std::size_t loop, std::uint64_t value) {
  out_.append(name_).append("{loop=\"").append(std::to_string(loop)).append("\"} ");
  out_.append(std::to_string(value)).append("\n");
}

void metrics_text::sample(std::size_t loop, std::string_view label, std::string_view label_value, std::uint64_t value) {
  out_.append(name_).append("{loop=\"").append(std::to_string(loop)).append("\",");
  out_.append(label).append("=\"").append(label_value).append("\"} ");
  out_.append(std::to_string(value)).append("\n");
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
