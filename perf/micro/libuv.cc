#include <functional>

#include "libuv_loop.h"
#include "subjects.h"

namespace pinwheel::perf {
namespace {

void add_all(const scale& size) {
  benchmark::AddCustomContext("libuv", ::uv_version_string());
  add_subjects<libuv_loop<std::function<void()>>>(size);
  // The least that a post through a mutex can cost: a function and its argument, nothing to allocate.
  add_posts<libuv_loop<call>>(size);
}

const registered_library added(&add_all);

}  // namespace
}  // namespace pinwheel::perf
