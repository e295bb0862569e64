// The sends of a loop's streams over readiness, at most one of each in flight.
//
// At once, as a rule: the kernel is asked inside the call, and what it takes is the result. Where it has no room the
// send is in flight until room is reported, and is then over without having taken anything: its owner sends again, with
// what it has by then.
//
// Late (stream_mode::late): the bytes are lent, the kernel is given half of them in a later turn, and the send is over
// with what it took of that.
//
// Threads:   loop-bound.
// Ownership: part of its streams; borrows what was lent until the send is over.
// Errors:    errno values.
#pragma once

#include <sys/uio.h>

#include <optional>
#include <span>

#include "pinwheel/net/file_range.h"
#include "pinwheel/net/late_sends.h"
#include "pinwheel/net/stream_completion.h"
#include "pinwheel/net/stream_options.h"

namespace pinwheel {
inline namespace v0 {

class stream;
class streams;

class sending {
 public:
  sending(streams& home, stream_mode mode) noexcept : home_(home), is_late_(mode == stream_mode::late) {}
  sending(const sending&) = delete;
  sending& operator=(const sending&) = delete;

  // As the operations of streams.
  send_result send(stream& which, std::span<const iovec> pieces, bool more_follows);
  send_result send_file(stream& which, const file_part& part);

  // The kernel may have room: how the send in flight has ended, or nothing while it goes on.
  std::optional<io_result> finish(stream& which);

  // Nothing is in flight any more, and nothing lent; what the kernel has not taken by now it does not get.
  void take_back(stream& which);
  // The same of a stream that closes: late, as of a kernel that hears of the cancel after it has read the bytes.
  void take_back_at_close(stream& which);

 private:
  static send_result at_once(stream& which, io_result taken);
  send_result lend(stream& which, lent_send&& lent);
  io_result ask_with_lent(stream& which);
  io_result ask(stream& which, std::span<const iovec> pieces, bool more_follows);
  io_result ask_with_file(stream& which, const file_part& part);
  void note(stream& which, io_result taken, bool is_full);

  streams& home_;
  const bool is_late_;
  late_sends late_;  // Empty unless late.
};

}  // namespace v0
}  // namespace pinwheel
