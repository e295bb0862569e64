#include "pinwheel/net/close_reason.h"

namespace pinwheel {
inline namespace v0 {

std::string_view to_string(close_reason reason) {
  switch (reason) {
    case close_reason::local:
      return "local";
    case close_reason::peer_eof:
      return "peer_eof";
    case close_reason::reset:
      return "reset";
    case close_reason::idle:
      return "idle";
    case close_reason::header_timeout:
      return "header_timeout";
    case close_reason::write_stall:
      return "write_stall";
    case close_reason::slow_input:
      return "slow_input";
    case close_reason::slow_output:
      return "slow_output";
    case close_reason::input_overflow:
      return "input_overflow";
    case close_reason::output_overflow:
      return "output_overflow";
    case close_reason::file_failed:
      return "file_failed";
    case close_reason::handler_threw:
      return "handler_threw";
    case close_reason::connect_failed:
      return "connect_failed";
    case close_reason::connect_timeout:
      return "connect_timeout";
    case close_reason::cancelled:
      return "cancelled";
    case close_reason::handshake_timeout:
      return "handshake_timeout";
    case close_reason::filter_truncated:
      return "filter_truncated";
    case close_reason::filter_error:
      return "filter_error";
    case close_reason::drained:
      return "drained";
    case close_reason::stopped:
      return "stopped";
  }
  return "unknown";
}

}  // namespace v0
}  // namespace pinwheel
