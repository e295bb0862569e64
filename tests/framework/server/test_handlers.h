// Connection handlers for the tests of a server.
#pragma once

#include <chrono>
#include <cstddef>
#include <future>
#include <string_view>

#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_handler.h"

namespace pinwheel::testing {

class echo final : public connection_handler {
  std::size_t on_data(connection& peer, std::string_view bytes) override {
    peer.write(bytes);
    return bytes.size();
  }
};

// Answers every byte with one of its own.
template <char Answer>
class answers final : public connection_handler {
  std::size_t on_data(connection& peer, std::string_view bytes) override {
    for (std::size_t at = 0; at < bytes.size(); ++at) peer.write(std::string_view(&answer, 1));
    return bytes.size();
  }

  static constexpr char answer = Answer;
};

// What happens once, seen from another thread.
template <class Value>
class happens_once {
 public:
  void happen(Value value) { promise_.set_value(value); }

  // Fails the test when it does not happen. (No test waits for this limit to pass.)
  Value wait() {
    if (future_.wait_for(std::chrono::seconds(20)) == std::future_status::ready) return future_.get();
    ADD_FAILURE() << "it did not happen";
    return {};
  }

 private:
  std::promise<Value> promise_;
  std::future<Value> future_ = promise_.get_future();
};

// Finishes in a drain only when its peer says so by a 'q', and tells what it lived through.
class finishes_when_told final : public connection_handler {
 public:
  struct story {
    happens_once<bool> opened;
    happens_once<bool> drain_began;
    happens_once<close_reason> closed;
  };

  explicit finishes_when_told(story& told) : told_(told) {}

  void on_open(connection&) override { told_.opened.happen(true); }

  std::size_t on_data(connection& peer, std::string_view bytes) override {
    peer.write(bytes);
    if (bytes.find('q') != std::string_view::npos) peer.close();
    return bytes.size();
  }

  void on_drain(connection&) override { told_.drain_began.happen(true); }

  void on_close(connection&, close_status why) noexcept override { told_.closed.happen(why.reason); }

 private:
  story& told_;
};

}  // namespace pinwheel::testing
