#include "pinwheel/net/simulation/faults.h"

#include "pinwheel/net/simulation/chance.h"

namespace pinwheel {
inline namespace v0 {

std::string_view to_string(simulated_fault fault) {
  static constexpr std::array<std::string_view, simulated_faults> names = {
      "short_read",       "short_write",  "interrupted", "no_buffer",   "no_descriptor", "aborted_accept",
      "refused_connect",  "lost_connect", "split",       "delay",       "stall",         "reset",
      "reordered_report", "late_report",  "full_window", "full_backlog"};
  return names[static_cast<std::size_t>(fault)];
}

fault_plan::fault_plan(const fault_probabilities& probabilities, simulated_chance& chance) : chance_(chance) {
  set(probabilities);
}

void fault_plan::set(const fault_probabilities& given) {
  probabilities_ = {
      given.short_read,     given.short_write,     given.interrupted,      given.no_buffer,  given.no_descriptor,
      given.aborted_accept, given.refused_connect, given.lost_connect,     given.split,      given.delay,
      given.stall,          given.reset,           given.reordered_report, given.late_report};
}

void fault_plan::script(simulated_fault fault, std::size_t times, std::size_t skipped) {
  scripts_[static_cast<std::size_t>(fault)] = {.skipped = skipped, .times = times};
}

bool fault_plan::occurs(simulated_fault fault) {
  const auto index = static_cast<std::size_t>(fault);
  if (!is_scripted(index) && !chance_.happens(probabilities_[index])) return false;
  ++counts_[index];
  return true;
}

bool fault_plan::is_scripted(std::size_t fault) {
  scripted& script = scripts_[fault];
  if (script.times == 0) return false;
  if (script.skipped > 0) {
    --script.skipped;
    return false;
  }
  --script.times;
  return true;
}

}  // namespace v0
}  // namespace pinwheel
