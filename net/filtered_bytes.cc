#include "pinwheel/net/filtered_bytes.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "pinwheel/net/block_pool.h"
#include "pinwheel/net/file_range.h"
#include "pinwheel/net/filter_output.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/base/io_result.h"

namespace pinwheel {
inline namespace v0 {
namespace {

// The front of `pieces`, `bytes_max` in all.
std::span<iovec> front_of(std::span<iovec> pieces, std::size_t bytes_max) {
  std::size_t count = 0;
  for (; count < pieces.size() && bytes_max > 0; ++count) {
    iovec& piece = pieces[count];
    piece.iov_len = std::min(piece.iov_len, bytes_max);
    bytes_max -= piece.iov_len;
  }
  return pieces.first(count);
}

io_result read_file(const file_part& part, std::span<char> into) {
  ssize_t returned = 0;
  do {
    returned =
        ::pread(part.descriptor, into.data(), std::min(part.bytes, into.size()), static_cast<off_t>(part.offset));
  } while (returned < 0 && errno == EINTR);
  return returned == 0 ? io_result::failure(file_ended_early) : io_result::of(returned, errno);
}

}  // namespace

void filtered_bytes::start(block_pool& pool) {
  filter_output out(sealed_, pool);
  filter_->start(out);
}

filter_result filtered_bytes::open(std::string_view ciphertext, std::span<char> room, block_pool& pool) {
  if (!unopened_.empty()) unopened_.append(ciphertext, pool);
  const bool was_kept = !unopened_.empty();
  if (was_kept) ciphertext = unopened_.view();
  output_queue too_late;
  filter_output out(is_finished_ ? too_late : sealed_, pool);
  const filter_result got = filter_->open(ciphertext, room, out);
  too_late.release(pool);
  const bool goes_on = got.status == filter_status::going_on;
  room_was_full_ = goes_on && got.made == room.size();
  opened_since_ = true;
  if (got.status == filter_status::failed) is_finished_ = true;
  PINWHEEL_CHECK(got.made <= room.size() && got.taken <= ciphertext.size(), "a filter opened more than it was given");
  PINWHEEL_CHECK(!goes_on || room_was_full_ || got.taken == ciphertext.size(), "a filter left ciphertext, and room");
  if (!goes_on) {
    unopened_.release(pool);
  } else if (was_kept) {
    unopened_.consume(got.taken, pool);
  } else {
    unopened_.append(ciphertext.substr(got.taken), pool);
  }
  return got;
}

std::optional<close_status> filtered_bytes::seal(output_queue& plaintext, block_pool& pool) {
  std::optional<close_status> failed;
  while (!plaintext.empty() && (!needs_input_ || opened_since_) && sealed_.bytes() < sealed_bytes_max && !failed) {
    failed = plaintext.is_file_first() ? seal_file(plaintext, pool) : seal_memory(plaintext, pool);
  }
  return failed;
}

std::optional<close_status> filtered_bytes::seal_memory(output_queue& plaintext, block_pool& pool) {
  std::array<iovec, output_queue::gathered_max> pieces;
  const std::size_t count = plaintext.gather(pieces).pieces;
  const std::size_t bytes_max = sealed_bytes_max - sealed_.bytes();
  return seal_pieces(front_of(std::span(pieces).first(count), bytes_max), plaintext, pool);
}

// What the filter does not take now is read again.
std::optional<close_status> filtered_bytes::seal_file(output_queue& plaintext, block_pool& pool) {
  constexpr std::size_t block_bytes = block_pool::rounded(file_bytes_max);
  auto* block = static_cast<char*>(pool.allocate(block_bytes));
  std::optional<close_status> failed;
  if (const io_result got = read_file(plaintext.first_file(), {block, file_bytes_max}); got.ok()) {
    const iovec piece{block, got.count()};
    failed = seal_pieces({&piece, 1}, plaintext, pool);
  } else {
    failed = {close_reason::file_failed, got.error()};
  }
  pool.release(block, block_bytes);
  return failed;
}

std::optional<close_status> filtered_bytes::seal_pieces(std::span<const iovec> pieces, output_queue& plaintext,
                                                        block_pool& pool) {
  filter_output out(sealed_, pool);
  opened_since_ = false;
  const filter_result got = filter_->seal(pieces, out);
  if (got.status == filter_status::failed) {
    is_finished_ = true;
    return close_status{close_reason::filter_error, got.error};
  }
  needs_input_ = got.status == filter_status::needs_input;
  PINWHEEL_CHECK(needs_input_ || got.taken != 0, "a filter sealed nothing, and waits for nothing");
  plaintext.consume(got.taken, pool);
  return std::nullopt;
}

void filtered_bytes::release(block_pool& pool) noexcept {
  unopened_.release(pool);
  sealed_.release(pool);
}

void filtered_bytes::finish(block_pool& pool) {
  if (is_finished_) return;
  is_finished_ = true;
  filter_output out(sealed_, pool);
  filter_->finish(out);
}

}  // namespace v0
}  // namespace pinwheel
