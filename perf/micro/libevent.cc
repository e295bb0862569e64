#include "libevent_loop.h"
#include "subjects.h"

namespace pinwheel::perf {
namespace {

void add_all(const scale& size) {
  benchmark::AddCustomContext(libevent_loop::name, ::event_get_version());
  add_subjects<libevent_loop>(size);
}

const registered_library added(&add_all);

}  // namespace
}  // namespace pinwheel::perf
