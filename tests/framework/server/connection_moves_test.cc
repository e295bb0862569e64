// Connections that are sent to, moved and destroyed by eight threads at once, by their ids and over real sockets.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <chrono>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "pinwheel/framework/core_local.h"
#include "pinwheel/framework/current_server_loop.h"
#include "pinwheel/framework/server.h"
#include "pinwheel/net/connection_host.h"
#include "support/raw_client.h"

namespace pinwheel::testing {
namespace {

using namespace std::chrono_literals;

constexpr unsigned loops = 4;
constexpr unsigned threads = 8;
constexpr int clients_of_a_thread = 4;
constexpr int steps = 500;

// What all threads and connections share.
struct world {
  world() : served({.loops = loops, .pin = false}), calls_by_loop(served) {}

  // Some of the names that connections have, or had.
  void remember(connection_id name) {
    const std::lock_guard lock(names_mutex);
    if (names.size() == 64) names.pop_front();
    names.push_back(name);
  }
  connection_id any_name(std::mt19937& random) {
    const std::lock_guard lock(names_mutex);
    return names.empty() ? connection_id{} : names[random() % names.size()];
  }

  std::array<std::atomic<connection_host*>, loops> hosts{};
  std::mutex names_mutex;
  std::deque<connection_id> names;
  std::atomic<int> open{0};
  std::atomic<int> echoes{0};
  std::atomic<int> errands_taken{0};
  std::atomic<int> errands_reached{0};
  std::atomic<int> errands_told_gone{0};
  std::atomic<int> errands_uncalled{0};
  server served;                            // Behind what it uses to its end.
  core_local<std::uint64_t> calls_by_loop;  // Plain numbers: tsan sees a call on a wrong thread.
};

// Echoes, and knows on every call whether it is where it should be.
class traveller final : public connection_handler {
 public:
  explicit traveller(world& shared) : world_(shared) {}

  void on_open(connection& peer) override {
    ++world_.open;
    settle(peer);
  }
  std::size_t on_data(connection& peer, std::string_view bytes) override {
    expect_at_home(peer);
    peer.write(bytes);
    return bytes.size();
  }
  void on_moved(connection& peer) override { settle(peer); }
  void on_stayed(connection& peer) override { expect_at_home(peer); }
  void on_close(connection& peer, close_status) noexcept override {
    expect_at_home(peer);
    --world_.open;
  }

  // What one thread sends by one name comes in order, and nothing of it is left out.
  void expect_next(connection& peer, unsigned sender, connection_id name, std::uint32_t number) {
    expect_at_home(peer);
    const std::pair from(sender, std::bit_cast<std::uint64_t>(name));
    EXPECT_EQ(number, next_[from]++);
  }

 private:
  void settle(connection& peer) {
    loop_ = current_server_loop::get().index;
    world_.hosts[loop_] = &peer.host();
    world_.remember(peer.id());
    expect_at_home(peer);
  }
  void expect_at_home(const connection& peer) {
    EXPECT_EQ(current_server_loop::get().index, loop_);
    EXPECT_EQ(&peer.loop(), event_base::current());
    ++world_.calls_by_loop.local();
  }

  world& world_;
  std::size_t loop_ = 0;
  std::map<std::pair<unsigned, std::uint64_t>, std::uint32_t> next_;
};

// Work that is counted whatever becomes of it.
class errand {
 public:
  enum class kind : std::uint8_t { visit, move, destroy };

  errand(world& shared, connection_id name, unsigned sender, std::uint32_t number, kind what, unsigned target)
      : world_(&shared),
        name_(name),
        number_(number),
        sender_(static_cast<std::uint8_t>(sender)),
        kind_(what),
        target_(static_cast<std::uint8_t>(target)) {}
  errand(errand&& other) noexcept
      : world_(std::exchange(other.world_, nullptr)),
        name_(other.name_),
        number_(other.number_),
        sender_(other.sender_),
        kind_(other.kind_),
        target_(other.target_) {}
  errand& operator=(errand&&) = delete;
  ~errand() {
    if (world_ != nullptr) ++world_->errands_uncalled;
  }

  void operator()(connection* peer) {
    world& shared = *std::exchange(world_, nullptr);
    if (peer == nullptr) {
      ++shared.errands_told_gone;
      return;
    }
    ++shared.errands_reached;
    static_cast<traveller&>(peer->handler()).expect_next(*peer, sender_, name_, number_);
    if (kind_ == kind::move) peer->move_to(shared.served.loop(target_));
    if (kind_ == kind::destroy) peer->abort();
  }

  void forget() { world_ = nullptr; }

 private:
  world* world_;  // Null once it was called or moved from.
  connection_id name_;
  std::uint32_t number_;
  std::uint8_t sender_;
  kind kind_;
  std::uint8_t target_;
};

// One client connection, which the server may end at any time.
class client {
 public:
  explicit client(const address& where) : socket_(::socket(where.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{.tv_sec = 20, .tv_usec = 0};  // Ends a test that would hang; no test waits for it to pass.
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    is_open_ = ::connect(socket_.native_handle(), where.data(), where.size()) == 0;
  }

  // False once the server has ended the connection; before, every byte must come back.
  bool echo(const std::string& bytes) {
    if (!is_open_) return false;
    is_open_ =
        ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
    std::string back(bytes.size(), '\0');
    std::size_t received = 0;
    while (is_open_ && received < back.size()) {
      const ssize_t got = ::recv(socket_.native_handle(), back.data() + received, back.size() - received, 0);
      EXPECT_FALSE(got < 0 && errno == EAGAIN) << "bytes were lost";
      is_open_ = got > 0;
      if (got > 0) received += static_cast<std::size_t>(got);
    }
    EXPECT_EQ(back.compare(0, received, bytes, 0, received), 0);
    return is_open_;
  }

  [[nodiscard]] bool is_open() const { return is_open_; }

 private:
  socket_descriptor socket_;
  bool is_open_ = false;
};

// One of the eight threads.
class rioter {
 public:
  rioter(world& shared, unsigned number) : world_(shared), number_(number), random_(20261123 + number) {}

  void run() {
    for (int at = 0; at < clients_of_a_thread; ++at) clients_.emplace_back(world_.served.addresses()[0]);
    for (int step = 0; step < steps; ++step) {
      if (random_() % 3 == 0) {
        echo();
      } else {
        send_errand();
      }
    }
  }

 private:
  void echo() {
    client& chosen = clients_[random_() % clients_.size()];
    if (chosen.echo(std::string(1 + random_() % 20'000, static_cast<char>('a' + random_() % 26)))) {
      ++world_.echoes;
    } else {
      chosen = client(world_.served.addresses()[0]);
    }
  }

  void send_errand() {
    const connection_id name = world_.any_name(random_);
    const auto dice = random_() % 100;
    const auto what = dice < 2 ? errand::kind::destroy : dice < 40 ? errand::kind::move : errand::kind::visit;
    std::uint32_t& next = next_[std::bit_cast<std::uint64_t>(name)];
    connection_work work = errand(world_, name, number_, next, what, static_cast<unsigned>(random_() % loops));
    if (world_.served.send_to(name, std::move(work)) == post_result::taken) {
      ++next;
      ++world_.errands_taken;
    } else {
      work.target<errand>()->forget();
    }
  }

  world& world_;
  const unsigned number_;
  std::mt19937 random_;
  std::deque<client> clients_;
  std::map<std::uint64_t, std::uint32_t> next_;  // By name.
};

class connection_moves : public ::testing::Test {
 protected:
  void start() {
    world_.emplace();
    world_->served.listen("127.0.0.1:0", make_handler_with<traveller>(*world_));
    ASSERT_TRUE(world_->served.start().ok());
    for (unsigned at = 0; at < threads; ++at) {
      rioters_.emplace_back([this, at] { rioter(*world_, at).run(); });
    }
  }

  void join() {
    for (std::thread& each : rioters_) each.join();
    rioters_.clear();
  }

  // Of one loop, asked on it.
  std::size_t in_use(unsigned loop) {
    connection_host* const host = world_->hosts[loop];
    if (host == nullptr) return 0;
    std::promise<std::size_t> answer;
    EXPECT_EQ(world_->served.loop(loop).loop().post([host, &answer] {
      answer.set_value(host->size() + host->rooms().rooms_in_use() + host->blocks().blocks_in_use() +
                       host->names_forwarded());
    }),
              post_result::taken);
    return answer.get_future().get();
  }

  // Until nothing is left of any connection, on any loop.
  void wait_until_nothing_is_left() {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    for (unsigned at = 0; at < loops; ++at) {
      while (in_use(at) != 0) ASSERT_LT(std::chrono::steady_clock::now(), limit) << "something is left on loop " << at;
    }
  }

  void expect_balance() {
    world_->served.wait();
    EXPECT_EQ(world_->open, 0);
    std::uint64_t opened = 0;
    std::uint64_t moved_in = 0;
    std::uint64_t moved_out = 0;
    const server_counters counted = world_->served.counters();
    for (const loop_counters& each : counted.loops) {
      EXPECT_EQ(each.opened + each.moved_in, each.closed + each.moved_out);
      EXPECT_EQ(each.handler_exceptions + each.task_exceptions, 0U);
      opened += each.opened;
      moved_in += each.moved_in;
      moved_out += each.moved_out;
    }
    EXPECT_EQ(opened + counted.acceptor.dropped, counted.acceptor.accepted);
    EXPECT_EQ(moved_in, moved_out);
    EXPECT_GT(moved_in, 100U);
    EXPECT_GT(world_->echoes, 100);
    EXPECT_GT(world_->errands_reached, 100);
  }

  std::optional<world> world_;
  std::vector<std::thread> rioters_;
};

TEST_F(connection_moves, lose_no_byte_and_no_work_while_eight_threads_send_move_and_destroy) {
  start();
  join();
  wait_until_nothing_is_left();
  EXPECT_EQ(world_->errands_taken, world_->errands_reached + world_->errands_told_gone);
  EXPECT_GT(world_->errands_told_gone, 0);
  world_->served.stop();
  expect_balance();
}

TEST_F(connection_moves, overlap_with_a_drain) {
  start();
  while (world_->echoes < 400) ::sched_yield();
  world_->served.drain(1h);
  join();
  expect_balance();
}

TEST_F(connection_moves, overlap_with_a_stop) {
  start();
  while (world_->echoes < 400) ::sched_yield();
  world_->served.stop();
  join();
  expect_balance();
}

}  // namespace
}  // namespace pinwheel::testing
