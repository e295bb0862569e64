#include "pinwheel/net/simulation/trace.h"

#include <array>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr std::array<const char*, static_cast<std::size_t>(traced::step) + 1> names = {
    "listen", "connect",         "accept",    "receive",         "send",        "send_file", "shut_down", "close",
    "reset",  "request_arrived", "connected", "segment_arrived", "end_arrived", "broken",    "reported",  "step"};

}  // namespace

void simulated_trace::note(traced what, std::uint64_t which, std::int64_t value) {
  const std::int64_t now = clock_.now().time_since_epoch().count();
  mix(static_cast<std::uint64_t>(now));
  mix(static_cast<std::uint64_t>(what) << 56U | which);
  mix(static_cast<std::uint64_t>(value));
  ++notes_;
  if (lines_max_ == 0) return;
  if (lines_.size() == lines_max_) lines_.pop_front();
  lines_.push_back(absl::StrCat(now, " ns: ", names[static_cast<std::size_t>(what)], " ", which, " ", value));
}

void simulated_trace::note_bytes(std::string_view bytes) {
  for (; bytes.size() >= sizeof(std::uint64_t); bytes.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    mix(word);
  }
  for (const char each : bytes) mix(static_cast<unsigned char>(each));
}

// Each step is a bijection of the state, so that no difference is ever forgotten at once.
void simulated_trace::mix(std::uint64_t value) noexcept {
  hash_ = (hash_ ^ value) * 0x9e3779b97f4a7c15U;
  hash_ ^= hash_ >> 29U;
}

std::string simulated_trace::text() const {
  std::string all;
  for (const std::string& each : lines_) absl::StrAppend(&all, each, "\n");
  return all;
}

}  // namespace v0
}  // namespace pinwheel
