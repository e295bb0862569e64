// What one kernel operation on bytes gave: how many, or an errno.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pinwheel {
inline namespace v0 {

class io_result {
 public:
  // A count of bytes; 0 from a receive means that the peer has sent its last byte.
  static constexpr io_result bytes(std::int64_t count) { return io_result(count); }
  // A positive errno value.
  static constexpr io_result failure(int error) { return io_result(-static_cast<std::int64_t>(error)); }
  // The result of a system call that answers -1 and sets errno.
  static io_result of(std::int64_t returned, int error) { return returned >= 0 ? bytes(returned) : failure(error); }

  [[nodiscard]] constexpr bool ok() const { return value_ >= 0; }
  // REQUIRES: ok().
  [[nodiscard]] constexpr std::size_t count() const { return static_cast<std::size_t>(value_); }
  // 0 when ok().
  [[nodiscard]] constexpr int error() const { return value_ < 0 ? static_cast<int>(-value_) : 0; }

 private:
  explicit constexpr io_result(std::int64_t value) : value_(value) {}

  std::int64_t value_;  // Bytes, or a negated errno.
};

static_assert(sizeof(io_result) == 8);

}  // namespace v0
}  // namespace pinwheel
