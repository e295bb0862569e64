#include "pinwheel/net/detail/aligned_pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

#include "pinwheel/net/detail/poison.h"

namespace pinwheel {
inline namespace v0 {
namespace detail {

#ifdef PINWHEEL_ADDRESS_SANITIZER

void* map_aligned(std::size_t bytes) { return ::operator new(bytes, std::align_val_t{bytes}); }

void unmap_aligned(void* memory, std::size_t bytes) noexcept { ::operator delete(memory, std::align_val_t{bytes}); }

#else

// Twice as much holds it, wherever it begins; what lies before and behind goes back.
void* map_aligned(std::size_t bytes) {
  void* const mapped = ::mmap(nullptr, 2 * bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  const std::size_t before = (bytes - reinterpret_cast<std::uintptr_t>(mapped) % bytes) % bytes;
  auto* const memory = static_cast<std::byte*>(mapped) + before;
  if (before != 0) ::munmap(mapped, before);
  ::munmap(memory + bytes, bytes - before);
  return memory;
}

void unmap_aligned(void* memory, std::size_t bytes) noexcept { ::munmap(memory, bytes); }

#endif

}  // namespace detail
}  // namespace v0
}  // namespace pinwheel
