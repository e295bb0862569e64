#include "pinwheel_loop.h"
#include "subjects.h"

namespace pinwheel::perf {
namespace {

const registered_library added(&add_subjects<pinwheel_loop>);

}  // namespace
}  // namespace pinwheel::perf
