#include "pinwheel/net/output_queue.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "pinwheel/net/block_pool.h"

namespace pinwheel {
inline namespace v0 {

// The first block is small, as most answers are; those behind it are not.
output_queue::block& output_queue::grow(std::size_t bytes, block_pool& pool) {
  const std::size_t total = has_blocks() ? block_bytes : std::min(block_pool::rounded(bytes + head_bytes), block_bytes);
  auto* made =
      ::new (pool.allocate(total)) block{.next = nullptr,
                                         .size = static_cast<std::uint16_t>(total / block_pool::block_bytes_min),
                                         .begin = 0,
                                         .end = 0,
                                         .room = static_cast<std::uint16_t>(total - head_bytes),
                                         .last = nullptr,
                                         .copied = 0,
                                         .pieces = nullptr};
  (has_blocks() ? first_->last->next : first_) = made;
  first_->last = made;
  return *made;
}

void output_queue::append(std::string_view bytes, block_pool& pool) {
  while (!bytes.empty()) {
    block& into = has_blocks() && first_->last->room > 0 ? *first_->last : grow(bytes.size(), pool);
    const std::size_t fits = std::min<std::size_t>(bytes.size(), into.room);
    std::memcpy(into.data() + into.end, bytes.data(), fits);
    into.fill(fits);
    first_->copied += fits;
    bytes.remove_prefix(fits);
  }
}

// What strings have to spare is not counted: with much of it, the bound on bytes would be none on memory.
void output_queue::append_moved(std::string&& bytes, block_pool& pool) {
  const bool is_full = bytes.capacity() - bytes.size() <= bytes.capacity() / moved_spare_max;
  if (bytes.size() < moved_bytes_min || !is_full || pieces() == pieces_max) return append(bytes, pool);
  push(output_piece(std::move(bytes)), pool);
}

void output_queue::append_constant(constant_bytes bytes, block_pool& pool) {
  if (bytes.view().size() < constant_bytes_min) return append(bytes.view(), pool);
  push(output_piece(bytes), pool);
}

void output_queue::append_file(file_range&& range, block_pool& pool) {
  if (range.bytes != 0) push(output_piece(std::move(range)), pool);
}

// The head lies in a block of its own kind even where nothing is copied.
void output_queue::push(output_piece&& piece, block_pool& pool) {
  if (!has_blocks()) grow(0, pool);
  if (first_->pieces == nullptr) {
    first_->pieces = ::new (pool.allocate(block_pool::block_bytes_min)) output_pieces;
  }
  first_->pieces->push(first_->copied, std::move(piece));
}

bool output_queue::starts_with_file() const noexcept {
  const output_pieces::place& front = first_->pieces->at(0);
  return front.copied_before == 0 && front.piece.is_file();
}

file_part output_queue::first_file() const noexcept { return first_->pieces->at(0).piece.part(send_bytes_max); }

// Fills the pieces of one send, up to its bounds.
class output_queue::gathering {
 public:
  explicit gathering(std::span<iovec, gathered_max> into) noexcept : into_(into) {}

  // Answers whether it took them all.
  bool add(const char* data, std::size_t bytes) noexcept {
    if (bytes == 0) return true;
    const std::size_t fits = count_ == into_.size() ? 0 : std::min(bytes, send_bytes_max - bytes_);
    if (fits != 0) into_[count_++] = {const_cast<char*>(data), fits};
    bytes_ += fits;
    return fits == bytes;
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  const std::span<iovec, gathered_max> into_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

// How far the copied bytes were gathered.
struct output_queue::place_in_blocks {
  const block* at;
  std::size_t offset;

  // Answers whether all of the next `bytes` were taken.
  bool give(std::size_t bytes, gathering& made) noexcept {
    while (bytes != 0) {
      if (offset == at->end) {
        at = at->next;
        offset = 0;  // Only of the first block some may have been consumed.
      }
      const std::size_t here = std::min(bytes, at->end - offset);
      if (!made.add(at->data() + offset, here)) return false;
      offset += here;
      bytes -= here;
    }
    return true;
  }
};

output_queue::gathered output_queue::gather(std::span<iovec, gathered_max> into) const noexcept {
  if (first_->pieces == nullptr && first_->next == nullptr) {
    into[0] = {first_->data() + first_->begin, first_->unread()};
    return {1, false};
  }
  gathering made(into);
  const bool is_all = gather_many(made);
  return {made.count(), !is_all};
}

// Of several blocks and pieces. Answers whether nothing is left behind what was gathered.
bool output_queue::gather_many(gathering& made) const noexcept {
  place_in_blocks copied{first_, first_->begin};
  for (std::size_t index = 0; index < pieces(); ++index) {
    const output_pieces::place& next = first_->pieces->at(index);
    if (!copied.give(next.copied_before, made) || next.piece.is_file()) return false;
    const std::string_view text = next.piece.text();
    if (!made.add(text.data(), text.size())) return false;
  }
  return copied.give(bytes() - made.bytes(), made);
}

void output_queue::consume(std::size_t bytes, block_pool& pool) noexcept {
  PINWHEEL_DCHECK(bytes <= this->bytes(), "more output was consumed than there is");
  if (!is_plain()) {
    consume_mixed(bytes, pool);
  } else if (bytes < first_->copied) {
    consume_copied(bytes, pool);
  } else {
    release(pool);
  }
}

// The last block stays, as it holds what belongs to the queue.
void output_queue::consume_copied(std::size_t bytes, block_pool& pool) noexcept {
  first_->copied -= bytes;
  while (bytes != 0) {
    const std::size_t here = std::min(bytes, first_->unread());
    first_->begin = static_cast<std::uint16_t>(first_->begin + here);
    bytes -= here;
    if (first_->unread() == 0 && first_->next != nullptr) drop_first(pool);
  }
}

void output_queue::consume_mixed(std::size_t bytes, block_pool& pool) noexcept {
  output_pieces& pieces = *first_->pieces;
  while (bytes != 0 && pieces.count() != 0) {
    const std::size_t copied = std::min(bytes, pieces.at(0).copied_before);
    pieces.consume_copied(copied);
    consume_copied(copied, pool);
    bytes -= copied;
    const std::size_t here = std::min(bytes, pieces.at(0).piece.bytes());
    if (here != 0) pieces.consume_piece(here);
    bytes -= here;
  }
  if (pieces.count() == 0) drop_pieces(pool);
  if (is_plain()) consume(bytes, pool);
}

void output_queue::release(block_pool& pool) noexcept {
  if (!is_plain()) drop_pieces(pool);
  for (block* at = std::exchange(first_, nullptr); at != nullptr;) {
    block* dropped = std::exchange(at, at->next);
    pool.release(dropped, dropped->total());
  }
}

block_pool::holding output_queue::holds() const noexcept {
  block_pool::holding all;
  for (const block* at = first_; at != nullptr; at = at->next) all = all + block_pool::holding{1, at->total()};
  return is_plain() ? all : all + block_pool::holding{1, block_pool::block_bytes_min};
}

// REQUIRES: there is another.
void output_queue::drop_first(block_pool& pool) noexcept {
  block* dropped = std::exchange(first_, first_->next);
  first_->last = dropped->last;
  first_->copied = dropped->copied;
  first_->pieces = dropped->pieces;
  pool.release(dropped, dropped->total());
}

void output_queue::drop_pieces(block_pool& pool) noexcept {
  std::destroy_at(first_->pieces);
  pool.release(std::exchange(first_->pieces, nullptr), block_pool::block_bytes_min);
}

}  // namespace v0
}  // namespace pinwheel
