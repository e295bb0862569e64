// In the steady state writing copies and constants costs no allocation: counted where every one would have to pass.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <new>
#include <string_view>

#include "pinwheel/net/connection_host.h"
#include "pinwheel/net/handler_factory.h"
#include "pinwheel/reactor/event_base.h"
#include "support/allocation_counter.h"
#include "support/net_peer.h"

void* operator new(std::size_t bytes) {
  if (void* made = malloc(bytes)) return made;
  throw std::bad_alloc();
}

void operator delete(void* object) noexcept { std::free(object); }
void operator delete(void* object, std::size_t) noexcept { std::free(object); }

namespace pinwheel::testing {
namespace {

constexpr auto page = [] {
  std::array<char, 5000> made{};
  made.fill('p');
  return made;
}();
constexpr std::string_view large_constant(page.data(), page.size());

// Answers every offer with all that is not allocated by the user.
class answering final : public connection_handler {
  std::size_t on_data(connection& peer, std::string_view bytes) override {
    peer.write("copied");
    peer.write_constant(large_constant);
    peer.write({"in ", "parts"});
    peer.write_constant("short");
    bytes.copy(peer.reserve(bytes.size()), bytes.size());
    peer.commit(bytes.size());
    return bytes.size();
  }
};

TEST(output_path_test, a_thousand_answers_of_copies_and_constants_allocate_nothing) {
  const auto base = event_base::create({}).value();
  connection_host host(*base);
  const connection_options options;
  tcp_pair pair = tcp_pair::make();
  host.open(std::move(pair.ours), make_handler<answering>, options);
  std::array<char, 65536> room;
  const auto ask = [&] {
    ASSERT_EQ(::send(pair.peer.native_handle(), "question", 8, 0), 8);
    std::size_t got = 0;
    while (got < 6 + large_constant.size() + 8 + 5 + 8) {
      base->loop(loop_flags::nonblock);
      const ssize_t here = ::recv(pair.peer.native_handle(), room.data(), room.size(), 0);
      if (here > 0) got += static_cast<std::size_t>(here);
    }
  };
  ask();
  const std::size_t before = allocations.load();
  for (int at = 0; at < 1000; ++at) ask();
  EXPECT_EQ(allocations.load() - before, 0U);
}

}  // namespace
}  // namespace pinwheel::testing
