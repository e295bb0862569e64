#include "peers/server_program.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace pinwheel::perf {
namespace {

constexpr unsigned loops_max = 1024;
constexpr int backlog = 4096;  // As many connections as a load generator opens at once; somaxconn's usual value.

struct settings {
  sockaddr_in address{};
  unsigned loops = 1;
};

[[noreturn]] void refuse(const char* program) {
  std::fprintf(stderr, "usage: %s --listen=A.B.C.D:PORT [--loops=1 to %u]\n", program, loops_max);
  std::exit(1);
}

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

std::optional<sockaddr_in> address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = number<std::uint16_t>(text.substr(colon + 1));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (!port || inet_pton(AF_INET, std::string(text.substr(0, colon)).c_str(), &address.sin_addr) != 1) {
    return std::nullopt;
  }
  address.sin_port = htons(*port);
  return address;
}

settings settings_from(int argc, char** argv) {
  std::optional<sockaddr_in> listen;
  std::optional<unsigned> loops = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--listen=")) {
      listen = address(argument.substr(9));
    } else if (argument.starts_with("--loops=")) {
      loops = number<unsigned>(argument.substr(8));
    } else {
      refuse(argv[0]);
    }
  }
  if (!listen || !loops || *loops == 0 || *loops > loops_max) refuse(argv[0]);
  return {*listen, *loops};
}

void switch_on(int socket, int level, int option, const char* what) {
  const int on = 1;
  must(setsockopt(socket, level, option, &on, sizeof(on)), what);
}

// Leaves the port that the kernel chose in `address`.
int listening_socket(sockaddr_in& address) {
  const int socket = must(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  switch_on(socket, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR");
  switch_on(socket, SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT");
  switch_on(socket, IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY");
  socklen_t size = sizeof(address);
  must(bind(socket, reinterpret_cast<const sockaddr*>(&address), size), "bind");
  must(listen(socket, backlog), "listen");
  must(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  return socket;
}

void end_on(int signal) {
  struct sigaction action{};
  action.sa_handler = [](int) { _exit(0); };
  must(sigaction(signal, &action, nullptr), "sigaction");
}

}  // namespace

void fail(const char* what, int error) {
  std::fprintf(stderr, "%s: %s%s%s\n", program_invocation_short_name, what, error != 0 ? ": " : "",
               error != 0 ? std::strerror(error) : "");
  std::_Exit(1);  // Other loops may be running: no destructors.
}

int must(int result, const char* what) {
  if (result < 0) fail(what, errno);
  return result;
}

void run_server(int argc, char** argv, void (*serve)(int listener)) {
  settings given = settings_from(argc, argv);
  end_on(SIGTERM);
  end_on(SIGINT);
  must(signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -1 : 0, "SIGPIPE");  // A client that has gone ends no server.
  std::vector<int> listeners(given.loops);
  for (int& listener : listeners) listener = listening_socket(given.address);
  char host[INET_ADDRSTRLEN];
  std::fprintf(stderr, "%s: listening on %s:%u, %u loops\n", program_invocation_short_name,
               inet_ntop(AF_INET, &given.address.sin_addr, host, sizeof(host)), ntohs(given.address.sin_port),
               given.loops);
  for (unsigned i = 1; i < given.loops; ++i) std::thread(serve, listeners[i]).detach();
  serve(listeners[0]);
  fail("a loop came to its end");
}

}  // namespace pinwheel::perf
