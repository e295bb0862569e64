// What a case makes ready: a socket pair, for loops over the real kernel.
#pragma once

#include <array>

#include "conformance/adapter.h"

namespace pinwheel::conformance {

class socket_channel final : public channel {
 public:
  socket_channel();
  ~socket_channel() override;

  [[nodiscard]] int descriptor() const override { return ends_[0]; }
  void make_readable() override;
  void read_empty() override;
  void make_unwritable() override;
  void shut_down_peer() override;
  void close_peer() override;
  void reopen() override;
  void hide_number() override;
  void show_number() override;

 private:
  std::array<int, 2> ends_{-1, -1};  // Ours and the peer's.
  int kept_ = -1;                    // Ours under another number, while that is hidden.
};

}  // namespace pinwheel::conformance
