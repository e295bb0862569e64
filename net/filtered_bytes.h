// The filter of one connection, and what waits behind it on both sides: ciphertext to be opened, ciphertext to be sent.
//
// Threads:   loop-bound.
// Ownership: owns the filter and what waits; release() gives blocks back to the pool they came from before this dies.
// Errors:    answered as the status that ends the connection. A filter that breaks the promises of net/filter.h aborts.
// Limits:    one step of opening makes at most opened_bytes_max of plaintext, whatever the ciphertext says; sealing
//            stops while sealed_bytes_max wait to be sent, and reads files file_bytes_max at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "pinwheel/net/block_pool.h"
#include "pinwheel/net/close_reason.h"
#include "pinwheel/net/filter.h"
#include "pinwheel/net/input_buffer.h"
#include "pinwheel/net/output_queue.h"

namespace pinwheel {
inline namespace v0 {

class filtered_bytes {
 public:
  static constexpr std::size_t opened_bytes_max = 64 << 10;
  static constexpr std::size_t sealed_bytes_max = 64 << 10;
  static constexpr std::size_t file_bytes_max = 16 << 10;

  explicit filtered_bytes(std::unique_ptr<filter> by) noexcept : filter_(std::move(by)) {}
  filtered_bytes(const filtered_bytes&) = delete;
  filtered_bytes& operator=(const filtered_bytes&) = delete;

  void start(block_pool& pool);
  [[nodiscard]] bool is_ready() const { return filter_->is_ready(); }

  // --- what comes ---

  // Ciphertext for a later step.
  void keep(std::string_view ciphertext, block_pool& pool) { unopened_.append(ciphertext, pool); }
  // One step: of what was kept and `ciphertext` behind it. The plaintext is put into `room`, and lies there.
  filter_result open(std::string_view ciphertext, std::span<char> room, block_pool& pool);
  // Whether another step is due although nothing new has come.
  [[nodiscard]] bool has_unopened() const noexcept { return room_was_full_ || !unopened_.empty(); }
  // The stream under it has ended.
  void hear_end() noexcept { has_heard_end_ = true; }
  [[nodiscard]] bool has_heard_end() const noexcept { return has_heard_end_; }
  // It has, and the peer's closing notice has not come.
  void truncate() noexcept { is_truncated_ = true; }
  [[nodiscard]] bool is_truncated() const noexcept { return is_truncated_; }

  // --- what goes ---

  // Seals the front of `plaintext`, as much as the limit and the filter allow.
  [[nodiscard]] std::optional<close_status> seal(output_queue& plaintext, block_pool& pool);
  // Whether nothing more is sealed until more was opened.
  [[nodiscard]] bool needs_input() const noexcept { return needs_input_; }
  // Puts the closing notice behind all that was sealed; once, however often it is called, and not after a failure.
  void finish(block_pool& pool);
  // To be sent.
  [[nodiscard]] output_queue& sealed() noexcept { return sealed_; }
  [[nodiscard]] const output_queue& sealed() const noexcept { return sealed_; }

  // --- the end ---

  void release_input(block_pool& pool) noexcept { unopened_.release(pool); }
  void release(block_pool& pool) noexcept;
  // Blocks that go along to another loop.
  [[nodiscard]] block_pool::holding holds() const noexcept { return unopened_.holds() + sealed_.holds(); }

 private:
  [[nodiscard]] std::optional<close_status> seal_memory(output_queue& plaintext, block_pool& pool);
  [[nodiscard]] std::optional<close_status> seal_file(output_queue& plaintext, block_pool& pool);
  // Of the front of `plaintext`.
  [[nodiscard]] std::optional<close_status> seal_pieces(std::span<const iovec> pieces, output_queue& plaintext,
                                                        block_pool& pool);

  const std::unique_ptr<filter> filter_;
  input_buffer unopened_;
  output_queue sealed_;
  bool room_was_full_ = false;  // There may be more plaintext in the filter.
  bool needs_input_ = false;    // The last step of sealing said so.
  bool opened_since_ = false;   // The last step of sealing.
  bool has_heard_end_ = false;
  bool is_truncated_ = false;
  bool is_finished_ = false;  // Seals no more: it was told to finish, or has failed.
};

}  // namespace v0
}  // namespace pinwheel
