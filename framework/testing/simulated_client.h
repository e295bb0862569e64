// A peer of a simulated server, as a test writes it down: what it sends, when it reads, how it ends. Its simulation
// runs it, between the steps of the loops.
//
// Threads:   its simulation's.
// Ownership: owned by its simulation; its socket is closed with it.
// Errors:    what the network did to it is kept: error(), is_at_end().
// Limits:    what it has to send and what it has received are as much as the test makes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "pinwheel/net/simulation/network.h"
#include "pinwheel/net/socket.h"

namespace pinwheel {
namespace testing {
inline namespace v0 {

class simulated_client {
 public:
  // Takes over the outer end of a connection, or of a connect under way.
  simulated_client(simulated_network& network, socket_descriptor socket)
      : network_(network), socket_(std::move(socket)) {}

  // Sends, behind all before, as fast as the network takes it.
  void send(std::string_view bytes) { unsent_.append(bytes); }
  // The end of what it sends, behind all of it.
  void shut_down_write() { ends_ = true; }

  // Reads nothing from now on: the server's output backs up.
  void stop_reading() { readable_bytes_ = 0; }
  // Reads so much more and stops then; without a number, all that comes.
  void read(std::size_t bytes = SIZE_MAX) { readable_bytes_ = bytes; }

  // Closes now, whatever was not sent.
  void close();
  // Closes now, and the server reads ECONNRESET.
  void reset();
  // The connection breaks when so many more of its bytes have reached the server.
  void break_after(std::size_t bytes) { network_.cut_after(socket_.native_handle(), bytes); }

  [[nodiscard]] const std::string& received() const noexcept { return received_; }
  // All received since the last call.
  [[nodiscard]] std::string take_received() noexcept { return std::exchange(received_, {}); }

  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }  // Until close() or reset().
  [[nodiscard]] bool is_at_end() const noexcept { return is_at_end_; }       // The server has sent its last byte.
  [[nodiscard]] int error() const noexcept { return error_; }  // The first errno that was no EAGAIN; 0: none.
  [[nodiscard]] std::size_t unsent() const noexcept { return unsent_.size(); }
  [[nodiscard]] address local_address() const { return network_.local_address(socket_.native_handle()); }

 private:
  friend class simulation;

  // Whether run() would get anywhere.
  [[nodiscard]] bool can_run();
  // Sends and reads once.
  void run();
  void run_sending();
  void run_reading();
  [[nodiscard]] bool is_over() const noexcept { return !socket_.is_open() || error_ != 0; }
  [[nodiscard]] bool has_to_send() const noexcept { return !unsent_.empty() || (ends_ && !has_ended_); }
  [[nodiscard]] bool wants_to_read() const noexcept { return readable_bytes_ > 0 && !is_at_end_; }

  simulated_network& network_;
  socket_descriptor socket_;
  std::string unsent_;
  std::string received_;
  std::size_t readable_bytes_ = SIZE_MAX;  // That it is to read.
  int error_ = 0;
  bool ends_ = false;
  bool has_ended_ = false;
  bool is_at_end_ = false;
};

}  // namespace v0
}  // namespace testing
}  // namespace pinwheel
