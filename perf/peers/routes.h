// What the peers answer, the same as http_example: its texts, types and sizes.
//
//   GET /plaintext         13 bytes
//   POST /echo             the body, with its type
//   GET /bytes/1k, /1m     1,024 and 1,048,576 bytes
//   GET /stream?bytes=N    N bytes, chunked, each chunk made when the one before it has left
//
// Threads:   any; constants after their first use.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pinwheel::perf::routes {

inline constexpr const char* text_type = "text/plain; charset=utf-8";
inline constexpr const char* bytes_type = "application/octet-stream";
inline constexpr std::string_view hello = "Hello, World!";
inline constexpr std::size_t body_bytes_max = std::size_t{1} << 20;
inline constexpr std::uint64_t stream_bytes_max = std::uint64_t{1} << 40;

// The body of /bytes/1k or /bytes/1m; empty for any other target.
inline std::string_view bytes_of(std::string_view target) {
  static const std::string bytes(std::size_t{1} << 20, 'x');
  if (target == "/bytes/1k") return std::string_view(bytes).substr(0, 1024);
  if (target == "/bytes/1m") return bytes;
  return {};
}

// One chunk of /stream, unless fewer bytes are left.
inline std::string_view stream_piece() {
  static const std::string piece = [] {
    std::string lines;
    while (lines.size() < 8192)
      lines += "This line is made as fast as it is read, and comes again until the bytes are used up.\n";
    return lines;
  }();
  return piece;
}

// How many bytes a target of /stream asks for: a piece where it does not say. Empty for any other target.
inline std::optional<std::uint64_t> stream_bytes_of(std::string_view target) {
  constexpr std::string_view with_bytes = "/stream?bytes=";
  if (target == "/stream") return stream_piece().size();
  if (!target.starts_with(with_bytes)) return std::nullopt;
  target.remove_prefix(with_bytes.size());
  std::uint64_t bytes = 0;
  const char* const end = target.data() + target.size();
  const auto [stopped, error] = std::from_chars(target.data(), end, bytes);
  if (error != std::errc() || stopped != end || bytes > stream_bytes_max) return std::nullopt;
  return bytes;
}

}  // namespace pinwheel::perf::routes
