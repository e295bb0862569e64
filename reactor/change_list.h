// The changes of a turn, one a descriptor, until they are made (SEMANTICS I7).
//
// Threads:   loop-bound.
// Limits:    one entry for each descriptor that the process may have.
// Cost:      constant a change; allocates only for a higher descriptor, or more changes in a turn, than ever before.
#pragma once

#include <cstddef>
#include <vector>

#include "pinwheel/reactor/reasons.h"

namespace pinwheel {
inline namespace v0 {

class change_list {
 public:
  // `before` is what the last call for the descriptor asked for, made or not.
  void add(int descriptor, interest before, interest after);
  // The kernel has forgotten, or is about to, what it knew of the descriptor.
  void forget(int descriptor);
  void clear();

  [[nodiscard]] bool empty() const noexcept { return changes_.empty(); }

  // Calls make(descriptor, known, wanted) for each change that is not undone by a later one, and forgets them all.
  // `make` does not change the list.
  template <class Make>
  void apply(Make make) {
    for (const change& each : changes_) {
      if (is_due(each)) make(each.descriptor, each.known, each.wanted);
    }
    clear();
  }

 private:
  struct change {
    int descriptor;
    interest known;  // To the kernel.
    interest wanted;
    bool was_unwatched;  // At some time since the kernel was told.
  };

  static constexpr std::size_t none = 0;

  // What was removed and added again may be another file under the same number, of which the kernel knows nothing.
  static bool is_due(const change& which) noexcept {
    return which.known != which.wanted || (which.known != interest::none && which.was_unwatched);
  }

  std::vector<change> changes_;
  std::vector<std::size_t> places_;  // By descriptor: one more than its index in changes_, or none.
};

}  // namespace v0
}  // namespace pinwheel
