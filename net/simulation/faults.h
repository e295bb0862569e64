// What goes wrong in a simulated network: by probability, drawn from the network's seed, or by script.
//
// Threads:   one.
// Ownership: borrows the chance.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pinwheel {
inline namespace v0 {

class simulated_chance;

enum class simulated_fault : std::uint8_t {
  short_read,        // A receive gets a part of what has come, or nothing yet; the rest is reported anew.
  short_write,       // A send takes a part of what there is room for, or nothing; the room is reported anew.
  interrupted,       // EINTR from a receive, a send or an accept.
  no_buffer,         // ENOBUFS from a send, ENOMEM from a receive.
  no_descriptor,     // EMFILE from an accept or a connect.
  aborted_accept,    // ECONNABORTED from an accept: that connection is gone.
  refused_connect,   // ECONNREFUSED although somebody listens.
  lost_connect,      // Nobody answers a connect, until it fails with ETIMEDOUT.
  split,             // What could travel in one segment travels in two or more.
  delay,             // A segment travels longer, and all behind it.
  stall,             // The same, for far longer.
  reset,             // The connection breaks at a random byte of a segment; both ends see ECONNRESET.
  reordered_report,  // Descriptors that are ready are reported in another order than they became so.
  late_report,       // A descriptor that is ready is reported by a later wait.
  full_window,       // Never drawn, only counted: a sender finds its peer's buffer full, as of one that does not read.
  full_backlog,      // Never drawn, only counted: a connect finds the listener's backlog full, and tries again.
};

inline constexpr std::size_t simulated_faults = static_cast<std::size_t>(simulated_fault::full_backlog) + 1;

[[nodiscard]] std::string_view to_string(simulated_fault fault);

// How probable each is, from 0 to 1, at each occasion. Peers that a test drives have faultless calls.
struct fault_probabilities {
  double short_read = 0;
  double short_write = 0;
  double interrupted = 0;
  double no_buffer = 0;
  double no_descriptor = 0;
  double aborted_accept = 0;
  double refused_connect = 0;
  double lost_connect = 0;
  double split = 0;
  double delay = 0;
  double stall = 0;
  double reset = 0;
  double reordered_report = 0;
  double late_report = 0;
};

class fault_plan {
 public:
  fault_plan(const fault_probabilities& probabilities, simulated_chance& chance);

  void set(const fault_probabilities& probabilities);

  // By script: of the occasions from now on, `skipped` are left to chance, and the next `times` have the fault.
  void script(simulated_fault fault, std::size_t times = 1, std::size_t skipped = 0);

  // Whether the fault is to occur at this occasion; counted if it is.
  bool occurs(simulated_fault fault);
  // Of a fault that is not drawn.
  void count(simulated_fault fault) { ++counts_[static_cast<std::size_t>(fault)]; }

  // How often it has occurred.
  [[nodiscard]] std::uint64_t occurred(simulated_fault fault) const { return counts_[static_cast<std::size_t>(fault)]; }

 private:
  struct scripted {
    std::size_t skipped = 0;
    std::size_t times = 0;
  };

  bool is_scripted(std::size_t fault);

  simulated_chance& chance_;
  std::array<double, simulated_faults> probabilities_{};
  std::array<scripted, simulated_faults> scripts_{};
  std::array<std::uint64_t, simulated_faults> counts_{};
};

}  // namespace v0
}  // namespace pinwheel
