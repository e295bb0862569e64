// What a test of streams or connections runs over: the kernel's sockets or simulated ones, and streams that complete at
// once or late.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "pinwheel/net/simulation/network.h"
#include "pinwheel/net/streams.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel::testing {

struct stream_case {
  stream_mode mode;
  bool is_simulated = false;

  // Null over the kernel.
  [[nodiscard]] std::unique_ptr<simulated_network> make_network(virtual_clock& clock) const {
    return is_simulated ? std::make_unique<simulated_network>(clock) : nullptr;
  }
  [[nodiscard]] std::unique_ptr<event_base> make_base(const event_base_options& options,
                                                      simulated_network* network) const {
    return network == nullptr ? event_base::create(options).value()
                              : event_base::create(options, network->make_backend()).value();
  }
};

inline constexpr stream_case immediate{stream_mode::immediate};
inline constexpr stream_case late{stream_mode::late};
inline constexpr stream_case simulated_immediate{stream_mode::immediate, true};
inline constexpr stream_case simulated_late{stream_mode::late, true};

inline std::string case_name(const ::testing::TestParamInfo<stream_case>& info) {
  const std::string mode = info.param.mode == stream_mode::immediate ? "immediate" : "late";
  return info.param.is_simulated ? "simulated_" + mode : mode;
}

#define PINWHEEL_IN_BOTH_STREAM_MODES(fixture)                                                          \
  INSTANTIATE_TEST_SUITE_P(                                                                             \
      streams, fixture,                                                                                 \
      ::testing::Values(::pinwheel::testing::immediate, ::pinwheel::testing::late,                      \
                        ::pinwheel::testing::simulated_immediate, ::pinwheel::testing::simulated_late), \
      ::pinwheel::testing::case_name)

}  // namespace pinwheel::testing
