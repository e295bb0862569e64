// Work to be run once, by a loop: the unit that posts, mailboxes and delayed calls carry.
#pragma once

#include "pinwheel/reactor/base/inline_function.h"

namespace pinwheel {
inline namespace v0 {

// What a task of another thread captures may be run, or destroyed unrun, on either side: see event_base_handle::post.
using task = inline_function<void(), 48>;

static_assert(sizeof(task) == 64, "one cache line");

}  // namespace v0
}  // namespace pinwheel
