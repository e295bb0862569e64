// All sockets of a simulated network, and their descriptors: as a kernel's, the lowest number that is free.
//
// Threads:   one.
// Ownership: owns the sockets.
// Limits:    descriptors_max, as RLIMIT_NOFILE.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "pinwheel/net/simulation/socket.h"
#include "pinwheel/reactor/base/io_result.h"

namespace pinwheel {
inline namespace v0 {

class simulated_sockets {
 public:
  // Above what real descriptors are likely to have, so that a mistaken system call hits none of them.
  static constexpr int first_descriptor = 4096;
  // Those of peers that a test drives, as in another process.
  static constexpr int first_outside_descriptor = 1 << 20;
  static constexpr std::size_t descriptors_max = first_outside_descriptor - first_descriptor;

  // Names a socket that may be gone, or may have lost what it had sent when it was named.
  struct name {
    std::size_t place = 0;
    std::uint64_t number = 0;
    std::uint32_t generation = 0;
  };

  simulated_socket& make();
  // REQUIRES: it has no descriptor.
  void destroy(simulated_socket& socket);

  [[nodiscard]] static name name_of(const simulated_socket& socket) noexcept {
    return {socket.place, socket.number, socket.generation};
  }
  // Null when it is gone.
  [[nodiscard]] simulated_socket* find(name named) const noexcept;

  // Gives it a number; false when there is none left, which peers are never told.
  [[nodiscard]] bool give_descriptor(simulated_socket& socket);
  void take_descriptor(simulated_socket& socket);
  // Null when there is none.
  [[nodiscard]] simulated_socket* at(int descriptor) const noexcept;

  void limit_descriptors(std::size_t most) noexcept { inside_.most = most; }
  [[nodiscard]] bool is_at_limit() const noexcept { return inside_.used >= inside_.most; }
  [[nodiscard]] std::size_t descriptors() const noexcept { return inside_.used; }
  [[nodiscard]] std::size_t size() const noexcept { return sockets_.size() - free_.size(); }

 private:
  struct numbers {
    int first;
    std::size_t most;
    std::size_t used = 0;
    std::vector<simulated_socket*> sockets;
    std::vector<std::size_t> free;  // A heap, the lowest first.
  };

  numbers& numbers_of(const simulated_socket& socket) { return socket.is_outside ? outside_ : inside_; }

  std::vector<std::unique_ptr<simulated_socket>> sockets_;  // By place.
  std::vector<std::size_t> free_;                           // Places.
  std::uint64_t made_ = 0;
  numbers inside_{.first = first_descriptor, .most = descriptors_max, .sockets = {}, .free = {}};
  numbers outside_{.first = first_outside_descriptor, .most = SIZE_MAX, .sockets = {}, .free = {}};
};

}  // namespace v0
}  // namespace pinwheel
