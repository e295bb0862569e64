// What one loop knows of names that are not, or no longer, those of its connections: who has left, and for which loop;
// who has come, and what it was called before.
//
// A connection gets a new name on every loop it comes to. So work that is sent to its first name goes where the
// connection went, hop by hop: each loop hands it on to the next one under the name by which it came, and what one
// sender sends by one name stays in order. (A shorter way would overtake what is still on the longer one.)
//
// Threads:   loop-bound.
// Ownership: values, and handles to the loops that names lead to.
// Limits:    two entries of 16 bytes for each move, one on the loop that was left and one on the loop that was come to,
//            until the connection is closed; connection_move::moves_max moves for each connection. Room for no more
//            than eight times as many is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pinwheel/net/connection_host_handle.h"
#include "pinwheel/net/connection_id.h"

namespace pinwheel {
inline namespace v0 {

class forwarding {
 public:
  // Where the connection of a name is to be looked for next.
  struct step {
    connection_host_handle elsewhere;  // There, under the same name. Names no loop where it is on this one.
    connection_id here;                // On this loop, under this name.
  };

  void left_for(connection_id was, const connection_host_handle& to);
  void came_as(connection_id was, connection_id now) { put(was, now); }

  // Nothing for a name that is unknown here.
  [[nodiscard]] std::optional<step> next(connection_id name) const;

  // The connection is over.
  void forget(connection_id was);
  void forget_all();

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  // Entries that there is room for.
  [[nodiscard]] std::size_t capacity() const noexcept { return entries_.capacity(); }

 private:
  using table = absl::flat_hash_map<std::uint64_t, connection_id>;
  static_assert(sizeof(table::value_type) == 16);

  // Another loop that names lead to.
  struct neighbour {
    connection_host_handle host;  // Names no loop exactly while no name leads there: the place is free.
    std::size_t names = 0;
  };

  void put(connection_id was, connection_id now);
  [[nodiscard]] std::size_t place_of(const connection_host_handle& host);

  table entries_;  // By the bits of the name. One without a generation is that of a neighbour, whose place is its slot.
  std::vector<neighbour> neighbours_;
};

}  // namespace v0
}  // namespace pinwheel
