// A doubly linked list whose links lie in its members: joining, leaving and moving a whole list cost a few stores.
//
// Threads:   loop-bound, as its members are.
// Ownership: none; a member must leave before it dies (checked in debug builds).
// Limits:    a member is in at most one list of one tag.
#pragma once

#include <cstddef>

#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

// Base class of a member. The tag allows an object to be in lists of several kinds at once.
template <class Tag>
class list_hook {
 public:
  list_hook() noexcept = default;
  list_hook(const list_hook&) = delete;
  list_hook& operator=(const list_hook&) = delete;
  ~list_hook() { PINWHEEL_DCHECK(!is_linked(), "a list member died while linked"); }

  [[nodiscard]] bool is_linked() const noexcept { return next_ != nullptr; }

  // Leaves whichever list it is in. REQUIRES: is_linked().
  void unlink() noexcept {
    PINWHEEL_DCHECK(is_linked(), "unlink of a member of no list");
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  template <class, class>
  friend class intrusive_list;

  list_hook* next_ = nullptr;  // Both set exactly while linked.
  list_hook* previous_ = nullptr;
};

template <class T, class Tag>
class intrusive_list {
 public:
  using hook = list_hook<Tag>;

  intrusive_list() noexcept { make_empty(); }
  intrusive_list(const intrusive_list&) = delete;
  intrusive_list& operator=(const intrusive_list&) = delete;
  ~intrusive_list() {
    PINWHEEL_DCHECK(empty(), "a list died with members in it");
    head_.next_ = head_.previous_ = nullptr;
  }

  [[nodiscard]] bool empty() const noexcept { return head_.next_ == &head_; }

  // REQUIRES: not empty.
  [[nodiscard]] T& front() const noexcept {
    PINWHEEL_DCHECK(!empty(), "front of an empty list");
    return static_cast<T&>(*head_.next_);
  }

  void push_back(T& member) noexcept {
    hook& joining = member;
    PINWHEEL_DCHECK(!joining.is_linked(), "a member joined a second list");
    joining.previous_ = head_.previous_;
    joining.next_ = &head_;
    head_.previous_->next_ = &joining;
    head_.previous_ = &joining;
  }

  // REQUIRES: not empty.
  T& pop_front() noexcept {
    T& member = front();
    static_cast<hook&>(member).unlink();
    return member;
  }

  // Moves all members of `other`, in order, before (after) those that are here. Constant time.
  void splice_front(intrusive_list& other) noexcept { splice(other, head_, *head_.next_); }
  void splice_back(intrusive_list& other) noexcept { splice(other, *head_.previous_, head_); }

  // The member behind this one, or null at the end. The member may not leave the list in between.
  [[nodiscard]] T* after(const T& member) const noexcept {
    hook* next = static_cast<const hook&>(member).next_;
    return next == &head_ ? nullptr : static_cast<T*>(next);
  }

  [[nodiscard]] T* first() const noexcept { return empty() ? nullptr : &front(); }

  // Walks the whole list and checks every link; answers the number of members.
  std::size_t validate() const {
    std::size_t members = 0;
    const hook* at = &head_;
    do {
      PINWHEEL_CHECK(at->next_ != nullptr && at->next_->previous_ == at, "a list link is broken");
      at = at->next_;
      ++members;
    } while (at != &head_);
    return members - 1;
  }

 private:
  void make_empty() noexcept { head_.next_ = head_.previous_ = &head_; }

  void splice(intrusive_list& other, hook& before, hook& behind) noexcept {
    if (other.empty()) return;
    before.next_ = other.head_.next_;
    before.next_->previous_ = &before;
    behind.previous_ = other.head_.previous_;
    behind.previous_->next_ = &behind;
    other.make_empty();
  }

  hook head_;  // A ring through the list itself: first is head_.next_, last is head_.previous_.
};

}  // namespace v0
}  // namespace pinwheel
