// Callbacks that need no event object of the user's: each is called once, or destroyed uncalled with its base
// (SEMANTICS I12).
//
// Threads:   loop-bound.
// Ownership: owns them until they have run.
// Errors:    what event::add answers; nothing is kept then, and the base is as it was.
#pragma once

#include <memory>

#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/base/inline_function.h"
#include "pinwheel/reactor/base/intrusive_list.h"
#include "pinwheel/reactor/base/io_result.h"
#include "pinwheel/reactor/reasons.h"

namespace pinwheel {
inline namespace v0 {

class event_base;

struct once_tag;

using once_callback = inline_function<void(reasons why)>;

class once_callbacks {
 public:
  explicit once_callbacks(event_base& base) : base_(base) {}
  ~once_callbacks() { clear(); }
  once_callbacks(const once_callbacks&) = delete;
  once_callbacks& operator=(const once_callbacks&) = delete;

  io_result add(duration timeout, once_callback&& called);
  io_result add(int descriptor, interest what, once_callback&& called);
  io_result add(int descriptor, interest what, duration timeout, once_callback&& called);

  // Destroys what has not run, and what its captures hand over as they die.
  void clear();
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

 private:
  struct entry;

  io_result keep_if(io_result added, std::unique_ptr<entry>&& made);

  event_base& base_;
  intrusive_list<entry, once_tag> entries_;
};

}  // namespace v0
}  // namespace pinwheel
