// What one loop knows of names that are not, or no longer, those of its connections: who has left, and for which loop;
// who has come, and what it was called before.
//
// A connection gets a new name on every loop it comes to. So work that is sent to its first name goes where the
// connection went, hop by hop: each loop hands it on to the next one under the name by which it came, and what one
// sender sends by one name stays in order. (A shorter way would overtake what is still on the longer one.)
//
// Threads:   loop-bound.
// Ownership: values alone.
// Limits:    two entries of 16 bytes for each move, one on the loop that was left and one on the loop that was come to,
//            until the connection is closed; connection_move::moves_max moves for each connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "pinwheel/net/connection_id.h"

namespace pinwheel {
inline namespace v0 {

class forwarding {
 public:
  // Where the connection of a name is to be looked for next.
  struct step {
    bool is_here;  // On this loop, as `name`. Otherwise on loop name.loop, under the name it was asked for by.
    connection_id name;
  };

  void left_for(connection_id was, unsigned loop) { put(was, {.loop = loop & 0x3ffU}); }
  void came_as(connection_id was, connection_id now) { put(was, now); }

  // Nothing for a name that is unknown here.
  [[nodiscard]] std::optional<step> next(connection_id name) const;

  // The connection is over.
  void forget(connection_id was);
  void forget_all() { entries_.clear(); }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

 private:
  using table = absl::flat_hash_map<std::uint64_t, connection_id>;
  static_assert(sizeof(table::value_type) == 16);

  void put(connection_id was, connection_id now);

  table entries_;  // By the bits of the name. One without a generation names the loop alone.
};

}  // namespace v0
}  // namespace pinwheel
