// Where a socket listens or who is at its other end: IPv4, IPv6 or a unix path.
//
// Threads:   a value.
// Errors:    parse_address answers InvalidArgument with a message that quotes the text and shows the forms it reads.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace pinwheel {
inline namespace v0 {

class address {
 public:
  // No address: family() is AF_UNSPEC.
  address() noexcept = default;
  // As the kernel gives it. REQUIRES: length is at most sizeof(sockaddr_storage); a family that is not known is no
  // address.
  address(const sockaddr* given, socklen_t length) noexcept;

  [[nodiscard]] sa_family_t family() const noexcept { return raw_.any.sa_family; }
  [[nodiscard]] bool is_unix() const noexcept { return family() == AF_UNIX; }
  // In host order; 0 where there is none.
  [[nodiscard]] std::uint16_t port() const noexcept;
  void set_port(std::uint16_t port) noexcept;
  // Of a unix address; empty for an unnamed one, such as a client's.
  [[nodiscard]] std::string_view path() const noexcept;

  // For bind(2) and connect(2).
  [[nodiscard]] const sockaddr* data() const noexcept { return &raw_.any; }
  [[nodiscard]] socklen_t size() const noexcept { return size_; }

  friend bool operator==(const address& a, const address& b) noexcept;

 private:
  union storage {
    sockaddr_un local;  // The largest; first, so that all of it starts as zeros.
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };

  storage raw_{};
  socklen_t size_ = sizeof(sa_family_t);
};

// "127.0.0.1:8080", "[::1]:8080", ":8080" (all of IPv4) or "unix:/run/some.sock". Port 0 lets the kernel choose. Names
// are not looked up.
[[nodiscard]] absl::StatusOr<address> parse_address(std::string_view text);

// What parse_address reads; "unix:" for an unnamed unix address, "none" for no address.
[[nodiscard]] std::string to_string(const address& named);

}  // namespace v0
}  // namespace pinwheel
