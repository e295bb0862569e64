// Objects that callbacks have done away with, kept until every callback of the turn has unwound (DESIGN section 2).
//
// Threads:   loop-bound.
// Ownership: owns what is in it.
// Cost:      allocates only while it grows past the most it ever held; add_call() allocates.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "pinwheel/reactor/base/task.h"

namespace pinwheel {
inline namespace v0 {

class delete_queue {
 public:
  using destroy_function = void (*)(void* object) noexcept;

  delete_queue() = default;
  delete_queue(const delete_queue&) = delete;
  delete_queue& operator=(const delete_queue&) = delete;
  ~delete_queue() { run(); }

  template <class T>
  void add(std::unique_ptr<T> object) {
    if (object == nullptr) return;
    add(object.get(), [](void* doomed) noexcept { delete static_cast<T*>(doomed); });
    static_cast<void>(object.release());
  }

  // Something to be called, once, in their stead. It must not throw.
  void add_call(task&& work) {
    add(std::make_unique<task>(std::move(work)).release(), [](void* owned) noexcept {
      const std::unique_ptr<task> mine(static_cast<task*>(owned));
      (*mine)();
    });
  }

  // For objects that do not come from new, such as those of a pool.
  void add(void* object, destroy_function destroy) { doomed_.push_back({object, destroy}); }

  // Destroys everything, in order of adding, also what those destructors add.
  void run() noexcept {
    for (std::size_t at = 0; at < doomed_.size(); ++at) {
      const entry next = doomed_[at];
      next.destroy(next.object);
    }
    doomed_.clear();
  }

  [[nodiscard]] bool empty() const noexcept { return doomed_.empty(); }

 private:
  struct entry {
    void* object;
    destroy_function destroy;
  };

  std::vector<entry> doomed_;
};

}  // namespace v0
}  // namespace pinwheel
