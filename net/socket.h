// Owns one socket descriptor.
//
// Threads:   a value; belongs to whoever holds it.
// Ownership: closes the descriptor when it dies.
#pragma once

#include <utility>

#include "pinwheel/net/address.h"

namespace pinwheel {
inline namespace v0 {

class socket_descriptor {
 public:
  socket_descriptor() noexcept = default;
  explicit socket_descriptor(int descriptor) noexcept : descriptor_(descriptor) {}
  socket_descriptor(socket_descriptor&& other) noexcept : descriptor_(other.release()) {}
  socket_descriptor& operator=(socket_descriptor&& other) noexcept;
  socket_descriptor(const socket_descriptor&) = delete;
  socket_descriptor& operator=(const socket_descriptor&) = delete;
  ~socket_descriptor() { close(); }

  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
  // For options that have no name here. -1 when not open.
  [[nodiscard]] int native_handle() const noexcept { return descriptor_; }
  // Gives the descriptor away.
  [[nodiscard]] int release() noexcept { return std::exchange(descriptor_, -1); }
  void close() noexcept;

 private:
  int descriptor_ = -1;
};

// Of either end; no address when the kernel has none (any more).
[[nodiscard]] address local_address_of(int descriptor) noexcept;
[[nodiscard]] address peer_address_of(int descriptor) noexcept;

}  // namespace v0
}  // namespace pinwheel
