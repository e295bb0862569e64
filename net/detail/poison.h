// Lets the address sanitizer see that memory which a pool keeps for reuse belongs to nobody. Nothing in other builds.
#pragma once

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PINWHEEL_ADDRESS_SANITIZER 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define PINWHEEL_ADDRESS_SANITIZER 1
#endif

#ifdef PINWHEEL_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace pinwheel {
inline namespace v0 {
namespace detail {

inline void poison([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t bytes) noexcept {
#ifdef PINWHEEL_ADDRESS_SANITIZER
  __asan_poison_memory_region(memory, bytes);
#endif
}

inline void unpoison([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t bytes) noexcept {
#ifdef PINWHEEL_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(memory, bytes);
#endif
}

}  // namespace detail
}  // namespace v0
}  // namespace pinwheel
