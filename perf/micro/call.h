// What the loops here call back: a function and its argument, so that every library stores and calls the same.
#pragma once

namespace pinwheel::perf {

struct call {
  void (*function)(void* argument);
  void* argument;

  void operator()() const { function(argument); }
};

// call_to<&subject::on_timer>(*this)
template <auto Member, class Object>
call call_to(Object& object) {
  return {[](void* argument) { (static_cast<Object*>(argument)->*Member)(); }, &object};
}

}  // namespace pinwheel::perf
