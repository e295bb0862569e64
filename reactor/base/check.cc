#include "pinwheel/reactor/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace pinwheel {
inline namespace v0 {
namespace base {

void check_failed(const char* file, int line, const char* expression, const char* message) {
  std::fprintf(stderr, "%s:%d: check failed: %s (%s)\n", file, line, expression, message);
  std::abort();
}

}  // namespace base
}  // namespace v0
}  // namespace pinwheel
