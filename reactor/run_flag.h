// Who may touch a base: whoever holds this. loop() and owner_scope take it for as long as they last, a remover for the
// moment in which it serves a base that nobody runs (SEMANTICS N7), and the base's destructor for ever.
//
// Threads:   any. Lies in the mailbox, because a remover may come when the base is gone.
// Ownership: borrows the base, which is alive until close() has returned.
// Cost:      a lock as loop() begins and one as it ends; nothing on a turn.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "pinwheel/reactor/base/mutex.h"

namespace pinwheel {
inline namespace v0 {

class event_base;

class run_flag {
 public:
  // What a remover waits for, and the loop, or whoever serves the base, says when it is done.
  class errand {
   private:
    friend class run_flag;
    bool is_done_ = false;  // Under the flag's lock.
  };

  enum class standing : std::uint8_t {
    done,  // The errand is; the flag is not the caller's.
    held,  // The caller holds the flag, and must give it back.
    gone,  // The base has ended.
  };

  explicit run_flag(event_base& guarded) : guarded_(guarded) {}
  run_flag(const run_flag&) = delete;
  run_flag& operator=(const run_flag&) = delete;

  // --- the base ---

  // False: another call of loop() has it. A remover is waited out, and the next ones let the loop go first.
  [[nodiscard]] bool begin_run();
  void end_run() { give_back(holder::loop); }
  // For ever; waits out a remover. REQUIRES: the base does not run.
  void close();
  // Somebody is inside loop(), or serves the base.
  [[nodiscard]] bool is_held() const noexcept;

  // --- removers ---

  // Takes the flag if nobody has it or wants to run; else false.
  [[nodiscard]] bool try_serve();
  // Waits until the errand is done, or the flag is the caller's, or the base has ended.
  [[nodiscard]] standing wait_for(const errand& asked);
  void end_service() { give_back(holder::remover); }
  // REQUIRES: the caller holds the flag.
  [[nodiscard]] event_base& guarded() const noexcept { return guarded_; }

  // Of whoever holds the flag.
  void say_done(errand& asked);

 private:
  enum class holder : std::uint8_t { nobody, loop, remover, end };

  void wait_out_removers() ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);
  bool take_to_serve() ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);
  void give_back(holder former);

  event_base& guarded_;
  mutex lock_;
  condition changed_;
  std::atomic<holder> holder_{holder::nobody};             // Stored under the lock; is_held() reads it without.
  std::size_t owners_waiting_ ABSL_GUARDED_BY(lock_) = 0;  // Inside wait_out_removers().
};

}  // namespace v0
}  // namespace pinwheel
