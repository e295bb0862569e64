// What happened in a simulation, as one number: two runs with the same seed have the same. The last lines are kept on
// request, to be read by people.
//
// Threads:   one.
// Ownership: borrows the clock.
// Limits:    keeps at most as many lines as it was told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "pinwheel/reactor/base/clock.h"

namespace pinwheel {
inline namespace v0 {

enum class traced : std::uint8_t {
  listen,
  connect,
  accept,
  receive,
  send,
  send_file,
  shut_down,
  close,
  reset,
  request_arrived,
  connected,
  segment_arrived,
  end_arrived,
  broken,
  reported,
  step,
};

class simulated_trace {
 public:
  explicit simulated_trace(const clock_source& clock) : clock_(clock) {}

  // `which` is a socket or a loop, `value` a count or a negated errno.
  void note(traced what, std::uint64_t which, std::int64_t value);
  // Takes the content of bytes that arrived in.
  void note_bytes(std::string_view bytes);

  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
  [[nodiscard]] std::uint64_t notes() const noexcept { return notes_; }

  // From now on the last `lines_max` notes can be read.
  void keep(std::size_t lines_max) { lines_max_ = lines_max; }
  [[nodiscard]] std::string text() const;

 private:
  void mix(std::uint64_t value) noexcept;

  const clock_source& clock_;
  std::uint64_t hash_ = 0;
  std::uint64_t notes_ = 0;
  std::size_t lines_max_ = 0;
  std::deque<std::string> lines_;
};

}  // namespace v0
}  // namespace pinwheel
