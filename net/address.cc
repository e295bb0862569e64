#include "pinwheel/net/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <optional>

#include "absl/status/status.h"

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr std::string_view unix_prefix = "unix:";

absl::Status refuse(std::string_view text, std::string_view why) {
  std::string message = "\"";
  message.append(text).append("\" is not an address: ").append(why);
  message.append(" (use 127.0.0.1:8080, [::1]:8080, :8080 or unix:/path)");
  return absl::InvalidArgumentError(message);
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, port);
  if (digits.empty() || error != std::errc() || stopped != end) return std::nullopt;
  return port;
}

absl::StatusOr<address> parse_unix(std::string_view text) {
  const std::string_view path = text.substr(unix_prefix.size());
  sockaddr_un made{};
  made.sun_family = AF_UNIX;
  if (path.empty()) return refuse(text, "the path is empty");
  if (path.size() >= sizeof(made.sun_path)) return refuse(text, "a unix path has at most 107 bytes");
  if (path.find('\0') != std::string_view::npos) return refuse(text, "the path holds a NUL");
  std::memcpy(made.sun_path, path.data(), path.size());
  const std::size_t length = offsetof(sockaddr_un, sun_path) + path.size() + 1;
  return address(reinterpret_cast<const sockaddr*>(&made), static_cast<socklen_t>(length));
}

absl::StatusOr<address> parse_v6(std::string_view text, std::string_view host, std::uint16_t port) {
  sockaddr_in6 made{};
  made.sin6_family = AF_INET6;
  made.sin6_port = htons(port);
  if (::inet_pton(AF_INET6, std::string(host).c_str(), &made.sin6_addr) != 1) {
    return refuse(text, "what is in brackets is not an IPv6 address");
  }
  return address(reinterpret_cast<const sockaddr*>(&made), sizeof(made));
}

absl::StatusOr<address> parse_v4(std::string_view text, std::string_view host, std::uint16_t port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(port);
  made.sin_addr.s_addr = htonl(INADDR_ANY);
  if (host.find(':') != std::string_view::npos) return refuse(text, "an IPv6 address stands in brackets");
  if (!host.empty() && ::inet_pton(AF_INET, std::string(host).c_str(), &made.sin_addr) != 1) {
    return refuse(text, "the host is not an IPv4 address; names are not looked up");
  }
  return address(reinterpret_cast<const sockaddr*>(&made), sizeof(made));
}

std::string with_port(const std::string& host, std::uint16_t port) { return host + ":" + std::to_string(port); }

}  // namespace

address::address(const sockaddr* given, socklen_t length) noexcept : address() {
  const bool known = length >= sizeof(sa_family_t) &&
                     (given->sa_family == AF_INET || given->sa_family == AF_INET6 || given->sa_family == AF_UNIX);
  if (!known) return;
  size_ = std::min<socklen_t>(length, sizeof(storage));
  std::memcpy(&raw_, given, size_);
}

std::uint16_t address::port() const noexcept {
  if (family() == AF_INET) return ntohs(raw_.v4.sin_port);
  return family() == AF_INET6 ? ntohs(raw_.v6.sin6_port) : std::uint16_t{0};
}

void address::set_port(std::uint16_t port) noexcept {
  if (family() == AF_INET) raw_.v4.sin_port = htons(port);
  if (family() == AF_INET6) raw_.v6.sin6_port = htons(port);
}

std::string_view address::path() const noexcept {
  constexpr std::size_t before = offsetof(sockaddr_un, sun_path);
  if (!is_unix() || size_ <= before) return {};
  return {raw_.local.sun_path, ::strnlen(raw_.local.sun_path, size_ - before)};
}

bool operator==(const address& a, const address& b) noexcept {
  return a.size_ == b.size_ && std::memcmp(&a.raw_, &b.raw_, a.size_) == 0;
}

absl::StatusOr<address> parse_address(std::string_view text) {
  if (text.starts_with(unix_prefix)) return parse_unix(text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse(text, "the port is missing");
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return refuse(text, "the port is not a number from 0 to 65535");
  const std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) return parse_v6(text, host.substr(1, host.size() - 2), *port);
  return parse_v4(text, host, *port);
}

std::string to_string(const address& named) {
  std::array<char, INET6_ADDRSTRLEN> host{};
  switch (named.family()) {
    case AF_INET: {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(named.data());
      return with_port(::inet_ntop(AF_INET, &v4->sin_addr, host.data(), host.size()), named.port());
    }
    case AF_INET6: {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(named.data());
      const char* text = ::inet_ntop(AF_INET6, &v6->sin6_addr, host.data(), host.size());
      return with_port(std::string("[").append(text).append("]"), named.port());
    }
    case AF_UNIX:
      return std::string(unix_prefix).append(named.path());
    default:
      return "none";
  }
}

}  // namespace v0
}  // namespace pinwheel
