// How a listener makes the handler of a new connection: in place, inside the connection's own block.
//
// Threads:   any; a constant value. `make` is called on the connection's loop.
// Ownership: borrows its context, which outlives every connection made with it.
#pragma once

#include <cstddef>
#include <new>

#include "pinwheel/net/connection_handler.h"

namespace pinwheel {
inline namespace v0 {

struct handler_factory {
  std::size_t size;
  std::size_t alignment;
  // Constructs a handler of `size` bytes at `room`. What it throws closes the connection before it is opened.
  connection_handler* (*make)(void* room, void* context);
  void* context = nullptr;
};

// A Handler that is default-constructed.
template <class Handler>
inline constexpr handler_factory make_handler = {
    sizeof(Handler), alignof(Handler), [](void* room, void*) -> connection_handler* { return ::new (room) Handler(); }};

// A Handler that is constructed from a reference to what all connections of a listener share.
template <class Handler, class Context>
[[nodiscard]] constexpr handler_factory make_handler_with(Context& context) {
  return {sizeof(Handler), alignof(Handler),
          [](void* room, void* shared) -> connection_handler* {
            return ::new (room) Handler(*static_cast<Context*>(shared));
          },
          &context};
}

}  // namespace v0
}  // namespace pinwheel
