// How a listener or a connector makes the filter of a new connection.
//
// Threads:   any; a constant value. `make` is called on the connection's loop.
// Ownership: borrows its context, which outlives every connection made with it.
#pragma once

#include <memory>

#include "pinwheel/net/filter.h"

namespace pinwheel {
inline namespace v0 {

struct filter_factory {
  // Null: connections without a filter. What it throws closes the connection before it is opened.
  std::unique_ptr<filter> (*make)(void* context) = nullptr;
  void* context = nullptr;
};

// A Filter that is default-constructed.
template <class Filter>
inline constexpr filter_factory make_filter = {
    [](void*) -> std::unique_ptr<filter> { return std::make_unique<Filter>(); }};

// A Filter that is constructed from a reference to what all connections share, such as certificates.
template <class Filter, class Context>
[[nodiscard]] constexpr filter_factory make_filter_with(Context& context) {
  return {
      [](void* shared) -> std::unique_ptr<filter> { return std::make_unique<Filter>(*static_cast<Context*>(shared)); },
      &context};
}

}  // namespace v0
}  // namespace pinwheel
