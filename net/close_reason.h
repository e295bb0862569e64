// Why a connection ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pinwheel {
inline namespace v0 {

enum class close_reason : std::uint8_t {
  local,              // The handler called close() or abort().
  peer_eof,           // The peer sent its last byte, and the handler closed on it.
  reset,              // The peer or the network broke the connection; the errno says how.
  idle,               // Nothing came or left for the idle timeout.
  header_timeout,     // HTTP: a request's header took too long.
  write_stall,        // Output waited, and the peer took none of it for the write stall timeout.
  slow_input,         // The peer sent a message more slowly than input_rate_min.
  slow_output,        // The peer took output that waited more slowly than output_rate_min.
  input_overflow,     // Unread bytes reached input_bytes_max and nothing was consumed.
  output_overflow,    // A write at or above output_bytes_max, or a constant or file too many.
  file_failed,        // A file could not be sent, or was shorter than promised; the errno says how.
  handler_threw,      // A callback threw.
  connect_failed,     // No address took the connection; the errno is what the kernel said of the last.
  connect_timeout,    // Connecting took too long: to the last address, or in all.
  cancelled,          // It was called off before it was open.
  handshake_timeout,  // The filter's handshake took too long; on_open was not called.
  filter_truncated,   // The peer's last byte came without the filter's closing notice.
  filter_error,       // What came cannot be opened, or what was written cannot be sealed; the errno says how.
  drained,            // The server drained.
  stopped,            // The server stopped before the connection was done.
};

inline constexpr std::size_t close_reasons = static_cast<std::size_t>(close_reason::stopped) + 1;

[[nodiscard]] std::string_view to_string(close_reason reason);

struct close_status {
  close_reason reason;
  int error = 0;  // An errno value where the kernel gave one.

  friend bool operator==(close_status, close_status) = default;
};

}  // namespace v0
}  // namespace pinwheel
