#include "pinwheel/net/stream_generations.h"

#include <array>

#include "pinwheel/reactor/loop_number.h"

namespace pinwheel {
inline namespace v0 {
namespace {

struct alignas(64) last_given {
  std::uint32_t generation = 0;
};

constinit std::array<last_given, loops_max> last_given_by_loop;

}  // namespace

std::uint32_t next_stream_generation(unsigned loop_number) noexcept {
  std::uint32_t& last = last_given_by_loop[loop_number].generation;
  if (++last == 0) last = 1;
  return last;
}

}  // namespace v0
}  // namespace pinwheel
