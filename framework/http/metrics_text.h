// Writes Prometheus' text format, version 0.0.4: a family is a help line, a type line and its samples.
//
// Threads:   one at a time.
// Ownership: borrows the text it writes to.
// Errors:    none. REQUIRES: names, help and label values without quotes, backslashes and line feeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pinwheel {
inline namespace v0 {
namespace http {

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

class metrics_text {
 public:
  explicit metrics_text(std::string& out) : out_(out) {}

  // Begins a family; every sample up to the next one is of it.
  void counter(std::string_view name, std::string_view help) { family(name, help, "counter"); }
  void gauge(std::string_view name, std::string_view help) { family(name, help, "gauge"); }

  void sample(std::uint64_t value);
  void sample(std::size_t loop, std::uint64_t value);
  // With one label more.
  void sample(std::size_t loop, std::string_view label, std::string_view label_value, std::uint64_t value);

 private:
  void family(std::string_view name, std::string_view help, std::string_view type);

  std::string& out_;
  std::string name_;
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
