// Gives work to connections by their ids: finds among several loops the one that an id names.
//
// Threads:   add() before anyone else uses it; then any.
// Ownership: shares the homes of the hosts, not the hosts.
// Limits:    one host for each loop.
#pragma once

#include <vector>

#include "pinwheel/net/connection_host_handle.h"
#include "pinwheel/net/connection_id.h"
#include "pinwheel/net/connection_work.h"

namespace pinwheel {
inline namespace v0 {

class connection_router {
 public:
  // In the place of an earlier one whose loop had the same number. REQUIRES: names a loop.
  void add(connection_host_handle host);

  // As connection_host_handle::send_to, of the host that gave the connection this id; `gone` when it is none of these.
  post_result send_to(connection_id to, connection_work&& work) const;

 private:
  std::vector<connection_host_handle> by_number_;
};

}  // namespace v0
}  // namespace pinwheel
