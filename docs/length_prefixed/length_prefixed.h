// Messages over a connection: four bytes, the most significant first, say how many bytes of a message follow.
//
// Threads:   the connection's loop.
// Limits:    message_bytes_max and message_time_max. REQUIRES: connection_options::input_bytes_max has room for the
//            longest message and its header, as it has by default.
#pragma once

#include <pinwheel/framework/server.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

class length_prefixed : public pinwheel::connection_handler {
 public:
  static constexpr std::size_t header_bytes = 4;
  static constexpr std::size_t message_bytes_max = 16 << 10;   // A longer one closes the connection.
  static constexpr std::chrono::seconds message_time_max{10};  // From its first byte to its last.

  // A message as it is sent. REQUIRES: message.size() <= message_bytes_max.
  static std::string framed(std::string_view message) {
    std::string bytes;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(message.size() >> shift & 0xffU);
    return bytes.append(message);
  }
  static pinwheel::write_result send(pinwheel::connection& peer, std::string_view message) {
    return peer.write(framed(message));
  }

 protected:
  // One message, whole; the view dies with the call. Answers what the last write did: unless it was `accepted`, the
  // next message waits until the peer has read.
  virtual pinwheel::write_result on_message(pinwheel::connection& peer, std::string_view message) = 0;

 private:
  std::size_t on_data(pinwheel::connection& peer, std::string_view bytes) final {
    std::string_view rest = bytes;
    auto written = pinwheel::write_result::accepted;
    while (written == pinwheel::write_result::accepted && rest.size() >= header_bytes) {
      const std::size_t length = length_of(rest);
      if (length > message_bytes_max) {
        peer.close();
        return bytes.size();
      }
      if (rest.size() < header_bytes + length) break;
      written = on_message(peer, rest.substr(header_bytes, length));
      rest.remove_prefix(header_bytes + length);
    }
    if (rest.size() < bytes.size()) {
      peer.clear_deadline();
      is_timed_ = false;
    }
    const bool is_unfinished = !rest.empty() && written == pinwheel::write_result::accepted;
    if (is_unfinished && !is_timed_) {
      peer.set_deadline(message_time_max, pinwheel::close_reason::slow_input);
      is_timed_ = true;
    }
    return bytes.size() - rest.size();  // What is left over is offered again, with more behind it.
  }

  static std::size_t length_of(std::string_view header) {
    std::size_t length = 0;
    for (const unsigned char each : header.substr(0, header_bytes)) length = length << 8U | each;
    return length;
  }

  bool is_timed_ = false;  // The deadline is that of the message whose beginning is unread.
};
