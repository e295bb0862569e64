// The limits of connections as the code has them, for the tables of docs/connections.md: a line for each, with its
// struct, its name and its default.
#include <chrono>
#include <cstddef>
#include <cstdio>

#include "pinwheel/net/connect_options.h"
#include "pinwheel/net/connection_move.h"
#include "pinwheel/net/connection_options.h"
#include "pinwheel/net/connector.h"
#include "pinwheel/net/lingering.h"
#include "pinwheel/net/output_queue.h"

namespace {

void print_bytes(const char* name, std::size_t bytes) {
  constexpr std::size_t kibi = 1 << 10;
  if (bytes == 0) {
    std::printf("%s 0\n", name);
  } else if (bytes % (kibi * kibi) == 0) {
    std::printf("%s %zu MiB\n", name, bytes / (kibi * kibi));
  } else {
    std::printf("%s %zu KiB\n", name, bytes / kibi);
  }
}

void print_count(const char* name, std::size_t count) { std::printf("%s %zu\n", name, count); }

void print_time(const char* name, pinwheel::duration time) {
  std::printf("%s %g s\n", name, std::chrono::duration<double>(time).count());
}

}  // namespace

int main() {
  const pinwheel::connection_options connection;
  print_bytes("connection_options input_bytes_max", connection.input_bytes_max);
  print_bytes("connection_options output_high_bytes", connection.output_high_bytes);
  print_bytes("connection_options output_low_bytes", connection.output_low_bytes);
  print_bytes("connection_options output_bytes_max", connection.output_bytes_max);
  print_time("connection_options idle_timeout", connection.idle_timeout);
  print_time("connection_options write_stall_timeout", connection.write_stall_timeout);
  print_count("connection_options input_rate_min", connection.input_rate_min);
  print_count("connection_options output_rate_min", connection.output_rate_min);
  print_time("connection_options rate_grace", connection.rate_grace);
  print_time("connection_options handshake_timeout", connection.handshake_timeout);
  print_time("connection_options linger_timeout", connection.linger_timeout);
  std::printf("connection_options filter %s\n", connection.filter.make == nullptr ? "none" : "one");
  print_count("connection_options priority", connection.priority);

  print_count("output_queue pieces_high", pinwheel::output_queue::pieces_high);
  print_count("output_queue pieces_low", pinwheel::output_queue::pieces_low);
  print_count("output_queue pieces_max", pinwheel::output_queue::pieces_max);
  print_bytes("output_queue moved_bytes_min", pinwheel::output_queue::moved_bytes_min);
  print_bytes("output_queue constant_bytes_min", pinwheel::output_queue::constant_bytes_min);

  print_count("connection_move moves_max", pinwheel::connection_move::moves_max);

  const pinwheel::connect_options connect;
  print_time("connect_options address_timeout", connect.address_timeout);
  print_time("connect_options total_timeout", connect.total_timeout);

  const pinwheel::connector_options connector;
  print_count("connector_options in_flight_max", connector.in_flight_max);

  const pinwheel::lingering_options lingering;
  print_count("lingering_options connections_max", lingering.connections_max);
  print_bytes("lingering_options bytes_max", lingering.bytes_max);
}
