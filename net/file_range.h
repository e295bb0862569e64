// A part of a file, to be sent from where it lies.
//
// Threads:   a value.
// Ownership: file_range shares its file; file_part borrows the descriptor.
// Errors:    a file that ends before the range does is found when it is sent.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "pinwheel/net/open_file.h"

namespace pinwheel {
inline namespace v0 {

struct file_range {
  static constexpr std::uint64_t end_max = std::uint64_t{1} << 56;  // Of offset + bytes.

  std::shared_ptr<const open_file> file;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;

  [[nodiscard]] static file_range whole(std::shared_ptr<const open_file> file) noexcept {
    const std::uint64_t bytes = file->bytes();
    return {std::move(file), 0, bytes};
  }
};

// What one operation is to send.
struct file_part {
  int descriptor;
  std::uint64_t offset;
  std::size_t bytes;
};

// What sending a file_part answers where the file ends before it.
inline constexpr int file_ended_early = ENODATA;

// Whether an errno value of sendfile(2) is about the file, not about the peer.
[[nodiscard]] constexpr bool is_file_error(int error) noexcept {
  switch (error) {
    case file_ended_early:
    case EBADF:
    case EINVAL:
    case EIO:
    case EOVERFLOW:
    case ESPIPE:
    case ESTALE:
      return true;
    default:
      return false;
  }
}

}  // namespace v0
}  // namespace pinwheel
