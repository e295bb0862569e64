#include <boost/version.hpp>

#include "asio_loop.h"
#include "subjects.h"

namespace pinwheel::perf {
namespace {

void add_all(const scale& size) {
  benchmark::AddCustomContext(asio_loop::name, BOOST_LIB_VERSION);
  add_subjects<asio_loop>(size);
}

const registered_library added(&add_all);

}  // namespace
}  // namespace pinwheel::perf
