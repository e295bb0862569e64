// The requests of one loop that will be answered later: what a `later` finds its way back by.
//
// Threads:   loop-bound.
// Ownership: borrows its targets; each withdraws its ticket before it dies.
// Errors:    a stale ticket finds nothing.
// Limits:    one ticket for each request in flight; room is kept for reuse and allocated only as the number grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace pinwheel {
inline namespace v0 {
namespace http {

struct answer;

// A value that names one request in flight. Generation 0 names none.
struct later_ticket {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;

  explicit operator bool() const noexcept { return generation != 0; }
  friend bool operator==(later_ticket, later_ticket) = default;
};

// Who takes the answer.
struct later_target {
  void (*answer)(void* context, const http::answer& whole);
  void* context;
};

class later_table {
 public:
  [[nodiscard]] later_ticket issue(later_target target);

  // Ends the ticket, so that of several answers only the first finds its target.
  std::optional<later_target> take(later_ticket ticket);

  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  struct entry {
    later_target target{};
    std::uint32_t generation = 1;  // Of the ticket that is out, or will be next; never 0.
    std::uint32_t next_free = none;
    bool is_out = false;
  };

  std::vector<entry> entries_;
  std::uint32_t first_free_ = none;
  std::size_t in_flight_ = 0;
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
