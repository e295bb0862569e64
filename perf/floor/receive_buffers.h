// The input buffers that all connections of an io_uring share: the kernel picks one for each piece that arrives.
//
// Threads:   the ring's.
// Ownership: borrows the ring; lives as long as the program.
// Limits:    `count` buffers; while the program has them all, receives end with ENOBUFS.
#pragma once

#include <liburing.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "floor/blank_lines.h"
#include "peers/server_program.h"

namespace pinwheel::perf {

class receive_buffers {
 public:
  static constexpr int group = 0;

  explicit receive_buffers(io_uring& ring) {
    if (input_ == nullptr || shared_ == nullptr) fail("out of memory");
    madvise(input_, count * size, MADV_HUGEPAGE);  // A wish: it works with small pages as well.
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uintptr_t>(shared_);
    registration.ring_entries = count;
    registration.bgid = group;
    io_uring_buf_ring_init(shared_);
    const int result = io_uring_register_buf_ring(&ring, &registration, 0);
    if (result < 0) fail("io_uring_register_buf_ring", -result);
    for (std::uint16_t buffer = 0; buffer < count; ++buffer) give_back(buffer);
    publish();
  }

  receive_buffers(const receive_buffers&) = delete;
  receive_buffers& operator=(const receive_buffers&) = delete;

  // What blank_lines may read: a block more than ever arrives in it.
  const char* bytes(std::uint16_t buffer) const { return input_ + buffer * size; }

  // The kernel knows of it after publish().
  void give_back(std::uint16_t buffer) {
    io_uring_buf_ring_add(shared_, input_ + buffer * size, size - blank_lines::block_bytes, buffer,
                          io_uring_buf_ring_mask(count), given_back_++);
  }

  void publish() { io_uring_buf_ring_advance(shared_, std::exchange(given_back_, 0)); }

 private:
  static constexpr std::uint16_t count = 512;  // With their size, one huge page.
  static constexpr std::size_t size = 4096;

  char* const input_ = static_cast<char*>(std::aligned_alloc(count * size, count* size));
  io_uring_buf_ring* const shared_ =
      static_cast<io_uring_buf_ring*>(std::aligned_alloc(size, count * sizeof(io_uring_buf)));
  int given_back_ = 0;  // Buffers put into the shared ring since publish().
};

}  // namespace pinwheel::perf
