#include "pinwheel/framework/testing/simulated_client.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace pinwheel {
namespace testing {
inline namespace v0 {

void simulated_client::close() { socket_.close(); }

void simulated_client::reset() {
  if (socket_.is_open()) network_.reset(socket_.release());
}

bool simulated_client::can_run() {
  if (is_over()) return false;
  const reasons ready = network_.readiness(socket_.native_handle());
  return (has_to_send() && any(ready, reasons::writable)) || (wants_to_read() && any(ready, reasons::readable));
}

void simulated_client::run() {
  if (has_to_send()) run_sending();
  if (wants_to_read() && !is_over()) run_reading();
}

void simulated_client::run_sending() {
  if (!unsent_.empty()) {
    const iovec piece{unsent_.data(), unsent_.size()};
    const io_result taken = network_.send(socket_.native_handle(), {&piece, 1});
    if (taken.ok()) unsent_.erase(0, taken.count());
    if (!taken.ok() && taken.error() != EAGAIN) error_ = taken.error();
  }
  if (!unsent_.empty() || !ends_ || is_over()) return;
  network_.shut_down_write(socket_.native_handle());
  has_ended_ = true;
}

void simulated_client::run_reading() {
  std::array<char, 16384> room;
  const io_result got =
      network_.receive(socket_.native_handle(), std::span(room).first(std::min(room.size(), readable_bytes_)));
  if (!got.ok()) {
    if (got.error() != EAGAIN) error_ = got.error();
    return;
  }
  is_at_end_ = got.count() == 0;
  received_.append(room.data(), got.count());
  if (readable_bytes_ != SIZE_MAX) readable_bytes_ -= got.count();
}

}  // namespace v0
}  // namespace testing
}  // namespace pinwheel
