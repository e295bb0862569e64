// A small Redis server as a user of Pinwheel would write it: PING, GET and SET, pipelined, for redis-cli and
// redis-benchmark, which know nothing of Pinwheel. One loop serves all of them and so owns the values: no lock.
//
//   redis_server --listen=127.0.0.1:6379
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "pinwheel/framework/server.h"

namespace {

constexpr std::size_t words_max = 8;  // Of one request.
constexpr std::size_t word_bytes_max = 512 << 10;
constexpr std::size_t line_bytes_max = 64 << 10;
constexpr std::size_t store_bytes_max = 64 << 20;
constexpr std::size_t entry_bytes = 128;  // About what the map adds to a key and its value.
// A request waits until it is whole; an answer is begun below the high mark, and so fits.
constexpr pinwheel::connection_options bounds = {.input_bytes_max = 1 << 20, .output_bytes_max = 1 << 20};

struct string_hash : std::hash<std::string_view> {
  using is_transparent = void;
};

struct store {
  std::unordered_map<std::string, std::string, string_hash, std::equal_to<>> values;
  std::size_t bytes = 0;  // Of all entries.

  std::string_view set(std::string_view key, std::string_view value) {
    const auto found = values.find(key);
    const std::size_t freed = found != values.end() ? entry_bytes + key.size() + found->second.size() : 0;
    const std::size_t after = bytes - freed + entry_bytes + key.size() + value.size();
    if (after > store_bytes_max) return "-OOM the store is full\r\n";
    bytes = after;
    (found != values.end() ? found->second : values[std::string(key)]) = std::string(value);
    return "+OK\r\n";
  }
};

struct request {
  std::array<std::string_view, words_max> words;  // Views of the bytes that were received.
  std::size_t count = 0;
};

enum class taken { whole, partly, wrong };

// "*3\r\n" or "$5\r\n".
taken take_number(std::string_view& bytes, char mark, std::size_t most, std::size_t& number) {
  constexpr std::size_t bytes_max = 16;
  if (!bytes.empty() && bytes.front() != mark) return taken::wrong;
  const std::size_t end = bytes.substr(0, bytes_max).find("\r\n");
  if (end == std::string_view::npos) return bytes.size() < bytes_max ? taken::partly : taken::wrong;
  const char* const last = bytes.data() + end;
  const auto [stopped, error] = std::from_chars(bytes.data() + 1, last, number);
  bytes.remove_prefix(end + 2);
  return error == std::errc() && stopped == last && number <= most ? taken::whole : taken::wrong;
}

taken take_array(std::string_view& bytes, request& asked) {
  if (const taken head = take_number(bytes, '*', words_max, asked.count); head != taken::whole) return head;
  for (std::size_t at = 0, size = 0; at < asked.count; ++at) {
    if (const taken head = take_number(bytes, '$', word_bytes_max, size); head != taken::whole) return head;
    if (bytes.size() < size + 2) return taken::partly;
    if (bytes.substr(size, 2) != "\r\n") return taken::wrong;
    asked.words[at] = bytes.substr(0, size);
    bytes.remove_prefix(size + 2);
  }
  return taken::whole;
}

// Words with blanks between them, as people type.
taken take_line(std::string_view& bytes, request& asked) {
  const std::size_t end = bytes.substr(0, line_bytes_max).find('\n');
  if (end == std::string_view::npos) return bytes.size() < line_bytes_max ? taken::partly : taken::wrong;
  std::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(end + 1);
  for (; asked.count < words_max; ++asked.count) {
    line.remove_prefix(std::min(line.find_first_not_of(" \r"), line.size()));
    if (line.empty()) return taken::whole;
    asked.words[asked.count] = line.substr(0, line.find_first_of(" \r"));
    line.remove_prefix(asked.words[asked.count].size());
  }
  return taken::wrong;
}

bool is(std::string_view word, std::string_view name) {
  return std::ranges::equal(word, name, {}, [](unsigned char each) { return std::toupper(each); });
}

class redis_client final : public pinwheel::connection_handler {
 public:
  explicit redis_client(store& shared) : store_(shared) {}

 private:
  std::size_t on_data(pinwheel::connection& peer, std::string_view bytes) override {
    std::string_view rest = bytes;
    while (!rest.empty()) {
      request asked;
      std::string_view behind = rest;
      const taken how = rest.front() == '*' ? take_array(behind, asked) : take_line(behind, asked);
      if (how == taken::partly) break;
      if (how == taken::wrong) {
        peer.write("-ERR Protocol error\r\n");
        peer.close();
        break;
      }
      rest = behind;
      // Above the high mark: what is left is offered again once the client has read.
      if (asked.count > 0 && answer(peer, asked) != pinwheel::write_result::accepted) break;
    }
    return bytes.size() - rest.size();
  }

  pinwheel::write_result answer(pinwheel::connection& peer, const request& asked) {
    const std::string_view name = asked.words[0], key = asked.words[1];
    if (is(name, "PING") && asked.count == 1) return peer.write("+PONG\r\n");
    if (is(name, "SET") && asked.count == 3) return peer.write(store_.set(key, asked.words[2]));
    if (is(name, "GET") && asked.count == 2) {
      const auto found = store_.values.find(key);
      if (found == store_.values.end()) return peer.write("$-1\r\n");
      peer.write("$" + std::to_string(found->second.size()) + "\r\n");
      peer.write(found->second);
      return peer.write("\r\n");
    }
    // Clients ask these two as they start: every setting is empty, and no command is described.
    if (is(name, "CONFIG") && asked.count == 3) return peer.write("*2\r\n$0\r\n\r\n$0\r\n\r\n");
    if (is(name, "COMMAND")) return peer.write("*0\r\n");
    return peer.write("-ERR unknown command or wrong number of arguments\r\n");
  }

  store& store_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string_view flag = argc > 1 ? argv[1] : "--listen=127.0.0.1:6379";
  store shared;
  pinwheel::server server({.loops = 1});
  server.listen(flag.substr(flag.find('=') + 1), pinwheel::make_handler_with<redis_client>(shared),
                {.connection = bounds});
  return server.run();
}
