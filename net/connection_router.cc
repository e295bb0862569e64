#include "pinwheel/net/connection_router.h"

#include <utility>

namespace pinwheel {
inline namespace v0 {

void connection_router::add(connection_host_handle host) {
  const unsigned number = host.loop_number();
  if (number >= by_number_.size()) by_number_.resize(number + 1);
  by_number_[number] = std::move(host);
}

post_result connection_router::send_to(connection_id to, connection_work&& work) const {
  if (to.loop >= by_number_.size()) return post_result::gone;
  return by_number_[to.loop].send_to(to, std::move(work));
}

}  // namespace v0
}  // namespace pinwheel
