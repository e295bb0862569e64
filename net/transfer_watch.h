// Whether the bytes of one connection move fast enough, while that is judged: those of a message that is unfinished,
// and output that waits. Each is watched from watch_…() to forget_…(), or until it was found too slow.
//
// Threads:   loop-bound.
// Limits:    those of rate_floor and output_watch. Every call takes the same options, the connection's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "pinwheel/net/close_reason.h"
#include "pinwheel/net/output_watch.h"
#include "pinwheel/net/rate_floor.h"
#include "pinwheel/reactor/base/clock.h"

namespace pinwheel {
inline namespace v0 {

struct connection_options;

class transfer_watch {
 public:
  enum class input_verdict : std::uint8_t { waits, ask_kernel, too_slow };

  [[nodiscard]] bool empty() const noexcept { return !input_ && !output_; }
  // When something is to be judged, if nothing moves until then; max(): never.
  [[nodiscard]] time_point next_look(const connection_options& options) const noexcept;

  // --- a message ---

  [[nodiscard]] static bool judges_input(const connection_options& options) noexcept;
  [[nodiscard]] bool watches_input() const noexcept { return input_.has_value(); }
  void watch_input(time_point now, const connection_options& options) noexcept;  // REQUIRES: judges_input().
  void forget_input() noexcept { input_.reset(); }
  void received(std::size_t bytes, time_point now, const connection_options& options) noexcept;

  // A loop that was kept busy finds bytes in the kernel that came in time: before it calls a peer slow it asks, once,
  // and judges when kernel_has_no_more().
  [[nodiscard]] input_verdict judge_input(time_point now) noexcept;
  void kernel_has_no_more() noexcept;

  // --- output ---

  [[nodiscard]] static bool judges_output(const connection_options& options) noexcept;
  [[nodiscard]] bool watches_output() const noexcept { return output_.has_value(); }
  // Both with what the kernel has taken and the peer not acknowledged. REQUIRES: judges_output().
  void watch_output(time_point now, std::size_t unacknowledged, const connection_options& options) noexcept;
  [[nodiscard]] std::optional<close_reason> judge_output(time_point now, std::size_t unacknowledged,
                                                         const connection_options& options) noexcept;
  // Whether to judge it, which takes a system call of the caller.
  [[nodiscard]] bool is_output_due(time_point now, const connection_options& options) const noexcept;
  void forget_output() noexcept { output_.reset(); }
  void sent(std::size_t bytes, time_point now, const connection_options& options) noexcept;

 private:
  struct input_watch {
    enum class kernel : std::uint8_t { not_asked, asked, has_no_more };

    rate_floor floor;
    kernel state = kernel::not_asked;
  };

  std::optional<input_watch> input_;
  std::optional<output_watch> output_;
};

}  // namespace v0
}  // namespace pinwheel
