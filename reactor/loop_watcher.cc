#include "pinwheel/reactor/loop_watcher.h"

#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

loop_watcher::loop_watcher(loop_watchers& home, callback called) : home_(home), callback_(std::move(called)) {
  PINWHEEL_CHECK(static_cast<bool>(callback_), "a loop watcher needs a callback");
  home_.enter(*this);
}

loop_watcher::~loop_watcher() { home_.leave(*this); }

prepare_watcher::prepare_watcher(event_base& base, callback called)
    : loop_watcher(base.prepare_watchers(), std::move(called)) {}

loop_watchers& check_watcher::point_of(event_base& base) { return base.check_watchers(); }

loop_watchers& fork_watcher::point_of(event_base& base) { return base.fork_watchers(); }

// The call of one watcher: its callback is moved out meanwhile, so that it may destroy its watcher without losing what
// it captured.
class loop_watchers::running {
 public:
  running(loop_watchers& home, loop_watcher& watcher)
      : home_(home), watcher_(watcher), called_(std::move(watcher.callback_)) {
    home_.running_ = &watcher;
    home_.next_ = home_.watchers_.after(watcher);
  }
  ~running() {
    if (home_.running_ == &watcher_) watcher_.callback_ = std::move(called_);
    home_.running_ = nullptr;
  }
  running(const running&) = delete;
  running& operator=(const running&) = delete;

  void operator()(std::optional<duration> wait) { called_(wait); }

 private:
  loop_watchers& home_;
  loop_watcher& watcher_;
  loop_watcher::callback called_;
};

bool loop_watchers::run(std::optional<duration> wait) {
  if (watchers_.empty()) return false;
  const std::uint64_t last = registered_;
  next_ = watchers_.first();
  while (next_ != nullptr && next_->order_ <= last) {
    running call(*this, *next_);
    call(wait);
  }
  return true;
}

void loop_watchers::enter(loop_watcher& made) {
  made.order_ = ++registered_;
  watchers_.push_back(made);
}

void loop_watchers::leave(loop_watcher& dying) {
  if (running_ == &dying) running_ = nullptr;
  if (next_ == &dying) next_ = watchers_.after(dying);
  dying.unlink();
}

}  // namespace v0
}  // namespace pinwheel
