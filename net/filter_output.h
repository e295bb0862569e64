// Where a filter puts what is to be sent: straight into the blocks that the kernel is given.
//
// Threads:   loop-bound, as the call it is lent to.
// Ownership: borrows the queue and the pool.
#pragma once

#include <cstddef>
#include <string_view>

#include "pinwheel/net/output_queue.h"

namespace pinwheel {
inline namespace v0 {

class block_pool;

class filter_output {
 public:
  static constexpr std::size_t room_bytes_max = output_queue::room_bytes_max;

  filter_output(output_queue& queue, block_pool& pool) noexcept : queue_(queue), pool_(pool) {}
  filter_output(const filter_output&) = delete;
  filter_output& operator=(const filter_output&) = delete;

  // Copies the bytes.
  void append(std::string_view bytes) { queue_.append(bytes, pool_); }

  // Room for `bytes`, to be filled in place; commit() says how much of it was used, before any other call.
  // REQUIRES: bytes <= room_bytes_max.
  [[nodiscard]] char* reserve(std::size_t bytes) { return queue_.reserve(bytes, pool_); }
  void commit(std::size_t bytes) { queue_.commit(bytes); }

 private:
  output_queue& queue_;
  block_pool& pool_;
};

}  // namespace v0
}  // namespace pinwheel
