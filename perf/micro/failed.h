// What cannot be set up ends the program: a benchmark of half a loop means nothing.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace pinwheel::perf {

[[noreturn]] inline void fail(const char* what) {
  std::fprintf(stderr, "perf_micro: %s failed\n", what);
  std::exit(1);
}

inline void must(bool done, const char* what) {
  if (!done) fail(what);
}

}  // namespace pinwheel::perf
