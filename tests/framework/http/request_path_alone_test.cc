// In the steady state a request costs no allocation and no lock: 10,000 of them, counted where every one would have to
// pass.
//
// A program of its own, because it stands in for malloc, its kin, operator new and pthread_mutex_lock in the whole
// process. The client below uses neither, so whatever is counted while it runs is the server's.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include "pinwheel/framework/http_server.h"
#include "support/allocation_counter.h"

namespace {

std::atomic<std::size_t> locks{0};

}  // namespace

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  using lock_function = int (*)(pthread_mutex_t*);
  static const auto real = reinterpret_cast<lock_function>(::dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  locks.fetch_add(1);
  return real(mutex);
}

}  // extern "C"

void* operator new(std::size_t bytes) {
  if (void* made = malloc(bytes)) return made;
  throw std::bad_alloc();
}

void operator delete(void* object) noexcept { std::free(object); }
void operator delete(void* object, std::size_t) noexcept { std::free(object); }

namespace pinwheel::testing {
namespace {

constexpr std::string_view request = "GET /hello/Ada HTTP/1.1\r\nHost: path\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n";
constexpr std::string_view end_of_answer = "Hello, Ada!";

class request_path_test : public ::testing::Test {
 protected:
  void SetUp() override {
    routes_.get("/hello/{name}", [](const http::request& asked, http::response& answer) {
      answer.text("Hello, ", asked.parameter("name"), "!");
    });
    server_ = std::make_unique<http::server>(http::server_options{.listen = "127.0.0.1:0", .loops = 1}, routes_);
    ASSERT_TRUE(server_->start().ok());
    const address where = server_->addresses().front();
    peer_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::connect(peer_, where.data(), where.size()), 0);
  }

  void TearDown() override { ::close(peer_); }

  // Asks `depth` times at once and reads until the last answer.
  void ask(std::size_t depth) {
    for (std::size_t at = 0; at < depth; ++at) request.copy(sent_.data() + at * request.size(), request.size());
    ASSERT_EQ(::send(peer_, sent_.data(), depth * request.size(), 0), static_cast<ssize_t>(depth * request.size()));
    for (std::size_t answers = 0; answers < depth;) {
      const ssize_t got = ::recv(peer_, received_.data() + kept_, received_.size() - kept_, 0);
      ASSERT_GT(got, 0);
      answers += count_answers(kept_ + static_cast<std::size_t>(got));
    }
  }

  template <class Work>
  void expect_none(Work work) {
    work();  // Once to reach the steady state.
    const std::size_t allocations_before = allocations.load();
    const std::size_t locks_before = locks.load();
    work();
    EXPECT_EQ(allocations.load() - allocations_before, 0U);
    EXPECT_EQ(locks.load() - locks_before, 0U);
  }

 private:
  // Answers that ended among the first `bytes`; keeps what may be the beginning of the next end.
  std::size_t count_answers(std::size_t bytes) {
    std::string_view rest(received_.data(), bytes);
    std::size_t answers = 0;
    for (std::size_t at = rest.find(end_of_answer); at != rest.npos; at = rest.find(end_of_answer)) {
      rest.remove_prefix(at + end_of_answer.size());
      ++answers;
    }
    kept_ = std::min(rest.size(), end_of_answer.size());
    std::memmove(received_.data(), rest.data() + rest.size() - kept_, kept_);
    return answers;
  }

  http::router routes_;
  std::unique_ptr<http::server> server_;
  int peer_ = -1;
  std::array<char, 16 * 128> sent_{};
  std::array<char, 1 << 16> received_{};
  std::size_t kept_ = 0;
};

TEST_F(request_path_test, the_counters_count) {
  const std::size_t allocations_before = allocations.load();
  const std::size_t locks_before = locks.load();
  delete ::new int(1);
  std::free(std::malloc(1));
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  ::pthread_mutex_lock(&mutex);
  ::pthread_mutex_unlock(&mutex);
  EXPECT_GE(allocations.load() - allocations_before, 1U);
  EXPECT_EQ(locks.load() - locks_before, 1U);
}

TEST_F(request_path_test, ten_thousand_requests_allocate_nothing_and_lock_nothing) {
  expect_none([this] {
    for (int at = 0; at < 10'000; ++at) ask(1);
  });
}

TEST_F(request_path_test, ten_thousand_pipelined_requests_allocate_nothing_and_lock_nothing) {
  expect_none([this] {
    for (int at = 0; at < 10'000 / 16; ++at) ask(16);
  });
}

}  // namespace
}  // namespace pinwheel::testing
