#include "pinwheel/net/streams.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr interest watched = interest::read_write | interest::closed | interest::edge;

std::size_t total_of(std::span<const iovec> pieces) {
  std::size_t total = 0;
  for (const iovec& each : pieces) total += each.iov_len;
  return total;
}

}  // namespace

void stream::run(active_item& self) {
  auto& mine = static_cast<stream&>(self);
  mine.home_->run(mine);
}

streams::streams(event_base& base, complete_function completed, const stream_options& options)
    : base_(base),
      complete_(completed),
      calls_(options.network),
      mode_(options.mode),
      receive_bytes_(options.receive_bytes),
      receive_block_(std::make_unique_for_overwrite<char[]>(options.receive_bytes)),
      generation_(options.generations_from),
      lingering_(*this, options.lingering),
      empty_event_(base, event_life::one_shot,
                   [this](event&, reasons) {
                     if (task empty = std::exchange(empty_, {})) empty();
                   }),
      forked_(base, [this] { part_from_parent(); }) {}

streams::~streams() {
  PINWHEEL_CHECK(open_ == 0, "streams died while one of them is open");
  lingering_.end_all();
}

io_result streams::adopt(stream& which, socket_descriptor socket, unsigned priority) {
  base_.assert_on_loop("streams::adopt");
  PINWHEEL_DCHECK(which.home_ == this && which.generation_ == 0, "a stream was adopted twice, or by a stranger");
  PINWHEEL_DCHECK(socket.network() == calls_.network(), "a socket of another network was adopted");
  if (socket.native_handle() >= descriptors_max) return io_result::failure(ENFILE);
  base_.queues().set_priority(which, std::min(priority, base_.priorities() - 1));
  which.set_target(socket.native_handle(), watched);
  const io_result added = base_.descriptors().add_rearmed(which);
  if (!added.ok()) return added;
  static_cast<void>(socket.release());
  which.generation_ = next_generation();
  ++open_;
  return io_result::bytes(0);
}

std::uint32_t streams::next_generation() noexcept {
  if (++generation_ == 0) generation_ = 1;
  return generation_;
}

stream* streams::find(stream_id named) const noexcept {
  if (named.generation == 0) return nullptr;
  io_watch* const watch = base_.descriptors().find(static_cast<int>(named.slot), &stream::run);
  auto* const found = static_cast<stream*>(watch);
  if (found == nullptr || found->home_ != this || found->generation_ != named.generation) return nullptr;
  return found->is_.closing ? nullptr : found;
}

// Operations.

void streams::require_open(const stream& which) {
  PINWHEEL_CHECK(!which.is_.closing, "an operation on a stream that was closed");
}

void streams::start_receiving(stream& which) {
  require_open(which);
  which.is_.receiving = !which.is_.ended;
  which.is_.cancelling = which.is_.quieting = false;
  run_again_if_readable(which);
}

void streams::stop_receiving(stream& which) {
  require_open(which);
  if (mode_ == stream_mode::immediate) {
    which.is_.receiving = false;
  } else {
    which.is_.cancelling = true;
    base_.queues().activate_later(which);
  }
}

void streams::receive_now(stream& which) {
  require_open(which);
  which.is_.catching_up = true;
  which.is_.maybe_readable = !which.is_.ended;
  base_.queues().activate(which);
}

send_result streams::send(stream& which, std::span<const iovec> pieces, bool more_follows) {
  require_open(which);
  PINWHEEL_CHECK(!which.is_.sending, "a second send of one stream");
  if (mode_ == stream_mode::late) return send_late(which, {{pieces.begin(), pieces.end()}, {}, more_follows});
  const io_result taken = which.is_.blocked ? io_result::failure(EAGAIN) : send_now(which, pieces, more_follows);
  which.is_.sending = taken.error() == EAGAIN;
  return {.in_flight = which.is_.sending, .taken = taken};
}

send_result streams::send_file(stream& which, const file_part& part) {
  require_open(which);
  PINWHEEL_CHECK(!which.is_.sending, "a second send of one stream");
  if (mode_ == stream_mode::late) return send_late(which, {{}, part, false});
  const io_result taken = which.is_.blocked ? io_result::failure(EAGAIN) : send_file_now(which, part);
  which.is_.sending = taken.error() == EAGAIN;
  return {.in_flight = which.is_.sending, .taken = taken};
}

send_result streams::send_late(stream& which, lent_send&& lent) {
  late_sends_.lend(which, std::move(lent));
  which.is_.sending = true;
  base_.queues().activate_later(which);
  return {.in_flight = true, .taken = io_result::bytes(0)};
}

void streams::shutdown_write(stream& which) {
  require_open(which);
  PINWHEEL_CHECK(!which.is_.sending, "a stream's sending side was shut down during a send");
  calls_.shut_down_write(which.descriptor());
}

void streams::wake(stream& which) {
  require_open(which);
  which.is_.waking = true;
  base_.queues().activate(which);
}

void streams::close(stream& which, stream_close how, duration linger_timeout) {
  require_open(which);
  PINWHEEL_CHECK(how != stream_close::linger || !which.is_.sending, "a stream lingers while a send is in flight");
  which.is_.closing = true;
  which.is_.resets = how == stream_close::reset;
  note_readiness(which, which.take_reasons());
  const bool lingers = how == stream_close::linger && !which.is_.ended && lingering_.take_over(which, linger_timeout);
  if (!lingers) base_.queues().activate(which);
}

std::size_t streams::unacknowledged(const stream& which) const {
  require_open(which);
  return calls_.unacknowledged(which.descriptor());
}

address streams::local_address(const stream& which) const {
  require_open(which);
  return calls_.local_address(which.descriptor());
}

address streams::peer_address(const stream& which) const {
  require_open(which);
  return calls_.peer_address(which.descriptor());
}

int streams::native_handle(const stream& which) const {
  require_open(which);
  return which.descriptor();
}

// Completions.

void streams::run(stream& which) {
  note_readiness(which, which.take_reasons());
  const stream::state before = which.is_;  // What its owner asks for from here on completes in a later pass.
  if (before.closing) return finish_close(which);
  if (before.sending && !before.blocked) complete_send(which);
  if (which.is_.receiving && which.is_.maybe_readable && !which.is_.closing) receive(which);
  if (before.catching_up && which.is_.catching_up && !which.is_.closing) catch_up(which);
  if (before.cancelling && which.is_.cancelling) which.is_.cancelling = which.is_.receiving = false;
  if (before.waking && !which.is_.closing) {
    which.is_.waking = false;
    complete(which, {.what = stream_event::woken});
  }
  if (before.quieting && which.is_.quieting && !which.is_.closing) become_quiet(which);
  run_again_if_readable(which);
}

void streams::note_readiness(stream& which, reasons why) {
  if (any(why, reasons::readable | reasons::closed | reasons::failed)) which.is_.maybe_readable = true;
  if (any(why, reasons::closed | reasons::failed)) which.is_.read_to_end = true;
  if (any(why, reasons::writable | reasons::failed)) which.is_.blocked = false;
  // Behind the end of the stream nothing is read any more that would tell of a reset.
  if (any(why, reasons::failed) && which.is_.ended && !which.is_.closing) {
    if (const int error = calls_.pending_error(which.descriptor()); error != 0) fail(which, error);
  }
}

void streams::complete_send(stream& which) {
  io_result taken = io_result::bytes(0);  // Room has come; the owner tries again.
  if (mode_ == stream_mode::late) {
    taken = send_lent(which);
    if (taken.error() == EAGAIN) return;
    late_sends_.forget(which);
  }
  which.is_.sending = false;
  if (!taken.ok()) return fail(which, taken.error());
  complete(which, {.what = stream_event::sent, .count = taken.count()});
}

// A short read means that the kernel has no more, and the next byte brings a new edge. Where the end or an error was
// reported together with data, no edge tells of it again: reading goes on until it comes.
void streams::receive(stream& which) {
  char* block = receive_block_.get();
  const io_result got = calls_.receive(which.descriptor(), {block, receive_bytes_});
  counters_.receives.add(1);
  if (!got.ok()) {
    if (got.error() == EINTR) return;
    which.is_.read_to_end = false;
    return got.error() == EAGAIN ? wait_for_bytes(which) : fail(which, got.error());
  }
  if (got.count() == 0) {
    which.is_.ended = true;
    which.is_.receiving = which.is_.maybe_readable = false;
    return complete(which, {.what = stream_event::end_of_stream});
  }
  counters_.bytes_in.add(got.count());
  if (got.count() < receive_bytes_ && !which.is_.read_to_end) wait_for_bytes(which);
  complete(which, {.what = stream_event::received, .bytes = {block, got.count()}});
}

// The kernel has no more.
void streams::wait_for_bytes(stream& which) {
  which.is_.maybe_readable = false;
  base_.descriptors().rearm(which, interest::read | interest::closed);
}

void streams::catch_up(stream& which) {
  const bool caught_up = which.is_.ended || (which.is_.receiving && !which.is_.maybe_readable);
  if (!caught_up) return;
  which.is_.catching_up = false;
  complete(which, {.what = stream_event::caught_up});
}

void streams::fail(stream& which, int error) {
  if (which.is_.sending && mode_ == stream_mode::late) late_sends_.forget(which);
  which.is_.receiving = which.is_.maybe_readable = which.is_.catching_up = which.is_.sending = false;
  complete(which, {.what = stream_event::failed, .error = error});
}

void streams::run_again_if_readable(stream& which) {
  if (which.is_.receiving && which.is_.maybe_readable && !which.is_.closing) base_.queues().activate(which);
}

io_result streams::send_lent(stream& which) {
  const lent_send part = late_sends_.part_of(which);
  return part.pieces.empty() ? send_file_now(which, part.file) : send_now(which, part.pieces, part.more_follows);
}

inline void streams::note_sent(stream& which, io_result taken, bool is_full) {
  if (taken.ok()) counters_.bytes_out.add(taken.count());
  which.is_.blocked = is_full;
  if (is_full) base_.descriptors().rearm(which, interest::write);
}

io_result streams::send_now(stream& which, std::span<const iovec> pieces, bool more_follows) {
  io_result taken = io_result::failure(EINTR);
  while (taken.error() == EINTR) {
    taken = calls_.send(which.descriptor(), pieces, more_follows);
    counters_.sends.add(1);
  }
  note_sent(which, taken, taken.ok() ? taken.count() < total_of(pieces) : taken.error() == EAGAIN);
  return taken;
}

// Where less is sent than was asked for, it may as well be the file that has ended: no edge would tell of room then, so
// the kernel is full only when it says so.
io_result streams::send_file_now(stream& which, const file_part& part) {
  io_result taken = io_result::failure(EINTR);
  while (taken.error() == EINTR) {
    taken = calls_.send_file(which.descriptor(), part.descriptor, part.offset, part.bytes);
    counters_.sends.add(1);
  }
  if (taken.ok() && taken.count() == 0) taken = io_result::failure(file_ended_early);
  note_sent(which, taken, taken.error() == EAGAIN);
  return taken;
}

// Closing.

// A stream that lingers has lost its descriptor, and is completed by the place that took it.
void streams::finish_close(stream& which) {
  if (!which.is_added()) return;
  if (mode_ == stream_mode::late && which.is_.sending) {
    // As a kernel that hears of the cancel too late.
    static_cast<void>(send_lent(which));
    late_sends_.forget(which);
  }
  close_descriptor(which);
  complete_closed(which);
}

void streams::close_descriptor(stream& which) noexcept {
  base_.queues().remove(which);
  base_.descriptors().remove_before_close(which);
  which.is_.resets ? calls_.reset(which.descriptor()) : calls_.close(which.descriptor());
}

// Its owner may destroy it then.
void streams::complete_closed(stream& which) {
  --open_;
  notify_if_empty();
  complete(which, {.what = stream_event::closed});
}

void streams::on_empty(task empty) {
  empty_ = std::move(empty);
  notify_if_empty();
}

void streams::release() {
  --held_;
  notify_if_empty();
}

void streams::notify_if_empty() {
  if (empty_ && empty()) empty_event_.activate();
}

void streams::for_each_adopted(absl::FunctionRef<void(stream&)> visit) {
  base_.descriptors().for_each(&stream::run, [&](io_watch& watch) {
    auto& each = static_cast<stream&>(watch);
    if (each.home_ == this) visit(each);
  });
}

void streams::for_each(absl::FunctionRef<void(stream&)> visit) {
  for_each_adopted([&](stream& each) {
    if (!each.is_.closing) visit(each);
  });
}

void streams::finish_closing() {
  for_each_adopted([this](stream& each) {
    if (each.is_.closing) finish_close(each);
  });
  lingering_.finish_closing();
}

// In the child each socket fails at its first use, and the connection is the parent's alone (SEMANTICS I13).
void streams::part_from_parent() noexcept {
  for_each_adopted([this](stream& each) {
    calls_.part_from_parent(each.descriptor());
    each.is_.maybe_readable = true;
    if (!each.is_.closing) each.is_.receiving = true;
    base_.queues().activate(each);
  });
  lingering_.part_from_parent();
}

}  // namespace v0
}  // namespace pinwheel
