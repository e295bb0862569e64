// Which descriptors of a simulated network are ready, as one loop hears of it. Where interest::edge is asked for, each
// change is reported once, as by epoll; otherwise what is ready is reported by each wait.
//
// Threads:   one. A post from another loop ends no wait that does not wait: a simulation steps its loops with
//            loop_flags::nonblock, and each turn takes the mailbox.
// Ownership: borrows the network.
// Errors:    EBADF for a descriptor that is not open. A wait that nothing could ever end fails with EDEADLK.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pinwheel/reactor/backend.h"

namespace pinwheel {
inline namespace v0 {

class simulated_network;

class simulated_network_backend final : public backend {
 public:
  static constexpr backend_features offered = backend_features::edge_triggered | backend_features::early_close;

  explicit simulated_network_backend(simulated_network& network, backend_features features = offered);
  ~simulated_network_backend() override;

  [[nodiscard]] std::string_view name() const override { return "simulated"; }
  [[nodiscard]] backend_features features() const override { return features_; }
  io_result change(int descriptor, interest before, interest after) override;
  void forget(int descriptor) override;
  io_result wait(std::optional<duration> timeout, descriptor_map& ready) override;
  io_result reopen() override;
  void set_wake_descriptor(int descriptor) override { wake_descriptor_ = descriptor; }

  // The network's word that a descriptor became ready for `what`.
  void became_ready(int descriptor, reasons what);
  // Whether the next wait has something to report.
  [[nodiscard]] bool has_ready();

 private:
  struct watch {
    interest watched = interest::none;
    bool is_due = false;  // In due_, exactly once.
  };

  // Null for one that was never watched here.
  [[nodiscard]] watch* find(int descriptor) noexcept;
  [[nodiscard]] reasons reasons_to_report(int descriptor);
  std::int64_t report(descriptor_map& ready, bool may_be_late);
  void order_reports();
  std::int64_t report_wake_up(descriptor_map& ready) const;

  simulated_network& network_;
  const backend_features features_;
  std::vector<watch> watches_;  // By descriptor, from the network's first.
  std::vector<int> due_;        // In order of becoming ready.
  std::vector<int> reporting_;  // Room for a wait's own.
  int wake_descriptor_ = -1;
};

}  // namespace v0
}  // namespace pinwheel
