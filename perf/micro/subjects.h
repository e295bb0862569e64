// Every subject, for one library.
#pragma once

#include "armed_timers.h"
#include "busy_loop.h"
#include "ping_pong.h"
#include "post.h"
#include "ready_descriptors.h"
#include "subject.h"
#include "timer_expiry.h"
#include "user_event.h"

namespace pinwheel::perf {

template <class Loop>
void add_subjects(const scale& size) {
  add_posts<Loop>(size);
  add_ping_pong<Loop>(size);
  add_busy_loop<Loop>(size);
  add_user_events<Loop>(size);
  add_ready_descriptors<Loop>(size);
  add_armed_timers<Loop>(size);
  add_timer_expiry<Loop>(size);
}

}  // namespace pinwheel::perf
