// What other threads know of a connection_host: the door by which connections come to it from other loops, and the
// rooms of those that have left it. Outlives the host for as long as a handle names it, or a connection that was opened
// there lives elsewhere.
//
// A lock and not the mailbox of the loop, because what lies here must neither be lost nor refused. No request comes by;
// only connections that move, and those that have moved and end.
//
// Threads:   admit(), say_farewell(), give_back() and the reference count: any. The rest: the host's loop.
// Ownership: counted, by the host and by every connection_host_handle. Owns the rooms, and what waits to be taken: a
//            connection from admit() to take().
// Limits:    as many letters as there are connections on their way here, and two farewells for each move.
#pragma once

#include <atomic>
#include <cstddef>
#include <span>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "pinwheel/net/connection_id.h"
#include "pinwheel/net/slab_pool.h"
#include "pinwheel/reactor/base/mutex.h"
#include "pinwheel/reactor/event_base_handle.h"
#include "pinwheel/reactor/event_ref.h"

namespace pinwheel {
inline namespace v0 {

class connection;
class connection_host;

class connection_home {
 public:
  struct room {
    void* at;
    std::size_t bytes;
  };

  struct mail {
    std::vector<connection*> arrivals;
    std::vector<connection_id> farewells;  // Names, known to this host, of connections that are over.
    std::vector<room> rooms;
  };

  // `bell` is what other threads activate on the host's loop when there is mail.
  connection_home(connection_host& host, unsigned loop_number, event_ref bell)
      : loop_number_(loop_number), bell_(bell), host_(&host) {}
  connection_home(const connection_home&) = delete;
  connection_home& operator=(const connection_home&) = delete;

  void share() noexcept { shares_.fetch_add(1, std::memory_order_relaxed); }
  void drop() noexcept;

  [[nodiscard]] unsigned loop_number() const noexcept { return loop_number_; }

  // --- any thread; `loop` is the host's ---

  // Calls `leave()`, which gives a connection away by its address, and keeps that for the host; unless the door is shut
  // or the bell cannot be heard, which it answers.
  template <class Leave>
  post_result admit(const event_base_handle& loop, Leave leave) {
    const mutex_lock lock(mutex_);
    if (is_shut_) return post_result::gone;
    // First, for it may fail. The loop that hears it waits for the lock.
    if (!has_rung_) {
      if (const post_result rung = loop.activate(bell_); rung != post_result::taken) return rung;
      has_rung_ = true;
    }
    waiting_.arrivals.push_back(leave());
    has_mail_.store(true, std::memory_order_release);
    return post_result::taken;
  }

  // Names that the host keeps forwarding entries for, of a connection that is over.
  void say_farewell(const event_base_handle& loop, std::span<const connection_id> names);

  // A room of this home, whose connection has died on another loop.
  void give_back(const event_base_handle& loop, room returned) noexcept;

  // --- the host's loop ---

  // Null once it has died.
  [[nodiscard]] connection_host* host() const noexcept { return host_; }
  [[nodiscard]] slab_pool& rooms() noexcept { return rooms_; }

  [[nodiscard]] bool has_mail() const noexcept { return has_mail_.load(std::memory_order_acquire); }
  [[nodiscard]] mail take();
  // The bell has been heard: what comes from now on rings again.
  void heard();

  // In the child of a fork: what is on its way here is the parent's, and ends as it arrives.
  void part_from_parent();

  // No connection comes any more; those that came before are still to be taken.
  void shut();
  // The same, but false, and nothing has changed, while one waits to be taken.
  [[nodiscard]] bool shut_unless_awaited();

  // The host dies. REQUIRES: shut, and the last arrival was taken.
  void vacate();

 private:
  ~connection_home() = default;

  void leave_mail(const event_base_handle& loop) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  mail take_waiting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const unsigned loop_number_;
  const event_ref bell_;
  std::atomic<std::size_t> shares_{0};
  std::atomic<bool> has_mail_{false};
  connection_host* host_;
  slab_pool rooms_;  // The host's loop's; under the lock once the host has died.

  mutex mutex_;
  mail waiting_ ABSL_GUARDED_BY(mutex_);
  bool is_shut_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_vacant_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_rung_ ABSL_GUARDED_BY(mutex_) = false;  // And was not heard yet.
};

}  // namespace v0
}  // namespace pinwheel
