// Opens connections as a client: the same connection, and the same kind of handler, as on the server's side.
//
//   class greets final : public pinwheel::connection_handler {
//     void on_open(pinwheel::connection& peer) override { peer.write("hello\n"); }
//     std::size_t on_data(pinwheel::connection& peer, std::string_view bytes) override { … }
//     void on_close(pinwheel::connection&, pinwheel::close_status why) noexcept override { … }
//   };
//
//   const std::array to = {*pinwheel::parse_address("[::1]:7000"), *pinwheel::parse_address("127.0.0.1:7000")};
//   host.connect(to, pinwheel::make_handler<greets>, options);
//
// The addresses are tried one after another, until one takes the connection. The handler is made at once and hears
// nothing before on_open; or, instead of it, on_close, with what became of the last address (connect_failed with an
// errno, or connect_timeout), cancelled, or why the host ended it. Nothing is called inside connect(), whatever fails.
//
// A handler on a server's loop finds its host as peer.host(), and what it opens lives on the same loop. Only connect()
// looks at a make_handler_with()'s context, unless the new handler keeps it: to know who has asked, let it copy a
// connection_id out of it.
//
// Threads:   loop-bound.
// Ownership: a part of its connection_host, which owns the connections; owns what is under way.
// Errors:    running out of descriptors is an address's failure like any other. A unix listener whose backlog is full
//            is asked again until the address's timeout, as TCP does by itself. After fork(2), in the child, what is
//            under way fails with ECONNABORTED; it goes on in the parent.
// Limits:    addresses_max; connector_options.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pinwheel/net/address.h"
#include "pinwheel/net/close_reason.h"
#include "pinwheel/net/connect_id.h"
#include "pinwheel/net/connect_options.h"
#include "pinwheel/net/connection_options.h"
#include "pinwheel/net/handler_factory.h"
#include "pinwheel/reactor/loop_watcher.h"

namespace pinwheel {
inline namespace v0 {

class connection_host;
class pending_connect;

struct connector_options {
  std::size_t in_flight_max = 4096;  // Connects under way at once; what is asked for beyond them is refused.
};

class connector {
 public:
  static constexpr std::size_t addresses_max = 16;  // Of more, the first are tried.

  connector(connection_host& host, const connector_options& options);
  ~connector();  // REQUIRES: nothing is under way.
  connector(const connector&) = delete;
  connector& operator=(const connector&) = delete;

  // Refused above in_flight_max, while the host drains (but see connect_options::while_draining), behind its
  // abort_all(), or when the handler's constructor throws: then no handler is called, and the answer names no connect.
  // `options` outlive the connection; the rest is copied.
  connect_id connect(std::span<const address> in_order, const handler_factory& factory,
                     const connection_options& options, const connect_options& how);

  // The handler hears close_reason::cancelled, in a later pass. Answers whether the connect was still under way.
  bool cancel(connect_id which);

  // For the host: what is under way ends, but for what is to go on while it drains.
  void drain();
  // For the host: everything ends, and whatever is asked for from now on is refused.
  void end_all(close_reason why);
  void end_all_now(close_reason why);

  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }

 private:
  friend class pending_connect;

  static constexpr std::uint32_t no_place = 0xFFFFFFFF;

  struct place {
    std::unique_ptr<pending_connect> pending;  // Null while unused.
    std::uint32_t generation = 1;              // Never 0; bumped when the connect is over.
    std::uint32_t next_free = no_place;        // While unused.
  };

  [[nodiscard]] bool takes(const connect_options& how) const noexcept;
  connect_id next_id();
  void forget(const pending_connect& over) noexcept;
  void end_each(close_status why);
  template <class Visit>
  void for_each(Visit visit);

  connection_host& host_;
  const connector_options options_;
  std::vector<place> places_;
  std::uint32_t first_free_ = no_place;
  std::size_t in_flight_ = 0;
  bool ended_ = false;
  fork_watcher forked_;
};

}  // namespace v0
}  // namespace pinwheel
