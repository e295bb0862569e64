// Names the connections' side of a loop from any thread, also when it may be gone: where a connection can move to, and
// the way to send work to those that are there.
//
// Threads:   any; a value, cheap to copy.
// Ownership: keeps the loop's mailbox and its connections' rooms alive, not the loop.
// Errors:    every call says whether it was taken.
#pragma once

#include <utility>

#include "pinwheel/net/connection_home.h"
#include "pinwheel/net/connection_id.h"
#include "pinwheel/net/connection_work.h"
#include "pinwheel/reactor/event_base_handle.h"

namespace pinwheel {
inline namespace v0 {

// Keeps a home alive; empty when made of none, or moved from.
class home_share {
 public:
  home_share() noexcept = default;
  explicit home_share(connection_home* home) noexcept : home_(home) {
    if (home_ != nullptr) home_->share();
  }
  home_share(const home_share& other) noexcept : home_share(other.home_) {}
  home_share(home_share&& other) noexcept : home_(std::exchange(other.home_, nullptr)) {}
  home_share& operator=(home_share other) noexcept {
    std::swap(home_, other.home_);
    return *this;
  }
  ~home_share() {
    if (home_ != nullptr) home_->drop();
  }

  [[nodiscard]] connection_home* get() const noexcept { return home_; }
  connection_home* operator->() const noexcept { return home_; }
  friend bool operator==(const home_share&, const home_share&) noexcept = default;

 private:
  connection_home* home_ = nullptr;
};

class connection_host_handle {
 public:
  connection_host_handle() noexcept = default;  // Names no loop; everything answers `gone`.
  connection_host_handle(event_base_handle loop, home_share home) noexcept
      : loop_(std::move(loop)), home_(std::move(home)) {}

  // Calls `work` on that loop with the connection that is known there by this name, wherever it has moved since; see
  // connection_work. What one thread or loop sends by one name is called in the order it was sent. When the answer is
  // not `taken`, `work` is left with the caller. REQUIRES: `work` is not empty.
  post_result send_to(connection_id to, connection_work&& work) const;

  [[nodiscard]] const event_base_handle& loop() const noexcept { return loop_; }
  // As in connection_id::loop. REQUIRES: names a loop.
  [[nodiscard]] unsigned loop_number() const noexcept { return home_->loop_number(); }

  explicit operator bool() const noexcept { return home_.get() != nullptr; }
  friend bool operator==(const connection_host_handle&, const connection_host_handle&) noexcept = default;

 private:
  friend class connection_move;

  event_base_handle loop_;
  home_share home_;
};

}  // namespace v0
}  // namespace pinwheel
