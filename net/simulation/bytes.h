// Bytes in the order they came: what a simulated socket has been given, or has received.
//
// Threads:   a value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pinwheel {
inline namespace v0 {

class simulated_bytes {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() - begin_; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] std::string_view view() const noexcept { return std::string_view(bytes_).substr(begin_); }

  void append(std::string_view more) { bytes_.append(more); }

  // REQUIRES: count <= size().
  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ * 2 < bytes_.size()) return;  // So no more bytes are moved than were consumed.
    bytes_.erase(0, begin_);
    begin_ = 0;
  }
  // Keeps the first `count`. REQUIRES: count <= size().
  void truncate(std::size_t count) { bytes_.resize(begin_ + count); }

 private:
  std::string bytes_;
  std::size_t begin_ = 0;  // Before it, consumed.
};

}  // namespace v0
}  // namespace pinwheel
