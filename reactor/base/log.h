// The one hook through which everything that the framework has to say leaves it.
//
// Threads:   log() from any thread; the hook must be safe to call from all of them at once.
// Errors:    a hook must not throw.
#pragma once

#include <string_view>

namespace pinwheel {
inline namespace v0 {

enum class log_level { info, warning, error };

[[nodiscard]] std::string_view to_string(log_level level);

// One line without its newline; the view dies with the call.
using log_hook = void (*)(log_level level, std::string_view line);

// Replaces the hook for the whole process; null restores the default, which writes one line to standard error.
// Answers the hook that was replaced.
log_hook set_log_hook(log_hook hook);

// Never on a request's path: for what is rare (a refused listener, a handler that threw).
void log(log_level level, std::string_view line);

}  // namespace v0
}  // namespace pinwheel
