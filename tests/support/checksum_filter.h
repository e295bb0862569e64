// The filter of the tests: frames that are numbered and carry a checksum, with what makes filters hard: a handshake of
// three flights, a closing notice, frames that open to much more than they are, and times when nothing is sealed until
// the peer has answered.
//
// A frame is its kind (1 byte), the length of its payload (2, the more significant first), the checksum of its number,
// kind and payload (4), and the payload.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "pinwheel/net/filter.h"
#include "pinwheel/net/filter_output.h"

namespace pinwheel::testing {

struct checksum_options {
  bool is_client = false;     // Speaks first.
  bool handshakes = true;     // Otherwise it is ready at once.
  bool compresses = false;    // What is one byte over and over is sealed as a `run`.
  unsigned rekeys_after = 0;  // Frames of data, after which it seals nothing until the peer has answered; 0: never.
};

class checksum_filter final : public filter {
 public:
  static constexpr std::size_t head_bytes = 7;
  static constexpr std::size_t payload_bytes_max = 4096;

  enum class frame : std::uint8_t {
    hello,    // The handshake: the client's, the server's, the client's.
    data,     // Plaintext.
    run,      // A byte, and how often it comes (4 bytes).
    rekey,    // Asks for an answer before more is sealed.
    rekeyed,  // The answer.
    bye,      // The closing notice.
  };

  explicit checksum_filter(const checksum_options& options) : options_(options) {}

  void start(filter_output& out) noexcept override {
    hellos_left_ = !options_.handshakes ? 0 : options_.is_client ? 1 : 2;
    if (options_.handshakes && options_.is_client) put(frame::hello, "client", out);
  }

  [[nodiscard]] bool is_ready() const noexcept override { return hellos_left_ == 0; }

  filter_result open(std::string_view ciphertext, std::span<char> room, filter_output& out) noexcept override {
    filter_result result;
    for (;;) {
      result.made += give(room.subspan(result.made));
      if (result.made == room.size() || opening_ != filter_status::going_on) break;
      result.taken += take(ciphertext.substr(result.taken));
      if (frame_.size() < head_bytes + payload_bytes()) break;
      opening_ = read_frame(out);
      frame_.clear();
    }
    result.status = opening_;
    if (opening_ == filter_status::failed) result.error = EBADMSG;
    return result;
  }

  filter_result seal(std::span<const iovec> plaintext, filter_output& out) noexcept override {
    filter_result result;
    for (const iovec& each : plaintext) {
      std::string_view piece(static_cast<const char*>(each.iov_base), each.iov_len);
      while (!piece.empty()) {
        if (awaits_answer_ && opening_ == filter_status::going_on) {
          result.status = filter_status::needs_input;
          return result;
        }
        const std::size_t sealed = seal_front(piece, out);
        piece.remove_prefix(sealed);
        result.taken += sealed;
        if (options_.rekeys_after != 0 && ++sealed_ % options_.rekeys_after == 0) {
          put(frame::rekey, {}, out);
          awaits_answer_ = true;
        }
      }
    }
    return result;
  }

  void finish(filter_output& out) noexcept override { put(frame::bye, {}, out); }

  // A frame of any kind, for what no filter would send of itself.
  void put(frame kind, std::string_view payload, filter_output& out) {
    char* room = out.reserve(head_bytes + payload.size());
    const std::uint32_t sum = checksum(frames_out_++, kind, payload);
    room[0] = static_cast<char>(kind);
    for (int at = 0; at < 2; ++at) room[1 + at] = static_cast<char>(payload.size() >> (8 * (1 - at)));
    for (int at = 0; at < 4; ++at) room[3 + at] = static_cast<char>(sum >> (8 * (3 - at)));
    payload.copy(room + head_bytes, payload.size());
    out.commit(head_bytes + payload.size());
  }

  static std::string run_of(char byte, std::uint32_t count) {
    std::string payload(1, byte);
    for (int at = 0; at < 4; ++at) payload += static_cast<char>(count >> (8 * (3 - at)));
    return payload;
  }

 private:
  // FNV-1a: no single byte can change without changing it.
  static std::uint32_t checksum(std::uint32_t number, frame kind, std::string_view payload) {
    std::uint32_t sum = 2'166'136'261U ^ number;
    const auto add = [&](char byte) { sum = (sum ^ static_cast<unsigned char>(byte)) * 16'777'619U; };
    add(static_cast<char>(kind));
    for (const char each : payload) add(each);
    return sum;
  }

  static std::uint32_t number_in(std::string_view bytes) {
    std::uint32_t number = 0;
    for (const char each : bytes) number = number << 8 | static_cast<unsigned char>(each);
    return number;
  }

  std::size_t seal_front(std::string_view piece, filter_output& out) {
    const auto different = std::min(piece.find_first_not_of(piece.front()), piece.size());
    if (options_.compresses && different > 16) {
      put(frame::run, run_of(piece.front(), static_cast<std::uint32_t>(different)), out);
      return different;
    }
    const std::size_t sealed = std::min(piece.size(), payload_bytes_max);
    put(frame::data, piece.substr(0, sealed), out);
    return sealed;
  }

  // Of the plaintext that was opened last.
  std::size_t give(std::span<char> room) {
    if (run_left_ != 0) {
      const std::size_t given = std::min<std::size_t>(run_left_, room.size());
      std::memset(room.data(), run_byte_, given);
      run_left_ -= static_cast<std::uint32_t>(given);
      return given;
    }
    const std::size_t given = plaintext_.copy(room.data(), room.size());
    plaintext_.erase(0, given);
    return given;
  }

  // 0 while the head has not come; more than any is taken for the most, and fails by its checksum.
  [[nodiscard]] std::size_t payload_bytes() const {
    if (frame_.size() < head_bytes) return 0;
    return std::min<std::size_t>(number_in(std::string_view(frame_).substr(1, 2)), payload_bytes_max);
  }

  // The head first, which tells how much else belongs to the frame.
  std::size_t take(std::string_view ciphertext) {
    std::size_t taken = 0;
    for (int part = 0; part < 2; ++part) {
      const std::string_view more = ciphertext.substr(taken, head_bytes + payload_bytes() - frame_.size());
      frame_ += more;
      taken += more.size();
    }
    return taken;
  }

  filter_status read_frame(filter_output& out) {
    const std::string_view payload = std::string_view(frame_).substr(head_bytes);
    const auto kind = static_cast<frame>(frame_[0]);
    if (number_in(std::string_view(frame_).substr(3, 4)) != checksum(frames_in_++, kind, payload)) {
      return filter_status::failed;
    }
    if (kind != frame::bye && (kind == frame::hello) == is_ready()) return filter_status::failed;
    switch (kind) {
      case frame::hello:
        --hellos_left_;
        if (options_.is_client || !is_ready()) put(frame::hello, "again", out);
        return filter_status::going_on;
      case frame::data:
        plaintext_ = payload;
        return filter_status::going_on;
      case frame::run:
        run_byte_ = payload.front();
        run_left_ = number_in(payload.substr(1));
        return filter_status::going_on;
      case frame::rekey:
        put(frame::rekeyed, {}, out);
        return filter_status::going_on;
      case frame::rekeyed:
        awaits_answer_ = false;
        return filter_status::going_on;
      case frame::bye:
        return filter_status::ended;
    }
    return filter_status::failed;
  }

  const checksum_options options_;
  int hellos_left_ = 0;  // Of the peer.
  std::uint32_t frames_out_ = 0;
  std::uint32_t frames_in_ = 0;
  unsigned sealed_ = 0;         // Frames of data and runs.
  bool awaits_answer_ = false;  // To a `rekey`.
  filter_status opening_ = filter_status::going_on;
  std::string frame_;  // As far as it has come.
  std::string plaintext_;
  std::uint32_t run_left_ = 0;
  char run_byte_ = 0;
};

}  // namespace pinwheel::testing
