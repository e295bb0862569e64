// HTTP connections that change loops.
#include <optional>
#include <string>

#include "pinwheel/framework/http/later.h"
#include "support/http_session_fixture.h"

namespace pinwheel::testing {
namespace {

class session_move_test : public http_session_test {
 protected:
  session_move_test() {
    event_base_options options;
    options.clock = &clock_;
    other_base_ = event_base::create(options).value();
    other_host_ = std::make_unique<connection_host>(*other_base_);
    routes_.get("/now", [](const auto&, auto& response) { response.text("now"); });
    routes_.get("/later", [this](const auto&, auto& response) { later_ = response.later(); });
  }
  ~session_move_test() override {
    other_host_->abort_all(close_reason::stopped);
    run_both();
    EXPECT_EQ(other_context().laters.in_flight(), 0U);
  }

  http::loop_context& other_context() { return service().on_loop(*other_base_); }

  void ask_to_move() {
    host().for_each([this](connection& each) { each.move_to(other_host_->handle()); });
  }

  void run_both() {
    for (int round = 0; round < 4; ++round) {
      run();
      other_base_->loop(loop_flags::nonblock | loop_flags::stay);
    }
  }
  std::optional<http_reply> ask_both(http_peer& peer, std::string_view bytes) {
    EXPECT_EQ(peer.try_send(bytes), bytes.size());
    run_both();
    peer.receive();
    return peer.take();
  }

  std::unique_ptr<event_base> other_base_;
  std::unique_ptr<connection_host> other_host_;
  http::later later_;
};

TEST_F(session_move_test, a_session_moves_between_two_requests_and_is_counted_where_it_is) {
  http_peer peer = connect();
  ASSERT_TRUE(ask_both(peer, get("/now")).has_value());
  ask_to_move();
  run_both();
  EXPECT_EQ(other_host_->size(), 1U);
  const auto reply = ask_both(peer, get("/now"));
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->body, "now");
  EXPECT_EQ(context().counted.requests.value(), 1U);
  EXPECT_EQ(other_context().counted.requests.value(), 1U);
}

TEST_F(session_move_test, the_beginning_of_a_request_goes_along) {
  http_peer peer = connect();
  const std::string request = get("/now");
  EXPECT_FALSE(ask_both(peer, request.substr(0, 20)).has_value());
  ask_to_move();
  run_both();
  const auto reply = ask_both(peer, request.substr(20));
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->status, 200);
}

TEST_F(session_move_test, a_session_that_owes_an_answer_moves_behind_it) {
  http_peer peer = connect();
  EXPECT_FALSE(ask_both(peer, get("/later")).has_value());
  ask_to_move();
  run_both();
  EXPECT_EQ(host().size(), 1U);
  later_.text("late");
  run_both();
  peer.receive();
  const auto reply = peer.take();
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->body, "late");
  EXPECT_EQ(other_host_->size(), 1U);
  EXPECT_EQ(ask_both(peer, get("/now"))->body, "now");
}

TEST_F(session_move_test, a_session_that_streams_a_body_moves_behind_it) {
  routes_.get("/stream", [](const auto&, auto& response) {
    response.stream("text/plain", [pieces = 0](http::body_writer& out) mutable {
      out.write(std::string(100'000, 'x'));
      return ++pieces < 8;
    });
  });
  http_peer peer = connect();
  ASSERT_GT(peer.try_send(get("/stream")), 0U);
  run();
  ask_to_move();
  run_both();
  EXPECT_EQ(host().size(), 1U);
  for (int round = 0; round < 200 && other_host_->size() == 0; ++round) {
    peer.receive();
    run_both();
  }
  EXPECT_EQ(other_host_->size(), 1U);
  while (peer.receive() > 0) run_both();
  const auto reply = peer.take();
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->body.size(), 800'000U);
}

}  // namespace
}  // namespace pinwheel::testing
