#include "pinwheel/reactor/base/log.h"

#include <atomic>
#include <cstdio>

namespace pinwheel {
inline namespace v0 {
namespace {

void write_to_stderr(log_level level, std::string_view line) {
  const std::string_view name = to_string(level);
  std::fprintf(stderr, "pinwheel: %.*s: %.*s\n", static_cast<int>(name.size()), name.data(),
               static_cast<int>(line.size()), line.data());
}

std::atomic<log_hook> current_hook{&write_to_stderr};

}  // namespace

std::string_view to_string(log_level level) {
  switch (level) {
    case log_level::info:
      return "info";
    case log_level::warning:
      return "warning";
    case log_level::error:
      return "error";
  }
  return "unknown";
}

log_hook set_log_hook(log_hook hook) { return current_hook.exchange(hook != nullptr ? hook : &write_to_stderr); }

void log(log_level level, std::string_view line) { current_hook.load()(level, line); }

}  // namespace v0
}  // namespace pinwheel
