// States what must be true for the program to go on; where it is not, prints what broke and aborts.
//
// Threads:   any.
// Errors:    a failed check is our own bug or a caller's broken REQUIRES, never bad bytes from outside.
#pragma once

namespace pinwheel {
inline namespace v0 {
namespace base {

// Prints "file:line: check failed: expression (message)" in one write, then aborts.
[[noreturn]] void check_failed(const char* file, int line, const char* expression, const char* message);

}  // namespace base
}  // namespace v0
}  // namespace pinwheel

// Kept in every build. The message says, in words, which invariant or which REQUIRES was broken.
#define PINWHEEL_CHECK(condition, message)             \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::pinwheel::base::check_failed(__FILE__, __LINE__, #condition, message))

// Debug builds only; for what would cost too much on a request's path.
#ifdef NDEBUG
#define PINWHEEL_DCHECK(condition, message) static_cast<void>(0)
#else
#define PINWHEEL_DCHECK(condition, message) PINWHEEL_CHECK(condition, message)
#endif
