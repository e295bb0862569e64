#include "pinwheel/reactor/once_callbacks.h"

#include <memory>
#include <utility>

#include "pinwheel/reactor/event.h"

namespace pinwheel {
inline namespace v0 {

struct once_callbacks::entry : list_hook<once_tag> {
  entry(event_base& base, once_callback&& work)
      : watched(base, event_life::one_shot, [this](event&, reasons why) { run(why); }), called(std::move(work)) {}
  entry(event_base& base, int descriptor, interest what, once_callback&& work)
      : watched(base, descriptor, what, event_life::one_shot, [this](event&, reasons why) { run(why); }),
        called(std::move(work)) {}
  ~entry() {
    if (is_linked()) unlink();
  }
  entry(const entry&) = delete;
  entry& operator=(const entry&) = delete;

  void run(reasons why) {
    const std::unique_ptr<entry> mine(this);  // Dies with the call, however that ends.
    called(why);
  }

  event watched;
  once_callback called;
};

void once_callbacks::clear() {
  while (!entries_.empty()) delete &entries_.front();
}

io_result once_callbacks::add(duration timeout, once_callback&& called) {
  auto made = std::make_unique<entry>(base_, std::move(called));
  return keep_if(made->watched.add(timeout), std::move(made));
}

io_result once_callbacks::add(int descriptor, interest what, once_callback&& called) {
  auto made = std::make_unique<entry>(base_, descriptor, what, std::move(called));
  return keep_if(made->watched.add(), std::move(made));
}

io_result once_callbacks::add(int descriptor, interest what, duration timeout, once_callback&& called) {
  auto made = std::make_unique<entry>(base_, descriptor, what, std::move(called));
  return keep_if(made->watched.add(timeout), std::move(made));
}

io_result once_callbacks::keep_if(io_result added, std::unique_ptr<entry>&& made) {
  if (added.ok()) entries_.push_back(*made.release());
  return added;
}

}  // namespace v0
}  // namespace pinwheel
