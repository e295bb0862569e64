// Counts the allocations of a program that knows nothing of it: preloaded, it stands before malloc and its like.
//
//   PINWHEEL_ALLOCATIONS_FILE=counts LD_PRELOAD=./allocation_counter.so server ...
//
// The file is eight bytes long, or longer: its first eight hold the number, for anyone to read at any time. Children
// share it. Counted are the calls that give memory; what a program takes from its own pools is not seen.
//
// Threads: any.
// Errors:  without the file nothing is counted.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" {
// The allocator underneath, by the names that glibc gives it for this purpose.
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

using counter = std::atomic<std::uint64_t>;
static_assert(counter::is_always_lock_free && sizeof(counter) == 8);

// Constant-initialised: allocations happen before any constructor has run.
std::atomic<counter*> shared_count{nullptr};

[[gnu::constructor]] void open_count() {
  const char* const path = std::getenv("PINWHEEL_ALLOCATIONS_FILE");
  if (path == nullptr) return;
  const int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void* const memory = mmap(nullptr, sizeof(counter), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory != MAP_FAILED) shared_count.store(static_cast<counter*>(memory), std::memory_order_release);
}

void count_one() {
  if (counter* const count = shared_count.load(std::memory_order_acquire)) {
    count->fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace

extern "C" {

[[gnu::visibility("default")]] void* malloc(std::size_t size) {
  count_one();
  return __libc_malloc(size);
}

[[gnu::visibility("default")]] void* calloc(std::size_t count, std::size_t size) {
  count_one();
  return __libc_calloc(count, size);
}

[[gnu::visibility("default")]] void* realloc(void* block, std::size_t size) {
  count_one();
  return __libc_realloc(block, size);
}

[[gnu::visibility("default")]] void* memalign(std::size_t alignment, std::size_t size) {
  count_one();
  return __libc_memalign(alignment, size);
}

[[gnu::visibility("default")]] void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return memalign(alignment, size);
}

[[gnu::visibility("default")]] int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  *block = memalign(alignment, size);
  return *block != nullptr ? 0 : ENOMEM;
}

}  // extern "C"
