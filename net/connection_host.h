// All connections of one loop, and what they share: streams, memory, counters.
//
// Threads:   loop-bound, except counters and handle().
// Ownership: borrows its base, which outlives it; owns the connections, and ends those that are left when it dies with
//            close_reason::stopped.
// Errors:    a connection that cannot be opened is closed, counted and logged.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "pinwheel/net/block_pool.h"
#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_counters.h"
#include "pinwheel/net/connection_host_handle.h"
#include "pinwheel/net/connection_id.h"
#include "pinwheel/net/connection_options.h"
#include "pinwheel/net/connection_work.h"
#include "pinwheel/net/connector.h"
#include "pinwheel/net/forwarding.h"
#include "pinwheel/net/handler_factory.h"
#include "pinwheel/net/slab_pool.h"
#include "pinwheel/net/socket.h"
#include "pinwheel/net/streams.h"
#include "pinwheel/reactor/base/task.h"
#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/loop_watcher.h"

namespace pinwheel {
inline namespace v0 {

class event_base;

class connection_host : private streams {
 public:
  explicit connection_host(event_base& base, const stream_options& options = {},
                           const connector_options& connects = {});
  ~connection_host();  // REQUIRES: not inside a callback of the loop.
  connection_host(const connection_host&) = delete;
  connection_host& operator=(const connection_host&) = delete;

  // --- any thread ---

  [[nodiscard]] const connection_counters& counters() const noexcept { return counters_; }
  [[nodiscard]] const stream_counters& traffic() const noexcept { return streams::counters(); }
  // Names this host for other threads, also when it has gone.
  [[nodiscard]] connection_host_handle handle() const;

  // --- loop thread only ---

  // Makes a connection of a connected, non-blocking socket, and calls its handler's on_open. Answers an id that names
  // no connection when that failed. `options` outlive the connection.
  connection_id open(socket_descriptor socket, const handler_factory& factory, const connection_options& options);

  // Opens a connection as a client; net/connector.h says what is called when, and what is refused.
  connect_id connect(std::span<const address> in_order, const handler_factory& factory,
                     const connection_options& options, const connect_options& how = {}) {
    return connector_.connect(in_order, factory, options, how);
  }
  connect_id connect(const address& to, const handler_factory& factory, const connection_options& options,
                     const connect_options& how = {}) {
    return connect(std::span(&to, 1), factory, options, how);
  }
  // Calls a connect() off; answers whether it was still under way.
  bool cancel(connect_id connecting) { return connector_.cancel(connecting); }

  // Null when it is gone, or has moved. What is written through it leaves in a later pass.
  [[nodiscard]] connection* find(connection_id named) const;

  // Calls visit(connection&) for each that is open and has not ended; it may open, close and write.
  template <class Visit>
  void for_each(Visit&& visit) {
    streams::for_each([&](stream& which) {
      auto& each = static_cast<connection&>(which);
      if (!each.has_ended()) visit(each);
    });
  }

  // Every connection, also one opened from now on, receives what the kernel already has for it and is then told to
  // drain. What is not open yet ends, and connect() is refused.
  void drain();

  // Ends every connection, also one that is on its way here, and lingers and forwards no more. From now on connections
  // that were to move here stay where they are, and connect() is refused.
  void abort_all(close_reason why);

  // Calls `empty`, once and not within this call, when no connection is left, on its way here or being opened, nothing
  // lingers, and those that have moved away are closed, so that what is sent to them by the names they had here reaches
  // them. Connections that were to move here then stay where they are. Replaces an earlier one.
  void on_empty(task empty);

  // Calls `work` with the connection of that name, or hands it on to the loop where that has gone: what
  // connection_host_handle::send_to has called.
  void deliver(connection_id to, connection_work&& work);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }  // Connections whose on_close was not called.
  using streams::loop;
  [[nodiscard]] const connector& connects() const noexcept { return connector_; }
  [[nodiscard]] const block_pool& blocks() const noexcept { return blocks_; }
  [[nodiscard]] const slab_pool& rooms() const noexcept { return home_->rooms(); }
  // Names that lead to connections under another name, here or elsewhere.
  [[nodiscard]] std::size_t names_forwarded() const noexcept { return forwarding_.size(); }
  // Takes no connections from other loops any more, and has none.
  [[nodiscard]] bool has_ended() const noexcept { return is_shut_ && size_ == 0; }
  [[nodiscard]] const streams& all_streams() const noexcept { return *this; }

 private:
  friend class connection;
  friend class connection_filter;
  friend class connection_move;
  friend class connector;
  friend class pending_connect;

  connection* make(const handler_factory& factory, const connection_options& options);
  void begin(connection& adopted);
  void refuse(connection& never_opened) noexcept;
  void count_opened() noexcept;
  void count_exception() noexcept;  // REQUIRES: inside a catch.
  void count_closed(close_reason why) noexcept;
  void destroy_later(connection& over);
  void destroy(connection& over) noexcept;

  // --- from and for other loops (connection_host_mail.cc) ---

  void bell_was_heard();
  void take_mail();
  void forget(connection_id name);
  void forget_all();
  void shut();
  void wait_for_empty();
  void streams_are_empty();

  block_pool blocks_;
  connection_counters counters_;
  event bell_;  // Other loops have left something at home_.
  home_share home_;
  forwarding forwarding_;
  task empty_;
  std::optional<close_reason> ends_with_;  // Set from abort_all() on.
  connector connector_;
  std::size_t size_ = 0;
  bool draining_ = false;
  bool is_shut_ = false;  // As the home's door.
  fork_watcher forked_;
};

inline connection_host& connection::host() const { return static_cast<connection_host&>(home()); }

}  // namespace v0
}  // namespace pinwheel
