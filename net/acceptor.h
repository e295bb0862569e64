// Accepts connections from one listening socket, a bounded number at a time, and hands each on.
//
// Threads:   loop-bound, except counters.
// Ownership: owns the listening socket, and the file of a unix one; borrows its base.
// Errors:    out of descriptors or memory it logs once, until the backlog is empty again, and tries again after
//            acceptor_options::back_off; the connections wait in the kernel. What concerns one connection alone is
//            passed over.
#pragma once

#include <cstddef>

#include "pinwheel/net/address.h"
#include "pinwheel/net/loop_counter.h"
#include "pinwheel/net/socket.h"
#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/base/inline_function.h"
#include "pinwheel/reactor/base/io_result.h"
#include "pinwheel/reactor/base/task.h"
#include "pinwheel/reactor/event.h"

namespace pinwheel {
inline namespace v0 {

class event_base;

struct acceptor_options {
  std::size_t batch_max = 64;  // Accepted before other events have their turn.
  duration back_off = std::chrono::milliseconds(100);
  std::size_t drained_max = 65536;  // Accepted by drain(): more than a backlog holds.
};

struct alignas(64) acceptor_counters {
  loop_counter accepted;
  loop_counter back_offs;  // Times that descriptors or memory had run out.
};

class acceptor {
 public:
  // Gets each accepted socket, non-blocking and close-on-exec. May close the acceptor, but not destroy it.
  using accepted_function = inline_function<void(socket_descriptor socket, const address& peer)>;

  acceptor(event_base& base, socket_descriptor listening, accepted_function accepted, acceptor_options options = {});
  ~acceptor() { close(); }
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;

  // Begins to accept.
  io_result start();

  // Accepts what waits in the backlog, closes, and calls `drained`: within this call, unless descriptors or memory have
  // run out; then it goes on as they come back. REQUIRES: called once.
  void drain(task drained);

  // Stops listening: what waits in the backlog is refused.
  void close();

  [[nodiscard]] const address& listens_on() const noexcept { return where_; }
  [[nodiscard]] const acceptor_counters& counters() const noexcept { return counters_; }

 private:
  // What accepting stopped at.
  enum class stop { empty, limit, exhausted, closed };

  void accept_batch();
  stop accept_up_to(std::size_t most);
  void back_off(int error);
  void try_again();
  void drain_backlog();

  const acceptor_options options_;
  socket_descriptor listening_;
  const address where_;
  accepted_function accepted_;
  event readable_;
  event retry_;              // Armed exactly while backing off.
  task drained_;             // Set exactly from drain() to the closing.
  int exhausted_by_ = 0;     // The last errno that stopped accepting.
  bool has_warned_ = false;  // From the first back-off until the backlog was empty.
  acceptor_counters counters_;
};

}  // namespace v0
}  // namespace pinwheel
