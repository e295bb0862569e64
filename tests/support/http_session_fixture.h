// Sessions over socket pairs, stepped by the test's own thread under a virtual clock; the test holds the peers' ends.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pinwheel/framework/http/metrics_source.h"
#include "pinwheel/framework/http/request.h"
#include "pinwheel/framework/http/response.h"
#include "pinwheel/framework/http/router.h"
#include "pinwheel/framework/http/service.h"
#include "pinwheel/framework/http/session.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/net/socket.h"
#include "pinwheel/reactor/base/log.h"
#include "pinwheel/reactor/event_base.h"
#include "support/http_reply.h"

namespace pinwheel::testing {

// Keeps the log's lines while it lives, and out of the test's output. One at a time.
class kept_log {
 public:
  kept_log() {
    lines().clear();
    before_ = set_log_hook([](log_level, std::string_view line) { lines().emplace_back(line); });
  }
  ~kept_log() { set_log_hook(before_); }
  kept_log(const kept_log&) = delete;
  kept_log& operator=(const kept_log&) = delete;

  [[nodiscard]] bool holds(std::string_view text) const {
    for (const std::string& line : lines()) {
      if (line.find(text) != std::string::npos) return true;
    }
    return false;
  }

 private:
  static std::vector<std::string>& lines() {
    static std::vector<std::string> kept;
    return kept;
  }

  log_hook before_;
};

class no_metrics final : public http::metrics_source {
 public:
  void write_metrics(std::string& out) const override { out = "nothing was counted\n"; }
};

// The peer's end: never waits.
class http_peer {
 public:
  explicit http_peer(int descriptor) : socket_(descriptor) {}

  // Answers how much the kernel took.
  std::size_t try_send(std::string_view bytes) {
    const ssize_t taken = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return taken < 0 ? 0 : static_cast<std::size_t>(taken);
  }
  void half_close() { ::shutdown(socket_.native_handle(), SHUT_WR); }
  void close() { socket_.close(); }

  // Moves up to `bytes` that have arrived into received(); answers how many.
  std::size_t receive(std::size_t bytes = 1 << 20) {
    std::string room(bytes, '\0');
    const ssize_t got = ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN)) is_at_end_ = true;
    if (got <= 0) return 0;
    received_.append(room, 0, static_cast<std::size_t>(got));
    return static_cast<std::size_t>(got);
  }

  [[nodiscard]] std::string& received() { return received_; }
  [[nodiscard]] bool is_at_end() const { return is_at_end_; }  // The other side has closed.

  std::optional<http_reply> take(bool is_head_only = false) {
    return http_reply_reader::take(received_, is_head_only, is_at_end_);
  }

 private:
  socket_descriptor socket_;
  std::string received_;
  bool is_at_end_ = false;
};

class http_session_test : public ::testing::Test {
 protected:
  http_session_test() {
    event_base_options options;
    options.clock = &clock_;
    base_ = event_base::create(options).value();
    host_ = std::make_unique<connection_host>(*base_);
  }

  ~http_session_test() override {
    host_->abort_all(close_reason::stopped);
    run();
    EXPECT_EQ(context().laters.in_flight(), 0u);
    host_.reset();
    base_.reset();
  }

  event_base& base() { return *base_; }
  connection_host& host() { return *host_; }
  http::service& service() {
    if (service_ == nullptr) service_ = std::make_unique<http::service>(routes_, limits_, metrics_);
    return *service_;
  }
  http::loop_context& context() { return service().on_loop(*base_); }

  http_peer connect() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    host_->open(socket_descriptor(ends[0]), make_handler_with<http::session>(service()), connection_options_);
    return http_peer(ends[1]);
  }

  // Until nothing moves any more.
  void run() {
    for (int quiet_turns = 0; quiet_turns < 3; ++quiet_turns) {
      if (base_->loop(loop_flags::nonblock | loop_flags::stay) == loop_result::left_active) quiet_turns = 0;
    }
  }
  // The same, while the peer sends all of `bytes` and reads all that comes.
  void run(http_peer& peer, std::string_view bytes = {}) {
    for (int quiet_turns = 0; quiet_turns < 3; ++quiet_turns) {
      const std::size_t sent = bytes.empty() ? 0 : peer.try_send(bytes);
      bytes.remove_prefix(sent);
      const loop_result result = base_->loop(loop_flags::nonblock | loop_flags::stay);
      if (sent + peer.receive() > 0 || result == loop_result::left_active) quiet_turns = 0;
    }
    EXPECT_TRUE(bytes.empty() || peer.is_at_end()) << bytes.size() << " bytes were not taken";
  }
  void advance(duration by) {
    clock_.advance(by);
    run();
  }

  // What the peer of a new connection is answered to `bytes`; a status of 0 is no answer.
  http_reply ask(std::string_view bytes, bool is_head_only = false) {
    http_peer peer = connect();
    run(peer, bytes);
    return peer.take(is_head_only).value_or(http_reply{});
  }

  virtual_clock clock_;
  http::router routes_;
  http::session_limits limits_;  // Set before the first connect().
  connection_options connection_options_;

 private:
  no_metrics metrics_;
  std::unique_ptr<http::service> service_;
  std::unique_ptr<event_base> base_;
  std::unique_ptr<connection_host> host_;
};

inline std::string get(std::string_view target, std::string_view fields = {}) {
  std::string request("GET ");
  return request.append(target).append(" HTTP/1.1\r\nHost: test\r\n").append(fields).append("\r\n");
}

inline std::string post(std::string_view target, std::string_view body, std::string_view fields = {}) {
  std::string request("POST ");
  request.append(target).append(" HTTP/1.1\r\nHost: test\r\nContent-Length: ").append(std::to_string(body.size()));
  return request.append("\r\n").append(fields).append("\r\n").append(body);
}

}  // namespace pinwheel::testing
