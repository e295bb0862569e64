#include "pinwheel/framework/loop_placement.h"

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/loop_number.h"

namespace pinwheel {
inline namespace v0 {
namespace {

// Each loop is a base, and so is the acceptor.
constexpr unsigned server_loops_max = loops_max - 1;

}  // namespace

absl::StatusOr<loop_placement> place_loops(const std::vector<unsigned>& allowed, unsigned wanted, bool pin) {
  PINWHEEL_CHECK(!allowed.empty(), "a process runs on at least one CPU");
  const std::size_t loops = wanted == one_per_cpu ? allowed.size() : wanted;
  if (loops > server_loops_max) {
    return absl::InvalidArgumentError(absl::StrCat(loops, " loops were asked for; a process can have ",
                                                   server_loops_max, " (and needs about one for each CPU)"));
  }
  loop_placement placement(loops);
  if (pin) {
    for (std::size_t at = 0; at < loops; ++at) placement[at] = allowed[at % allowed.size()];
  }
  return placement;
}

std::string to_string(const loop_placement& placement) {
  std::string text = absl::StrCat(placement.size(), placement.size() == 1 ? " loop" : " loops");
  if (placement.empty() || !placement.front()) return text + ", not pinned";
  text += placement.size() == 1 ? " on CPU " : " on CPUs ";
  const char* separator = "";
  for (const std::optional<unsigned>& cpu : placement) {
    absl::StrAppend(&text, separator, cpu ? std::to_string(*cpu) : "any");
    separator = ", ";
  }
  return text;
}

}  // namespace v0
}  // namespace pinwheel
