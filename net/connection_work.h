// What is sent to a connection by its connection_id: called once, on the connection's loop, as if by the connection.
#pragma once

#include "pinwheel/reactor/base/inline_function.h"

namespace pinwheel {
inline namespace v0 {

class connection;

// Gets null when the connection was not reached: it is gone, or the mailbox of a loop that it had moved to was full.
// What is written through the connection leaves when the work returns; what the work throws then closes the connection
// with close_reason::handler_threw. A loop that ends before destroys it uncalled, as every task.
// Limits: 24 bytes of captures; larger ones are held in a std::unique_ptr.
using connection_work = inline_function<void(connection*), 24>;

static_assert(sizeof(connection_work) == 32, "fits into a task, beside whom it is for");

}  // namespace v0
}  // namespace pinwheel
