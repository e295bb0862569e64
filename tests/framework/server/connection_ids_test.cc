// What is sent to a connection by its id, from another thread.
#include <gtest/gtest.h>

#include <memory>

#include "pinwheel/framework/current_server_loop.h"
#include "pinwheel/framework/server.h"
#include "support/raw_client.h"
#include "test_handlers.h"

namespace pinwheel::testing {
namespace {

// Tells its id, and where it is.
class tells_its_id final : public connection_handler {
 public:
  struct story {
    happens_once<connection_id> id;
    happens_once<std::size_t> moved_to;
    happens_once<bool> closed;
  };

  explicit tells_its_id(story& told) : told_(told) {}

  void on_open(connection& peer) override { told_.id.happen(peer.id()); }
  std::size_t on_data(connection& peer, std::string_view bytes) override {
    peer.write(bytes);
    return bytes.size();
  }
  void on_moved(connection&) override { told_.moved_to.happen(current_server_loop::get().index); }
  void on_close(connection&, close_status) noexcept override { told_.closed.happen(true); }

 private:
  story& told_;
};

// Sends it, and waits until it was called.
bool is_reached(const server& by, connection_id to) {
  happens_once<bool> reached;
  EXPECT_EQ(by.send_to(to, [&reached](connection* peer) { reached.happen(peer != nullptr); }), post_result::taken);
  return reached.wait();
}

TEST(server_send_to, runs_work_on_the_connections_loop) {
  tells_its_id::story told;
  server served({.loops = 3});
  served.listen("127.0.0.1:0", make_handler_with<tells_its_id>(told));
  ASSERT_TRUE(served.start().ok());
  raw_client client(served.addresses()[0]);
  const connection_id id = told.id.wait();
  happens_once<bool> is_at_home;
  EXPECT_EQ(served.send_to(id,
                           [&](connection* peer) {
                             is_at_home.happen(&peer->loop() == event_base::current());
                             peer->write("from another thread");
                           }),
            post_result::taken);
  EXPECT_TRUE(is_at_home.wait());
  EXPECT_EQ(client.receive(19), "from another thread");
}

TEST(server_send_to, moves_a_connection_and_goes_on_reaching_it_by_its_first_id) {
  tells_its_id::story told;
  server served({.loops = 2});
  served.listen("127.0.0.1:0", make_handler_with<tells_its_id>(told));
  ASSERT_TRUE(served.start().ok());
  raw_client client(served.addresses()[0]);
  const connection_id id = told.id.wait();
  EXPECT_EQ(served.send_to(id, [&served](connection* peer) { peer->move_to(served.loop(1)); }), post_result::taken);
  EXPECT_EQ(told.moved_to.wait(), 1U);
  EXPECT_TRUE(is_reached(served, id));
  client.expect_echo("still here");
}

TEST(server_send_to, tells_the_work_that_the_connection_is_gone) {
  tells_its_id::story told;
  server served({.loops = 2});
  served.listen("127.0.0.1:0", make_handler_with<tells_its_id>(told));
  ASSERT_TRUE(served.start().ok());
  auto client = std::make_unique<raw_client>(served.addresses()[0]);
  const connection_id id = told.id.wait();
  EXPECT_TRUE(is_reached(served, id));
  client.reset();
  EXPECT_TRUE(told.closed.wait());
  EXPECT_FALSE(is_reached(served, id));
}

TEST(server_send_to, is_gone_before_the_start_and_behind_the_end) {
  tells_its_id::story told;
  server served({.loops = 1});
  served.listen("127.0.0.1:0", make_handler_with<tells_its_id>(told));
  EXPECT_EQ(served.send_to({}, [](connection*) {}), post_result::gone);
  ASSERT_TRUE(served.start().ok());
  const raw_client client(served.addresses()[0]);
  const connection_id id = told.id.wait();
  served.stop();
  served.wait();
  EXPECT_EQ(served.send_to(id, [](connection*) {}), post_result::gone);
}

TEST(server_send_to, reaches_nobody_by_an_id_of_another_server) {
  connection_id old;
  for (int round = 0; round < 2; ++round) {
    tells_its_id::story told;
    server served({.loops = 1});
    served.listen("127.0.0.1:0", make_handler_with<tells_its_id>(told));
    ASSERT_TRUE(served.start().ok());
    const raw_client client(served.addresses()[0]);
    const connection_id id = told.id.wait();
    if (round == 1) {
      EXPECT_EQ(id.loop, old.loop);
      EXPECT_EQ(id.slot, old.slot);
      EXPECT_FALSE(is_reached(served, old));
    }
    old = id;
  }
}

}  // namespace
}  // namespace pinwheel::testing
