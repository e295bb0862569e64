// How many loops a server runs, and on which CPU each: a pure function, so that any machine can be tested on any other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace pinwheel {
inline namespace v0 {

// Stands for the number of loops: as many as CPUs that the process may use.
inline constexpr unsigned one_per_cpu = 0;

// The CPU of each loop, by the loop's index; an empty place is left to the kernel's scheduler.
using loop_placement = std::vector<std::optional<unsigned>>;

// With `pin`, loops take the allowed CPUs in turn, so that more loops than CPUs share them evenly.
// Fails when the wanted loops are more than a process can have.
// REQUIRES: allowed is not empty.
[[nodiscard]] absl::StatusOr<loop_placement> place_loops(const std::vector<unsigned>& allowed, unsigned wanted,
                                                         bool pin);

// For people: "2 loops on CPUs 0, 1", "4 loops, not pinned".
[[nodiscard]] std::string to_string(const loop_placement& placement);

}  // namespace v0
}  // namespace pinwheel
