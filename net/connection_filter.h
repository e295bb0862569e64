// How the bytes of one connection go through its filter: opened before they are offered, sealed before they leave.
//
// Threads:   its connection's loop.
// Ownership: part of its connection, for life; owns the filter and what waits behind it. release() gives the blocks
// back
//            before this dies.
// Errors:    end the connection, with close_reason::filter_error or filter_truncated.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "pinwheel/net/block_pool.h"
#include "pinwheel/net/filter.h"
#include "pinwheel/net/filtered_bytes.h"
#include "pinwheel/net/output_queue.h"

namespace pinwheel {
inline namespace v0 {

class connection;
struct close_status;

class connection_filter {
 public:
  connection_filter(connection& through, std::unique_ptr<filter> by) noexcept
      : through_(through), bytes_(std::move(by)) {}
  connection_filter(const connection_filter&) = delete;
  connection_filter& operator=(const connection_filter&) = delete;

  // The first of its calls: the handshake begins.
  void start();

  // --- what comes ---

  void receive(std::string_view ciphertext);
  void end_of_ciphertext();
  // Whether a step of opening makes sense now.
  [[nodiscard]] bool may_open() const noexcept;
  void open_more();
  // Whether the stream is to receive.
  [[nodiscard]] bool wants_ciphertext() const noexcept;
  // Whether output waits until the handler has taken unread input.
  [[nodiscard]] bool needs_room_for_input() const noexcept;
  // The peer's end came without its closing notice.
  [[nodiscard]] bool is_truncated() const noexcept { return bytes_.is_truncated(); }

  // --- what goes ---

  void seal();
  [[nodiscard]] output_queue& sealed() noexcept { return bytes_.sealed(); }
  // Whether nothing is left to be sent until something has come.
  [[nodiscard]] bool waits_for_input() const noexcept { return bytes_.needs_input() && bytes_.sealed().empty(); }

  // --- the end ---

  // What is of no use any more; what was sealed may be lent to a send.
  void drop_unsealed() noexcept;
  void release(block_pool& pool) noexcept { bytes_.release(pool); }
  // Blocks that go along to another loop.
  [[nodiscard]] block_pool::holding holds() const noexcept { return bytes_.holds(); }

 private:
  void finish_handshake();
  void open(std::string_view ciphertext);
  void offer(std::string_view plaintext);
  void end_of_plaintext();
  void truncated();
  void give_up_sealing();
  void end(close_status why);
  [[nodiscard]] block_pool& blocks() const noexcept;

  connection& through_;
  filtered_bytes bytes_;
};

}  // namespace v0
}  // namespace pinwheel
