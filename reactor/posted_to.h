// The mailboxes that a loop has a ring in: told when the loop ends, so that they let go of its number.
//
// Threads:   loop-bound.
// Ownership: shares the loop's number and those mailboxes.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "pinwheel/reactor/event_base_handle.h"
#include "pinwheel/reactor/loop_number.h"

namespace pinwheel {
inline namespace v0 {

class posted_to {
 public:
  explicit posted_to(std::shared_ptr<loop_number_lease> lease) : lease_(std::move(lease)) {}
  ~posted_to();
  posted_to(const posted_to&) = delete;
  posted_to& operator=(const posted_to&) = delete;

  [[nodiscard]] const std::shared_ptr<loop_number_lease>& lease() const noexcept { return lease_; }
  // Forgets those whose loops have ended.
  void remember(event_base_handle box);

 private:
  std::shared_ptr<loop_number_lease> lease_;
  std::vector<event_base_handle> boxes_;
};

}  // namespace v0
}  // namespace pinwheel
