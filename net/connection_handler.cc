#include "pinwheel/net/connection_handler.h"

#include "pinwheel/net/connection.h"

namespace pinwheel {
inline namespace v0 {

void connection_handler::on_eof(connection& peer) { peer.close(close_reason::peer_eof); }

void connection_handler::on_timeout(connection& peer, close_reason why) { peer.abort(why); }

void connection_handler::on_drain(connection& peer) { peer.close(close_reason::drained); }

}  // namespace v0
}  // namespace pinwheel
