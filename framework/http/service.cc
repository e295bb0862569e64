#include "pinwheel/framework/http/service.h"

#include "pinwheel/framework/current_server_loop.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

service::~service() {
  for (const std::atomic<loop_context*>& context : contexts_) delete context.load(std::memory_order_relaxed);
}

loop_context& service::on_loop(const event_base& base) {
  std::atomic<loop_context*>& context = contexts_[base.number()];
  loop_context* known = context.load(std::memory_order_relaxed);
  if (known == nullptr) {
    known = new loop_context(*this, current_server_loop::get().index);
    context.store(known, std::memory_order_release);
  }
  return *known;
}

std::map<std::size_t, const counters*> service::counted_by_loop() const {
  std::map<std::size_t, const counters*> by_loop;
  for (const std::atomic<loop_context*>& slot : contexts_) {
    const loop_context* const context = slot.load(std::memory_order_acquire);
    if (context != nullptr) by_loop.emplace(context->loop_index, &context->counted);
  }
  return by_loop;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
