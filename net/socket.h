// Owns one socket descriptor.
//
// Threads:   a value; belongs to whoever holds it.
// Ownership: closes the descriptor when it dies; borrows the network that gave it, if it was not the kernel.
#pragma once

#include <utility>

#include "pinwheel/net/address.h"

namespace pinwheel {
inline namespace v0 {

class socket_network;

class socket_descriptor {
 public:
  socket_descriptor() noexcept = default;
  // Null: the kernel's.
  explicit socket_descriptor(int descriptor, socket_network* network = nullptr) noexcept
      : network_(network), descriptor_(descriptor) {}
  socket_descriptor(socket_descriptor&& other) noexcept : network_(other.network_), descriptor_(other.release()) {}
  socket_descriptor& operator=(socket_descriptor&& other) noexcept;
  socket_descriptor(const socket_descriptor&) = delete;
  socket_descriptor& operator=(const socket_descriptor&) = delete;
  ~socket_descriptor() { close(); }

  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
  // For options that have no name here. -1 when not open.
  [[nodiscard]] int native_handle() const noexcept { return descriptor_; }
  [[nodiscard]] socket_network* network() const noexcept { return network_; }
  // Gives the descriptor away.
  [[nodiscard]] int release() noexcept { return std::exchange(descriptor_, -1); }
  void close() noexcept;

 private:
  socket_network* network_ = nullptr;
  int descriptor_ = -1;
};

// Of either end; no address when the kernel has none (any more).
[[nodiscard]] address local_address_of(int descriptor) noexcept;
[[nodiscard]] address peer_address_of(int descriptor) noexcept;
[[nodiscard]] address local_address_of(const socket_descriptor& socket) noexcept;

}  // namespace v0
}  // namespace pinwheel
