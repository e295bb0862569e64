// Memory straight from the kernel, so that what is given back is gone from the process at once, whatever lies beside
// it.
#pragma once

#include <cstddef>

namespace pinwheel {
inline namespace v0 {
namespace detail {

// `bytes` at a multiple of `bytes`: a power of two, and a multiple of a page. Throws std::bad_alloc. Under the address
// sanitizer it comes from the heap, which that one watches.
[[nodiscard]] void* map_aligned(std::size_t bytes);
void unmap_aligned(void* memory, std::size_t bytes) noexcept;

}  // namespace detail
}  // namespace v0
}  // namespace pinwheel
