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

#include "pinwheel/reactor/base/intrusive_list.h"
#include "pinwheel/reactor/base/task.h"

namespace pinwheel {
inline namespace v0 {

class delete_queue {
 public:
  using destroy_function = void (*)(void* object) noexcept;

  struct last_tag;

  // A base class of what is to be called when all of that is gone, such as what leaves the loop with all it has. It may
  // unlink() itself before.
  class last_call : public list_hook<last_tag> {
   protected:
    using function = void (*)(last_call& due) noexcept;

    explicit last_call(function called) noexcept : called_(called) {}
    ~last_call() = default;

   private:
    friend class delete_queue;

    const function called_;
  };

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

  // REQUIRES: not called for already, which is_linked() answers.
  void call_last(last_call& due) { last_.push_back(due); }

  // Destroys everything, in order of adding, also what those destructors add; then makes the last calls, each when
  // nothing is left of what the ones before it have added. Inside one of those destructors: destroys what is left, and
  // the last calls come when the destructor has returned.
  void run() noexcept {
    if (empty()) return;
    const bool is_inside = std::exchange(running_, true);
    destroy_all();
    if (is_inside) return;
    while (!last_.empty()) {
      last_call& due = last_.pop_front();
      due.called_(due);
      destroy_all();
    }
    running_ = false;
  }

  [[nodiscard]] bool empty() const noexcept { return doomed_.empty() && last_.empty(); }

 private:
  struct entry {
    void* object;
    destroy_function destroy;
  };

  void destroy_all() noexcept {
    while (begun_ < doomed_.size()) {
      const entry next = doomed_[begun_++];
      next.destroy(next.object);
    }
    doomed_.clear();
    begun_ = 0;
  }

  std::vector<entry> doomed_;
  std::size_t begun_ = 0;  // The first of them: being destroyed, or gone.
  intrusive_list<last_call, last_tag> last_;
  bool running_ = false;
};

}  // namespace v0
}  // namespace pinwheel
