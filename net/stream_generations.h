// The generations in the names of streams: they go on where the last stream of a loop of this number stopped, whoever's
// it was. So a name is not given again by another host of the loop, or after a loop and its number have gone to others.
//
// Threads:   the loop's of that number. A number goes from a loop to the next one by a lock (reactor/loop_number.h).
// Limits:    a name comes again when 2^32 streams have been named under its loop's number.
#pragma once

#include <cstdint>

namespace pinwheel {
inline namespace v0 {

// Never 0. REQUIRES: loop_number < loops_max.
[[nodiscard]] std::uint32_t next_stream_generation(unsigned loop_number) noexcept;

}  // namespace v0
}  // namespace pinwheel
