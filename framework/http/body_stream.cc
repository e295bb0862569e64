#include "pinwheel/framework/http/body_stream.h"

#include <cstddef>
#include <string>
#include <utility>

#include "pinwheel/framework/http/codec/serializer.h"
#include "pinwheel/net/connection.h"
#include "pinwheel/reactor/base/log.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

class connection_writer final : public body_writer {
 public:
  connection_writer(connection& peer, bool is_chunked) : peer_(peer), is_chunked_(is_chunked) {}

  bool write(std::string_view bytes) override {
    if (bytes.empty()) return wants_more();  // A chunk of no bytes would end the body.
    ++writes_;
    last_ = is_chunked_ ? write_chunk(bytes) : peer_.write(bytes);
    return wants_more();
  }

  [[nodiscard]] bool wants_more() const { return last_ == write_result::accepted; }
  [[nodiscard]] bool is_closed() const { return last_ == write_result::closed; }
  [[nodiscard]] std::size_t writes() const { return writes_; }

 private:
  write_result write_chunk(std::string_view bytes) {
    const std::size_t room = chunk_header_bytes_max + bytes.size() + chunk_end.size();
    if (room > connection::output_block_bytes) return write_large_chunk(bytes, room);
    char* const out = peer_.reserve(room);
    if (out == nullptr) return write_result::closed;
    const char* const end = write_text(write_text(write_chunk_header(out, bytes.size()), bytes), chunk_end);
    return peer_.commit(static_cast<std::size_t>(end - out));
  }

  // In one write, because the connection takes no second one while the first fills its output.
  write_result write_large_chunk(std::string_view bytes, std::size_t room) {
    std::string chunk(room, '\0');
    const char* const end = write_text(write_text(write_chunk_header(chunk.data(), bytes.size()), bytes), chunk_end);
    chunk.resize(static_cast<std::size_t>(end - chunk.data()));
    return peer_.write(std::move(chunk));
  }

  connection& peer_;
  const bool is_chunked_;
  write_result last_ = write_result::accepted;
  std::size_t writes_ = 0;
};

}  // namespace

body_stream::progress body_stream::fill(connection& peer) {
  connection_writer out(peer, is_chunked_);
  while (!is_ended_) {
    const std::size_t writes_before = out.writes();
    is_ended_ = !producer_(out);
    if (out.is_closed()) return progress::broken;
    if (!is_ended_ && out.writes() == writes_before) {
      log(log_level::error, "http: a producer promised more of a body and wrote nothing; its connection is cut");
      return progress::broken;
    }
    if (!out.wants_more()) return progress::waiting;
  }
  if (is_chunked_) peer.write(last_chunk);
  return progress::whole;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
