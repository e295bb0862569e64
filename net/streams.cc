#include "pinwheel/net/streams.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr interest watched = interest::read_write | interest::closed | interest::edge;

int pending_error(int descriptor) {
  int error = 0;
  socklen_t length = sizeof(error);
  return ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

std::size_t total_of(std::span<const iovec> pieces) {
  std::size_t total = 0;
  for (const iovec& each : pieces) total += each.iov_len;
  return total;
}

}  // namespace

void stream_slot::run(active_item& self) {
  auto& slot = static_cast<stream_slot&>(self);
  stream_table::owner_of(slot).run(slot);
}

streams::streams(event_base& base, complete_function completed, const stream_options& options)
    : base_(base),
      complete_(completed),
      mode_(options.mode),
      receive_bytes_(options.receive_bytes),
      receive_block_(std::make_unique_for_overwrite<char[]>(options.receive_bytes)),
      table_(*this),
      lingering_(base, options.lingering),
      empty_event_(base, event_life::one_shot,
                   [this](event&, reasons) {
                     if (task empty = std::exchange(empty_, {})) empty();
                   }),
      forked_(base, [this] { part_from_parent(); }) {}

streams::~streams() {
  PINWHEEL_CHECK(open() == 0, "streams died while one of them is open");
  table_.for_each([this](stream_slot& slot) { stop_lingering(slot); });
}

streams::adopted streams::adopt(socket_descriptor socket, void* owner, unsigned priority) {
  base_.assert_on_loop("streams::adopt");
  stream_slot* slot = table_.allocate();
  if (slot == nullptr) return {.id = {}, .error = ENFILE};
  slot->owner = owner;
  base_.queues().set_priority(*slot, std::min(priority, base_.priorities() - 1));
  slot->set_target(socket.native_handle(), watched);
  if (const io_result added = base_.descriptors().add_rearmed(*slot); !added.ok()) {
    table_.release(*slot);
    return {.id = {}, .error = added.error()};
  }
  static_cast<void>(socket.release());
  return {.id = stream_table::id_of(*slot)};
}

void* streams::owner_of(stream_id named) const noexcept {
  const stream_slot* slot = table_.find(named);
  return slot == nullptr || slot->is.closing ? nullptr : slot->owner;
}

stream_slot& streams::at(stream_id which) const noexcept {
  stream_slot* slot = table_.find(which);
  PINWHEEL_CHECK(slot != nullptr && !slot->is.closing, "an operation on a stream that was closed");
  return *slot;
}

// Operations.

void streams::start_receiving(stream_id which) {
  stream_slot& slot = at(which);
  slot.is.receiving = !slot.is.ended;
  slot.is.cancelling = false;
  run_again_if_readable(slot);
}

void streams::stop_receiving(stream_id which) {
  stream_slot& slot = at(which);
  if (mode_ == stream_mode::immediate) {
    slot.is.receiving = false;
  } else {
    slot.is.cancelling = true;
    base_.queues().activate_later(slot);
  }
}

void streams::receive_now(stream_id which) {
  stream_slot& slot = at(which);
  slot.is.catching_up = true;
  slot.is.maybe_readable = !slot.is.ended;
  base_.queues().activate(slot);
}

send_result streams::send(stream_id which, std::span<const iovec> pieces) {
  stream_slot& slot = at(which);
  PINWHEEL_CHECK(!slot.is.sending, "a second send of one stream");
  if (mode_ == stream_mode::late) {
    late_sends_.lend(which.slot, pieces);
    slot.is.sending = true;
    base_.queues().activate_later(slot);
    return {.in_flight = true, .taken = io_result::bytes(0)};
  }
  const io_result taken = slot.is.blocked ? io_result::failure(EAGAIN) : send_now(slot, pieces);
  slot.is.sending = taken.error() == EAGAIN;
  return {.in_flight = slot.is.sending, .taken = taken};
}

void streams::shutdown_write(stream_id which) {
  const stream_slot& slot = at(which);
  PINWHEEL_CHECK(!slot.is.sending, "a stream's sending side was shut down during a send");
  ::shutdown(slot.descriptor(), SHUT_WR);
}

void streams::wake(stream_id which) {
  stream_slot& slot = at(which);
  slot.is.waking = true;
  base_.queues().activate(slot);
}

void streams::close(stream_id which, stream_close how, duration linger_timeout) {
  stream_slot& slot = at(which);
  PINWHEEL_CHECK(how != stream_close::linger || !slot.is.sending, "a stream lingers while a send is in flight");
  slot.is.closing = true;
  slot.is.resets = how == stream_close::reset;
  if (how == stream_close::linger && !slot.is.ended)
    lingering_.reserve(slot, linger_timeout, &streams::lingered_too_long);
  base_.queues().activate(slot);
}

address streams::local_address(stream_id which) const { return local_address_of(at(which).descriptor()); }

address streams::peer_address(stream_id which) const { return peer_address_of(at(which).descriptor()); }

int streams::native_handle(stream_id which) const { return at(which).descriptor(); }

// Completions.

void streams::run(stream_slot& slot) {
  note_readiness(slot, slot.take_reasons());
  const stream_state before = slot.is;  // What its owner asks for from here on completes in a later pass.
  if (before.closing) return finish_close(slot);
  if (before.lingers) return run_lingering(slot);
  if (before.sending && !before.blocked) complete_send(slot);
  if (slot.is.receiving && slot.is.maybe_readable && !slot.is.closing) receive(slot);
  if (before.catching_up && slot.is.catching_up && !slot.is.closing) catch_up(slot);
  if (before.cancelling && slot.is.cancelling) slot.is.cancelling = slot.is.receiving = false;
  if (before.waking && !slot.is.closing) {
    slot.is.waking = false;
    complete(slot, {.what = stream_event::woken});
  }
  run_again_if_readable(slot);
}

void streams::note_readiness(stream_slot& slot, reasons why) {
  if (any(why, reasons::readable | reasons::closed | reasons::failed)) slot.is.maybe_readable = true;
  if (any(why, reasons::closed | reasons::failed)) slot.is.read_to_end = true;
  if (any(why, reasons::writable | reasons::failed)) slot.is.blocked = false;
  // Behind the end of the stream nothing is read any more that would tell of a reset.
  if (any(why, reasons::failed) && slot.is.ended && !slot.is.closing && !slot.is.lingers) {
    if (const int error = pending_error(slot.descriptor()); error != 0) fail(slot, error);
  }
}

void streams::complete_send(stream_slot& slot) {
  io_result taken = io_result::bytes(0);  // Room has come; the owner tries again.
  if (mode_ == stream_mode::late) {
    const std::uint32_t number = stream_table::id_of(slot).slot;
    taken = send_now(slot, late_sends_.part_of(number));
    if (taken.error() == EAGAIN) return;
    late_sends_.forget(number);
  }
  slot.is.sending = false;
  if (!taken.ok()) return fail(slot, taken.error());
  complete(slot, {.what = stream_event::sent, .count = taken.count()});
}

// A short read means that the kernel has no more, and the next byte brings a new edge. Where the end or an error was
// reported together with data, no edge tells of it again: reading goes on until it comes.
void streams::receive(stream_slot& slot) {
  char* block = receive_block_.get();
  const ssize_t returned = ::recv(slot.descriptor(), block, receive_bytes_, 0);
  const io_result got = io_result::of(returned, errno);
  counters_.receives.add(1);
  if (!got.ok()) {
    if (got.error() == EINTR) return;
    slot.is.read_to_end = false;
    return got.error() == EAGAIN ? wait_for_bytes(slot) : fail(slot, got.error());
  }
  if (got.count() == 0) {
    slot.is.ended = true;
    slot.is.receiving = slot.is.maybe_readable = false;
    return complete(slot, {.what = stream_event::end_of_stream});
  }
  counters_.bytes_in.add(got.count());
  if (got.count() < receive_bytes_ && !slot.is.read_to_end) wait_for_bytes(slot);
  complete(slot, {.what = stream_event::received, .bytes = {block, got.count()}});
}

// The kernel has no more.
void streams::wait_for_bytes(stream_slot& slot) {
  slot.is.maybe_readable = false;
  base_.descriptors().rearm(slot, interest::read | interest::closed);
}

void streams::catch_up(stream_slot& slot) {
  const bool caught_up = slot.is.ended || (slot.is.receiving && !slot.is.maybe_readable);
  if (!caught_up) return;
  slot.is.catching_up = false;
  complete(slot, {.what = stream_event::caught_up});
}

void streams::fail(stream_slot& slot, int error) {
  slot.is.receiving = slot.is.maybe_readable = slot.is.catching_up = false;
  complete(slot, {.what = stream_event::failed, .error = error});
}

void streams::run_again_if_readable(stream_slot& slot) {
  if (slot.is.receiving && slot.is.maybe_readable && !slot.is.closing) base_.queues().activate(slot);
}

io_result streams::send_now(stream_slot& slot, std::span<const iovec> pieces) {
  ssize_t returned = 0;
  do {
    if (pieces.size() == 1) {
      returned = ::send(slot.descriptor(), pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
    } else {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(pieces.data());
      message.msg_iovlen = pieces.size();
      returned = ::sendmsg(slot.descriptor(), &message, MSG_NOSIGNAL);
    }
    counters_.sends.add(1);
  } while (returned < 0 && errno == EINTR);
  const io_result taken = io_result::of(returned, errno);
  if (taken.ok()) counters_.bytes_out.add(taken.count());
  slot.is.blocked = taken.ok() ? taken.count() < total_of(pieces) : taken.error() == EAGAIN;
  if (slot.is.blocked) base_.descriptors().rearm(slot, interest::write);
  return taken;
}

// Closing.

void streams::finish_close(stream_slot& slot) {
  if (mode_ == stream_mode::late && slot.is.sending) {
    // As a kernel that hears of the cancel too late.
    const std::uint32_t number = stream_table::id_of(slot).slot;
    static_cast<void>(send_now(slot, late_sends_.part_of(number)));
    late_sends_.forget(number);
  }
  slot.is.closing = slot.is.sending = slot.is.receiving = slot.is.waking = slot.is.catching_up = false;
  void* owner = slot.is.lingers ? lingering::of(slot).owner : slot.owner;
  if (slot.is.lingers) {
    stream_table::rename(slot);
    lingering_.start(slot);
    if (slot.is.maybe_readable) base_.queues().activate(slot);
  } else {
    close_descriptor(slot);
  }
  complete_(owner, {.what = stream_event::closed});
}

void streams::run_lingering(stream_slot& slot) {
  if (!slot.is.maybe_readable) return;
  if (!lingering::discard(slot, {receive_block_.get(), receive_bytes_})) return stop_lingering(slot);
  if (slot.is.maybe_readable) {
    base_.queues().activate(slot);
  } else {
    wait_for_bytes(slot);
  }
}

void streams::close_descriptor(stream_slot& slot) noexcept {
  if (slot.is.resets) {
    constexpr linger reset{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(slot.descriptor(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  }
  base_.queues().remove(slot);
  base_.descriptors().remove_before_close(slot);
  ::close(slot.descriptor());
  table_.release(slot);
  notify_if_empty();
}

void streams::stop_lingering(stream_slot& slot) noexcept {
  lingering_.end(slot);
  close_descriptor(slot);
}

void streams::lingered_too_long(timer_node& self) {
  stream_slot& slot = *static_cast<lingering_stream&>(self).slot;
  stream_table::owner_of(slot).stop_lingering(slot);
}

void streams::end_lingering() {
  table_.for_each([this](stream_slot& slot) {
    if (!slot.is.lingers) return;
    if (!slot.is.closing) return stop_lingering(slot);
    void* owner = lingering::of(slot).owner;
    lingering_.end(slot);
    slot.owner = owner;
  });
}

void streams::on_empty(task empty) {
  empty_ = std::move(empty);
  notify_if_empty();
}

void streams::notify_if_empty() {
  if (empty_ && table_.used() == 0) empty_event_.activate();
}

// In the child a socket that was never connected takes the place of each stream's: it fails at its first use, and the
// connection is the parent's alone (SEMANTICS I13).
void streams::part_from_parent() noexcept {
  const socket_descriptor dead(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  table_.for_each([&](stream_slot& slot) {
    if (::dup3(dead.native_handle(), slot.descriptor(), O_CLOEXEC) < 0) ::close(slot.descriptor());
    slot.is.maybe_readable = true;
    if (!slot.is.closing && !slot.is.lingers) slot.is.receiving = true;
    base_.queues().activate(slot);
  });
}

void streams::finish_closing() {
  table_.for_each([this](stream_slot& slot) {
    if (!slot.is.closing) return;
    base_.queues().remove(slot);
    finish_close(slot);
  });
}

}  // namespace v0
}  // namespace pinwheel
