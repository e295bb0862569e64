// The two small sets of an event: what it waits for, and why its callback runs.
#pragma once

#include <cstdint>
#include <type_traits>

namespace pinwheel {
inline namespace v0 {

// What is watched on a descriptor (epoll_ctl(2)). `edge` asks for edge-triggered reports; all watches of one descriptor
// must agree on it (SEMANTICS I4).
enum class interest : std::uint8_t {
  none = 0,
  read = 1 << 0,
  write = 1 << 1,
  closed = 1 << 2,  // The peer has shut down its sending side (EPOLLRDHUP).
  edge = 1 << 3,
  read_write = read | write,
};

// Why a callback runs; several reasons gather while it waits in its queue (SEMANTICS A4).
enum class reasons : std::uint8_t {
  none = 0,
  readable = 1 << 0,  // The first three have the values of the interests they answer.
  writable = 1 << 1,
  closed = 1 << 2,
  failed = 1 << 3,  // EPOLLERR or EPOLLHUP: comes together with readable and writable (SEMANTICS I5).
  timeout = 1 << 4,
  signal = 1 << 5,
  user = 1 << 6,  // activate() without a reason of its own.
};

template <class Set>
concept flag_set = std::is_same_v<Set, interest> || std::is_same_v<Set, reasons>;

template <flag_set Set>
[[nodiscard]] constexpr Set operator|(Set a, Set b) noexcept {
  return static_cast<Set>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

template <flag_set Set>
[[nodiscard]] constexpr Set operator&(Set a, Set b) noexcept {
  return static_cast<Set>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}

template <flag_set Set>
constexpr Set& operator|=(Set& a, Set b) noexcept {
  return a = a | b;
}

// How an error or a hang-up is reported (SEMANTICS I5).
inline constexpr reasons failed_both_ways = reasons::failed | reasons::readable | reasons::writable;

// Whether any member of `wanted` is in `set`.
template <flag_set Set>
[[nodiscard]] constexpr bool any(Set set, Set wanted) noexcept {
  return (set & wanted) != Set::none;
}

}  // namespace v0
}  // namespace pinwheel
