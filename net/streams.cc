#include "pinwheel/net/streams.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "pinwheel/net/stream_generations.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

void stream::run(active_item& self) {
  auto& mine = static_cast<stream&>(self);
  mine.home_->readiness_.run(mine);
}

streams::streams(event_base& base, complete_function completed, const stream_options& options)
    : base_(base),
      complete_(completed),
      calls_(options.network),
      receive_bytes_(options.receive_bytes),
      receive_block_(std::make_unique_for_overwrite<char[]>(options.receive_bytes)),
      readiness_(*this, options.mode),
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
  if (const io_result watched = readiness_.watch(which, socket.native_handle()); !watched.ok()) return watched;
  static_cast<void>(socket.release());
  which.generation_ = next_stream_generation(base_.number());
  ++open_;
  return io_result::bytes(0);
}

stream* streams::find(stream_id named) const noexcept {
  if (named.generation == 0) return nullptr;
  io_watch* const watch = base_.descriptors().find(static_cast<int>(named.slot), &stream::run);
  auto* const found = static_cast<stream*>(watch);
  if (found == nullptr || found->home_ != this || found->generation_ != named.generation) return nullptr;
  return found->is_.closing ? nullptr : found;
}

// Operations.

void streams::start_receiving(stream& which) {
  require_open(which);
  readiness_.start_receiving(which);
}

void streams::stop_receiving(stream& which) {
  require_open(which);
  readiness_.stop_receiving(which);
}

void streams::receive_now(stream& which) {
  require_open(which);
  readiness_.receive_now(which);
}

void streams::shutdown_write(stream& which) {
  require_no_send(which);
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
  readiness_.note_readiness(which);
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

// Closing.

// A stream that lingers has lost its descriptor, and is completed by the place that took it.
void streams::finish_close(stream& which) {
  if (!which.is_added()) return;
  readiness_.end(which);
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
    readiness_.fail_soon(each);
  });
  lingering_.part_from_parent();
}

}  // namespace v0
}  // namespace pinwheel
