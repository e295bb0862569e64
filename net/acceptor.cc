#include "pinwheel/net/acceptor.h"

#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "pinwheel/net/listener.h"
#include "pinwheel/net/socket_calls.h"
#include "pinwheel/reactor/base/log.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {
namespace {

bool is_exhaustion(int error) { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM; }

}  // namespace

acceptor::acceptor(event_base& base, socket_descriptor listening, accepted_function accepted, acceptor_options options)
    : options_(options),
      listening_(std::move(listening)),
      where_(local_address_of(listening_)),
      accepted_(std::move(accepted)),
      readable_(base, listening_.native_handle(), interest::read, event_life::persistent,
                [this](event&, reasons) { accept_batch(); }),
      retry_(base, event_life::one_shot, [this](event&, reasons) { try_again(); }) {}

io_result acceptor::start() { return readable_.add(); }

void acceptor::accept_batch() {
  if (accept_up_to(options_.batch_max) == stop::exhausted) back_off(exhausted_by_);
}

acceptor::stop acceptor::accept_up_to(std::size_t most) {
  const socket_calls calls(listening_.network());
  for (std::size_t count = 0; count < most;) {
    sockaddr_storage peer{};
    socklen_t length = sizeof(peer);
    const io_result got = calls.accept(listening_.native_handle(), peer, length);
    if (got.ok()) {
      ++count;
      counters_.accepted.add(1);
      accepted_(socket_descriptor(static_cast<int>(got.count()), calls.network()),
                address(reinterpret_cast<const sockaddr*>(&peer), length));
      if (!listening_.is_open()) return stop::closed;
      continue;
    }
    if (got.error() == EAGAIN) {
      has_warned_ = false;
      return stop::empty;
    }
    if (is_exhaustion(got.error())) {
      exhausted_by_ = got.error();
      return stop::exhausted;
    }
    ++count;  // The connection broke before it was accepted (accept(2)), or a signal came.
  }
  return stop::limit;
}

void acceptor::back_off(int error) {
  counters_.back_offs.add(1);
  if (!std::exchange(has_warned_, true)) {
    log(log_level::warning, "accepting on " + to_string(where_) + " waits: " + std::generic_category().message(error));
  }
  readable_.remove();
  retry_.add(options_.back_off);
}

void acceptor::try_again() {
  if (drained_) return drain_backlog();
  if (const io_result added = readable_.add(); !added.ok()) back_off(added.error());
}

void acceptor::drain(task drained) {
  if (!listening_.is_open()) return drained();
  drained_ = std::move(drained);
  drain_backlog();
}

void acceptor::drain_backlog() {
  if (accept_up_to(options_.drained_max) == stop::exhausted) return back_off(exhausted_by_);
  close();
}

void acceptor::close() {
  if (!listening_.is_open()) return;
  readable_.remove();
  retry_.remove();
  stop_listening(listening_);
  if (task drained = std::exchange(drained_, nullptr)) drained();
}

}  // namespace v0
}  // namespace pinwheel
