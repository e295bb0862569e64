// The other end of a connection that has a filter: a plain socket, and the peer's side of the filter over it. What it
// sends can be seen and spoilt before it leaves.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "pinwheel/net/block_pool.h"
#include "pinwheel/net/filter_output.h"
#include "pinwheel/net/output_queue.h"
#include "support/checksum_filter.h"
#include "support/net_peer.h"

namespace pinwheel::testing {

// What a filter has sealed, to be looked at.
class sealed_bytes {
 public:
  ~sealed_bytes() { queue_.release(pool_); }

  [[nodiscard]] filter_output& out() { return out_; }

  std::string take() {
    std::string all;
    while (!queue_.empty()) {
      std::array<iovec, output_queue::gathered_max> pieces;
      const std::size_t count = queue_.gather(pieces).pieces;
      std::size_t bytes = 0;
      for (std::size_t at = 0; at < count; ++at) {
        all.append(static_cast<const char*>(pieces[at].iov_base), pieces[at].iov_len);
        bytes += pieces[at].iov_len;
      }
      queue_.consume(bytes, pool_);
    }
    return all;
  }

 private:
  block_pool pool_;
  output_queue queue_;
  filter_output out_{queue_, pool_};
};

class filtered_peer {
 public:
  filtered_peer(net_peer& socket, const checksum_options& options) : socket_(socket), filter_(options) {
    filter_.start(sealed_.out());
  }

  // --- what it sends, at the next step() ---

  void write(std::string_view bytes) { unsealed_ += bytes; }
  // A closing notice behind all that was written.
  void finish() { finishes_ = true; }
  // The same at once, also before the handshake is over.
  void finish_now() { filter_.finish(sealed_.out()); }
  // A frame that says more than it is.
  void write_run(char byte, std::uint32_t count) {
    filter_.put(checksum_filter::frame::run, checksum_filter::run_of(byte, count), sealed_.out());
  }
  // Every byte that leaves goes through `spoil` first.
  void spoil(std::function<void(std::string& sealed)> spoil) { spoil_ = std::move(spoil); }

  // Seals and sends what it can, and opens what has come; at most `most` bytes of it.
  void step(std::size_t most = SIZE_MAX) {
    if (filter_.is_ready()) seal();
    std::string sealed = sealed_.take();
    if (spoil_) spoil_(sealed);
    unsent_ += sealed;
    if (!unsent_.empty()) unsent_.erase(0, socket_.send(unsent_));
    socket_.receive(most);
    open();
  }

  // --- what has come ---

  [[nodiscard]] const std::string& received() const { return received_; }
  [[nodiscard]] bool has_ended() const { return opening_ == filter_status::ended; }  // A closing notice has come.
  [[nodiscard]] bool has_failed() const { return opening_ == filter_status::failed; }
  [[nodiscard]] bool is_ready() const { return filter_.is_ready(); }
  // Nothing waits to leave.
  [[nodiscard]] bool has_sent_all() const { return unsealed_.empty() && unsent_.empty() && !finishes_; }
  [[nodiscard]] net_peer& socket() { return socket_; }

 private:
  void seal() {
    const iovec piece{unsealed_.data(), unsealed_.size()};
    unsealed_.erase(0, filter_.seal({&piece, 1}, sealed_.out()).taken);
    if (!finishes_ || !unsealed_.empty()) return;
    finishes_ = false;
    filter_.finish(sealed_.out());
  }

  void open() {
    std::string_view sealed = std::string_view(socket_.received()).substr(opened_);
    std::array<char, 1000> room;
    for (bool is_full = true; is_full && opening_ == filter_status::going_on;) {
      const filter_result got = filter_.open(sealed, room, sealed_.out());
      received_.append(room.data(), got.made);
      sealed.remove_prefix(got.taken);
      opened_ += got.taken;
      opening_ = got.status;
      is_full = got.made == room.size();
    }
  }

  net_peer& socket_;
  checksum_filter filter_;
  sealed_bytes sealed_;
  std::function<void(std::string&)> spoil_;
  std::string unsealed_;
  std::string unsent_;
  std::string received_;
  std::size_t opened_ = 0;  // Of what the socket has received.
  filter_status opening_ = filter_status::going_on;
  bool finishes_ = false;
};

}  // namespace pinwheel::testing
