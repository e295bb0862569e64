// A move-only callable that never allocates: what it captures lies inside it, or does not compile.
//
// Threads:   a value; may be made on one thread and called on another.
// Ownership: owns its captures.
// Limits:    captures of at most `Bytes` bytes with a noexcept move. Box a larger one visibly, in a unique_ptr.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

template <class Signature, std::size_t Bytes = 48>
class inline_function;

template <class Result, class... Arguments, std::size_t Bytes>
class inline_function<Result(Arguments...), Bytes> {
 public:
  inline_function() noexcept = default;
  inline_function(std::nullptr_t) noexcept {}

  template <class Callable>
    requires(!std::is_same_v<std::remove_cvref_t<Callable>, inline_function> &&
             std::is_invocable_r_v<Result, std::remove_cvref_t<Callable>&, Arguments...>)
  inline_function(Callable&& callable) noexcept(
      std::is_nothrow_constructible_v<std::remove_cvref_t<Callable>, Callable>) {
    using stored = std::remove_cvref_t<Callable>;
    static_assert(sizeof(stored) <= Bytes, "the captures do not fit: hold them in a std::unique_ptr");
    static_assert(alignof(stored) <= alignof(std::max_align_t), "over-aligned captures are not supported");
    static_assert(std::is_nothrow_move_constructible_v<stored>, "captures must move without throwing");
    ::new (static_cast<void*>(room_)) stored(std::forward<Callable>(callable));
    operations_ = &operations_of<stored>;
  }

  inline_function(inline_function&& other) noexcept { take(other); }
  inline_function& operator=(inline_function&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  inline_function(const inline_function&) = delete;
  inline_function& operator=(const inline_function&) = delete;
  ~inline_function() { reset(); }

  // REQUIRES: not empty. A callable that destroys this very object while it runs is a caller's error: move it out
  // first.
  Result operator()(Arguments... arguments) {
    PINWHEEL_DCHECK(operations_ != nullptr, "an empty function was called");
    return operations_->call(room_, std::forward<Arguments>(arguments)...);
  }

  explicit operator bool() const noexcept { return operations_ != nullptr; }

  // The callable, if it is one of this type; else null.
  template <class Stored>
  [[nodiscard]] Stored* target() noexcept {
    return operations_ == &operations_of<Stored> ? std::launder(reinterpret_cast<Stored*>(room_)) : nullptr;
  }

  // Destroys the captures; empty afterwards, also as seen by their destructors.
  void reset() noexcept {
    if (const operations* old = std::exchange(operations_, nullptr)) old->destroy(room_);
  }

 private:
  struct operations {
    Result (*call)(void*, Arguments&&...);
    void (*relocate)(void* to, void* from) noexcept;  // Move there, destroy here.
    void (*destroy)(void*) noexcept;
  };

  template <class Stored>
  static constexpr operations operations_of = {
      [](void* room, Arguments&&... arguments) -> Result {
        return static_cast<Result>((*static_cast<Stored*>(room))(std::forward<Arguments>(arguments)...));
      },
      [](void* to, void* from) noexcept {
        auto* source = static_cast<Stored*>(from);
        ::new (to) Stored(std::move(*source));
        std::destroy_at(source);
      },
      [](void* room) noexcept { std::destroy_at(static_cast<Stored*>(room)); },
  };

  void take(inline_function& other) noexcept {
    if (other.operations_ == nullptr) return;
    other.operations_->relocate(room_, other.room_);
    operations_ = std::exchange(other.operations_, nullptr);
  }

  alignas(std::max_align_t) std::byte room_[Bytes];
  const operations* operations_ = nullptr;
};

}  // namespace v0
}  // namespace pinwheel
