// Stands between a connection and its peer and changes what passes: TLS, compression, checksums. What comes is opened,
// what goes is sealed.
//
// A filter works from memory to memory: it has no descriptor and no loop, and never waits. So it works over any streams
// and moves with its connection. The connection calls start() first; then open() with what comes; seal() with what was
// written, from when is_ready() on; finish() once, behind the last it seals.
//
// Threads:   the loop of its connection; after a move that is another thread.
// Ownership: owned by its connection. What a call is given is lent for the call.
// Errors:    answered with filter_status::failed, never thrown; from then on it is asked for nothing more.
// Limits:    what it keeps to itself is bounded by its records: at most one that is not whole, and what open() has
//            no room for yet.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pinwheel {
inline namespace v0 {

class filter_output;

enum class filter_status : std::uint8_t {
  going_on,
  needs_input,  // Of seal(): nothing more is sealed until open() has been given more.
  ended,        // Of open(): the peer's closing notice has come; what lies behind it is not taken.
  failed,       // What came or went cannot be right.
};

struct filter_result {
  std::size_t taken = 0;  // Of the bytes it was given.
  std::size_t made = 0;   // Plaintext, at the front of open()'s room.
  filter_status status = filter_status::going_on;
  int error = 0;  // An errno value, when failed.
};

class filter {
 public:
  virtual ~filter() = default;

  // Every call may put bytes for the peer into `out`. They leave in this order, also where the call failed, but not
  // behind the closing notice: what is put there is dropped.

  // What is sent before anything has come, such as the first message of a handshake.
  virtual void start(filter_output& out) noexcept { static_cast<void>(out); }

  // Whether the handshake is over: then the handler hears on_open. Looked at after start() and each open().
  [[nodiscard]] virtual bool is_ready() const noexcept { return true; }

  // Takes all the ciphertext, unless the room is full before: then it is called again, with other room and what it has
  // not taken, perhaps nothing. Plaintext of a step that fails or ends is used.
  [[nodiscard]] virtual filter_result open(std::string_view ciphertext, std::span<char> room,
                                           filter_output& out) noexcept = 0;

  // Takes all the plaintext, unless it fails or needs_input, which it must not once open() has ended. What it has taken
  // can be opened by the peer once `out` has reached it: nothing is held back for more to come. REQUIRES: is_ready().
  [[nodiscard]] virtual filter_result seal(std::span<const iovec> plaintext, filter_output& out) noexcept = 0;

  // The closing notice, which tells the peer that this end is meant. Opening goes on.
  virtual void finish(filter_output& out) noexcept = 0;

 protected:
  filter() = default;
  filter(const filter&) = default;
  filter& operator=(const filter&) = default;
};

}  // namespace v0
}  // namespace pinwheel
