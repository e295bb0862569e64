// One pointer for each descriptor, in pages: growing moves nothing, and a page in which nothing is left goes back.
//
// Threads:   loop-bound.
// Ownership: owns its pages; borrows what the pointers name.
// Limits:    8 bytes a number, for 512 numbers around each that is set.
// Cost:      constant. One empty page is kept, so that a descriptor that comes and goes alone allocates nothing.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace pinwheel {
inline namespace v0 {

class io_watch;

class descriptor_table {
 public:
  // Null where nothing is set.
  [[nodiscard]] io_watch* at(int descriptor) const noexcept {
    const auto index = static_cast<std::size_t>(descriptor);
    const std::size_t number = index / page_entries;
    if (number >= pages_.size() || pages_[number].entries == nullptr) return nullptr;
    return (*pages_[number].entries)[index % page_entries];
  }

  // Null takes back what was set. REQUIRES: descriptor >= 0.
  void set(int descriptor, io_watch* watch);

  // Calls visit(io_watch&) for each that is set, by descriptor; it may set others.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::size_t number = 0; number < pages_.size(); ++number) {
      for (std::size_t at = 0; at < page_entries && pages_[number].entries != nullptr; ++at) {
        if (io_watch* const each = (*pages_[number].entries)[at]; each != nullptr) visit(*each);
      }
    }
  }

  // Pages, in use or kept.
  [[nodiscard]] std::size_t pages_held() const noexcept;

  void validate() const;

 private:
  static constexpr std::size_t page_entries = 512;

  using entry_array = std::array<io_watch*, page_entries>;

  struct page {
    std::unique_ptr<entry_array> entries;  // Set exactly while one of them is.
    std::size_t used = 0;
  };

  void give_back(page& empty) noexcept;

  std::vector<page> pages_;
  std::unique_ptr<entry_array> kept_;  // All null.
};

}  // namespace v0
}  // namespace pinwheel
