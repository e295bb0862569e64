#include "pinwheel/net/socket.h"

#include <unistd.h>

#include "pinwheel/net/socket_network.h"

namespace pinwheel {
inline namespace v0 {
namespace {

using ask_function = int (*)(int, sockaddr*, socklen_t*);

address ask_kernel(ask_function ask, int descriptor) noexcept {
  sockaddr_storage given{};
  socklen_t length = sizeof(given);
  auto* raw = reinterpret_cast<sockaddr*>(&given);
  return ask(descriptor, raw, &length) == 0 ? address(raw, length) : address();
}

}  // namespace

socket_descriptor& socket_descriptor::operator=(socket_descriptor&& other) noexcept {
  if (this != &other) {
    close();
    network_ = other.network_;
    descriptor_ = other.release();
  }
  return *this;
}

void socket_descriptor::close() noexcept {
  if (descriptor_ < 0) return;
  if (network_ != nullptr) return network_->close(release());
  ::close(release());  // Never repeated: on Linux the descriptor is gone also after EINTR (close(2)).
}

address local_address_of(int descriptor) noexcept {
  return ask_kernel([](int asked, sockaddr* to, socklen_t* length) { return ::getsockname(asked, to, length); },
                    descriptor);
}

address peer_address_of(int descriptor) noexcept {
  return ask_kernel([](int asked, sockaddr* to, socklen_t* length) { return ::getpeername(asked, to, length); },
                    descriptor);
}

address local_address_of(const socket_descriptor& socket) noexcept {
  const int descriptor = socket.native_handle();
  return socket.network() != nullptr ? socket.network()->local_address(descriptor) : local_address_of(descriptor);
}

}  // namespace v0
}  // namespace pinwheel
