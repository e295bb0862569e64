// Bytes that outlive whoever sends them, so that they need not be copied.
//
//   peer.write_constant("+PONG\r\n");                                // A literal.
//   static constexpr std::string_view page = "<!doctype html>…";
//   peer.write_constant(page);
//   peer.write_constant(constant_bytes::unchecked(mapped_file));     // Known only at run time.
//
// What would die too early does not compile: the constructors are run by the compiler, which takes only what is static.
//
// Threads:   any; a value.
// Ownership: views the bytes.
// Errors:    none.
#pragma once

#include <cstddef>
#include <string_view>

namespace pinwheel {
inline namespace v0 {

class constant_bytes {
 public:
  // A literal, without its closing zero.
  template <std::size_t Size>
  consteval constant_bytes(const char (&literal)[Size]) : bytes_(literal, Size - 1) {}
  consteval constant_bytes(std::string_view constant) : bytes_(constant) {}

  // REQUIRES: the bytes neither change nor die while a loop runs whose connections they were written to.
  [[nodiscard]] static constexpr constant_bytes unchecked(std::string_view bytes) noexcept {
    constant_bytes made;
    made.bytes_ = bytes;
    return made;
  }

  [[nodiscard]] constexpr std::string_view view() const noexcept { return bytes_; }

 private:
  constexpr constant_bytes() = default;

  std::string_view bytes_;
};

}  // namespace v0
}  // namespace pinwheel
