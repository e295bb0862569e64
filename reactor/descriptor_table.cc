#include "pinwheel/reactor/descriptor_table.h"

#include <algorithm>
#include <utility>

#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

void descriptor_table::set(int descriptor, io_watch* watch) {
  const auto index = static_cast<std::size_t>(descriptor);
  const std::size_t number = index / page_entries;
  if (watch == nullptr && at(descriptor) == nullptr) return;
  if (number >= pages_.size()) pages_.resize(number + 1);
  page& home = pages_[number];
  if (home.entries == nullptr) home.entries = kept_ != nullptr ? std::move(kept_) : std::make_unique<entry_array>();
  io_watch*& entry = (*home.entries)[index % page_entries];
  if (entry == nullptr) ++home.used;
  if (watch == nullptr) --home.used;
  entry = watch;
  if (home.used == 0) give_back(home);
}

void descriptor_table::give_back(page& empty) noexcept {
  if (kept_ == nullptr) {
    kept_ = std::move(empty.entries);
  } else {
    empty.entries.reset();
  }
}

std::size_t descriptor_table::pages_held() const noexcept {
  const auto in_use = std::count_if(pages_.begin(), pages_.end(), [](const page& each) { return each.used != 0; });
  return static_cast<std::size_t>(in_use) + (kept_ != nullptr ? 1 : 0);
}

void descriptor_table::validate() const {
  for (const page& each : pages_) {
    PINWHEEL_CHECK((each.entries != nullptr) == (each.used != 0), "a page of descriptors without any is kept");
    if (each.entries == nullptr) continue;
    const auto empty = std::count(each.entries->begin(), each.entries->end(), nullptr);
    PINWHEEL_CHECK(page_entries - static_cast<std::size_t>(empty) == each.used, "a page has lost count of its entries");
  }
}

}  // namespace v0
}  // namespace pinwheel
