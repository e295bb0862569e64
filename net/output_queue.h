// What was written and not yet taken by the kernel, in order: bytes copied into a chain of pooled blocks and, between
// them, pieces that are sent from where they lie. One pointer, which owns nothing while empty.
//
// Threads:   loop-bound.
// Ownership: owns its blocks and pieces; release() gives the blocks back to the pool they came from before the queue
//            dies.
// Errors:    none; the bounds on its bytes and pieces are the connection's to keep.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "pinwheel/net/block_pool.h"
#include "pinwheel/net/output_pieces.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

class output_queue {
 public:
  static constexpr std::size_t block_bytes = 16 << 10;
  static constexpr std::size_t head_bytes = 40;
  // The most that reserve() gives in one piece.
  static constexpr std::size_t room_bytes_max = block_bytes - head_bytes;
  static constexpr std::size_t pieces_max = output_pieces::count_max;
  // Marks of their own: who stops writing when told so, and waits for on_drained, never meets pieces_max.
  static constexpr std::size_t pieces_high = pieces_max / 2;
  static constexpr std::size_t pieces_low = pieces_max / 8;
  // Shorter ones are copied: that is cheaper than to keep, gather and free them.
  static constexpr std::size_t constant_bytes_min = 1024;
  static constexpr std::size_t moved_bytes_min = 4096;
  static constexpr std::size_t moved_spare_max = 8;  // Of a string's room, one part in so many.
  // Of one send.
  static constexpr std::size_t gathered_max = 64;
  static constexpr std::size_t send_bytes_max = gathered_max * block_bytes;

  struct gathered {
    std::size_t pieces;
    bool more_follows;  // Something waits behind them.
  };

  output_queue() = default;
  output_queue(const output_queue&) = delete;
  output_queue& operator=(const output_queue&) = delete;
  ~output_queue() { PINWHEEL_DCHECK(first_ == nullptr, "an output queue died with blocks in it"); }

  [[nodiscard]] bool empty() const noexcept { return !has_blocks() || (first_->copied == 0 && is_plain()); }
  [[nodiscard]] bool has_blocks() const noexcept { return first_ != nullptr; }  // Also: empty, but reserved in.
  [[nodiscard]] std::size_t bytes() const noexcept {
    if (is_plain()) [[likely]]
      return has_blocks() ? first_->copied : 0;
    return first_->copied + first_->pieces->bytes();
  }
  // Without constants and files.
  [[nodiscard]] std::size_t owned_bytes() const noexcept {
    if (is_plain()) [[likely]]
      return has_blocks() ? first_->copied : 0;
    return first_->copied + first_->pieces->moved_bytes();
  }
  [[nodiscard]] std::size_t pieces() const noexcept { return is_plain() ? 0 : first_->pieces->count(); }

  // Whether it is above one of two marks, which count whatever was written.
  [[nodiscard]] bool is_above(std::size_t bytes_mark, std::size_t pieces_mark) const noexcept {
    if (is_plain()) [[likely]]
      return bytes() > bytes_mark;
    return bytes() > bytes_mark || pieces() > pieces_mark;
  }

  // Each puts something behind what is there. Room that was reserved is given up.

  void append(std::string_view bytes, block_pool& pool);  // A copy.
  // Keeps the string, unless it is short, has too much to spare, or pieces_max are kept: then a copy.
  void append_moved(std::string&& bytes, block_pool& pool);
  // REQUIRES, for both: pieces() < pieces_max.
  void append_constant(constant_bytes bytes, block_pool& pool);
  void append_file(file_range&& range, block_pool& pool);

  // `bytes` to be filled in place. REQUIRES: bytes <= room_bytes_max.
  [[nodiscard]] char* reserve(std::size_t bytes, block_pool& pool) {
    PINWHEEL_CHECK(bytes <= room_bytes_max, "more was reserved than one block of output holds");
    block& into = has_blocks() && first_->last->room >= bytes ? *first_->last : grow(bytes, pool);
    return into.data() + into.end;
  }
  // REQUIRES: at most what the last reserve() asked for, and nothing else was called in between.
  void commit(std::size_t bytes) noexcept {
    PINWHEEL_CHECK(has_blocks() && bytes <= first_->last->room, "more was committed than reserved");
    first_->last->fill(bytes);
    first_->copied += bytes;
  }

  // What comes first is sent by an operation of its own. REQUIRES, for first_file(): it is.
  [[nodiscard]] bool is_file_first() const noexcept { return !is_plain() && starts_with_file(); }
  [[nodiscard]] file_part first_file() const noexcept;  // At most send_bytes_max of it.

  // What comes first up to a file, at most send_bytes_max, for one send: it stays where it is until it is consumed.
  // REQUIRES: not empty, and not is_file_first().
  [[nodiscard]] gathered gather(std::span<iovec, gathered_max> into) const noexcept;

  // Forgets the first `bytes`, and gives back what held only them. REQUIRES: bytes <= bytes().
  void consume(std::size_t bytes, block_pool& pool) noexcept;

  // Drops everything.
  void release(block_pool& pool) noexcept;

  [[nodiscard]] block_pool::holding holds() const noexcept;

 private:
  // The head of a block; its bytes lie behind it.
  struct block {
    block* next;
    std::uint16_t size;   // Of the whole block, in steps of block_pool::block_bytes_min.
    std::uint16_t begin;  // The first byte that was not consumed.
    std::uint16_t end;    // Behind the last byte that was written.
    std::uint16_t room;   // Behind that.
    // Of the whole queue; kept in its first block alone.
    block* last;
    std::size_t copied;     // Bytes in blocks.
    output_pieces* pieces;  // Set exactly while there are some.

    char* data() noexcept { return reinterpret_cast<char*>(this) + head_bytes; }
    [[nodiscard]] const char* data() const noexcept { return reinterpret_cast<const char*>(this) + head_bytes; }
    [[nodiscard]] std::size_t total() const noexcept { return size * block_pool::block_bytes_min; }
    [[nodiscard]] std::size_t unread() const noexcept { return std::size_t{end} - begin; }
    void fill(std::size_t bytes) noexcept {
      end = static_cast<std::uint16_t>(end + bytes);
      room = static_cast<std::uint16_t>(room - bytes);
    }
  };
  static_assert(sizeof(block) == head_bytes && room_bytes_max <= UINT16_MAX);

  class gathering;  // In output_queue.cc.
  struct place_in_blocks;

  // Nothing but copied bytes, as most output is.
  [[nodiscard]] bool is_plain() const noexcept { return !has_blocks() || first_->pieces == nullptr; }
  [[nodiscard]] bool starts_with_file() const noexcept;

  block& grow(std::size_t bytes, block_pool& pool);
  void push(output_piece&& piece, block_pool& pool);
  [[nodiscard]] bool gather_many(gathering& made) const noexcept;
  void consume_copied(std::size_t bytes, block_pool& pool) noexcept;
  void consume_mixed(std::size_t bytes, block_pool& pool) noexcept;
  void drop_first(block_pool& pool) noexcept;
  void drop_pieces(block_pool& pool) noexcept;

  block* first_ = nullptr;
};

static_assert(sizeof(output_queue) == sizeof(void*), "an idle connection is to stay small");

}  // namespace v0
}  // namespace pinwheel
