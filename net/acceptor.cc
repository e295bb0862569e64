#include "pinwheel/net/acceptor.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

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
      where_(local_address_of(listening_.native_handle())),
      accepted_(std::move(accepted)),
      readable_(base, listening_.native_handle(), interest::read, event_life::persistent,
                [this](event&, reasons) { accept_batch(); }),
      retry_(base, event_life::one_shot, [this](event&, reasons) { try_again(); }) {}

io_result acceptor::start() { return readable_.add(); }

void acceptor::accept_batch() {
  if (accept_up_to(options_.batch_max) == stop::exhausted) back_off(exhausted_by_);
}

acceptor::stop acceptor::accept_up_to(std::size_t most) {
  for (std::size_t count = 0; count < most;) {
    sockaddr_storage peer{};
    socklen_t length = sizeof(peer);
    auto* raw = reinterpret_cast<sockaddr*>(&peer);
    socket_descriptor socket(::accept4(listening_.native_handle(), raw, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.is_open()) {
      ++count;
      counters_.accepted.add(1);
      accepted_(std::move(socket), address(raw, length));
      if (!listening_.is_open()) return stop::closed;
      continue;
    }
    if (errno == EAGAIN) return stop::empty;
    if (is_exhaustion(errno)) {
      exhausted_by_ = errno;
      return stop::exhausted;
    }
    ++count;  // The connection broke before it was accepted (accept(2)), or a signal came.
  }
  return stop::limit;
}

void acceptor::back_off(int error) {
  counters_.back_offs.add(1);
  log(log_level::warning, "accepting on " + to_string(where_) + " waits a moment: " + std::strerror(error));
  readable_.remove();
  retry_.add(options_.back_off);
}

void acceptor::try_again() {
  if (const io_result added = readable_.add(); !added.ok()) back_off(added.error());
}

void acceptor::drain() {
  if (!listening_.is_open()) return;
  if (accept_up_to(options_.drained_max) == stop::exhausted) {
    log(log_level::warning,
        "connections waiting on " + to_string(where_) + " are refused: " + std::strerror(exhausted_by_));
  }
  close();
}

void acceptor::close() {
  if (!listening_.is_open()) return;
  readable_.remove();
  retry_.remove();
  // While this still listens the file cannot be another listener's.
  if (where_.is_unix()) ::unlink(std::string(where_.path()).c_str());
  listening_.close();
}

}  // namespace v0
}  // namespace pinwheel
