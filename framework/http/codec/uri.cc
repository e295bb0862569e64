#include "pinwheel/framework/http/codec/uri.h"

#include "pinwheel/framework/http/codec/ascii.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

enum class plus_means { plus, space };

constexpr int no_byte = -1;

// The next byte of `text`, decoded and taken off; no_byte for a bad escape or a NUL.
int take_byte(std::string_view& text, plus_means plus) {
  const char c = text.front();
  if (c != '%') {
    text.remove_prefix(1);
    if (c == '+' && plus == plus_means::space) return ' ';
    return c == '\0' ? no_byte : static_cast<unsigned char>(c);
  }
  if (text.size() < 3) return no_byte;
  const int high = hex_value(text[1]);
  const int low = hex_value(text[2]);
  text.remove_prefix(3);
  if (high < 0 || low < 0 || high + low == 0) return no_byte;
  return high * 16 + low;
}

std::optional<std::string_view> decode(std::string_view text, plus_means plus, char* room) {
  char* out = room;
  while (!text.empty()) {
    const int byte = take_byte(text, plus);
    if (byte == no_byte) return std::nullopt;
    *out++ = static_cast<char>(byte);
  }
  return std::string_view(room, static_cast<std::size_t>(out - room));
}

bool decodes_to(std::string_view raw, std::string_view wanted) {
  while (!raw.empty() && !wanted.empty()) {
    if (take_byte(raw, plus_means::space) != static_cast<unsigned char>(wanted.front())) return false;
    wanted.remove_prefix(1);
  }
  return raw.empty() && wanted.empty();
}

}  // namespace

decoded_segment decode_segment(std::string_view segment, char* room) {
  const bool plain = segment.find_first_of(std::string_view("%\0", 2)) == std::string_view::npos;
  const auto text = plain ? segment : decode(segment, plus_means::plus, room);
  if (!text.has_value()) return {};
  return {true, text->find('/') != std::string_view::npos, *text == "." || *text == "..", *text};
}

std::optional<std::string_view> decode_query(std::string_view raw, char* room) {
  if (raw.find_first_of(std::string_view("%+\0", 3)) == std::string_view::npos) return raw;
  return decode(raw, plus_means::space, room);
}

bool take_query_pair(std::string_view& query, query_pair& pair) {
  while (!query.empty()) {
    const std::string_view piece = query.substr(0, query.find('&'));
    query.remove_prefix(piece.size() == query.size() ? piece.size() : piece.size() + 1);
    if (piece.empty()) continue;
    const std::size_t equals = piece.find('=');
    pair.name = piece.substr(0, equals);
    pair.value = equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1);
    return true;
  }
  return false;
}

std::optional<std::string_view> query_value(std::string_view query, std::string_view name) {
  query_pair pair;
  while (take_query_pair(query, pair)) {
    if (decodes_to(pair.name, name)) return pair.value;
  }
  return std::nullopt;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
