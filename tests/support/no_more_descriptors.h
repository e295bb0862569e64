// While it lives, this process gets no new descriptor.
#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "pinwheel/net/socket.h"

namespace pinwheel::testing {

class no_more_descriptors {
 public:
  no_more_descriptors() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const socket_descriptor lowest_free(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const rlimit none{static_cast<rlim_t>(lowest_free.native_handle()), before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  ~no_more_descriptors() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0); }
  no_more_descriptors(const no_more_descriptors&) = delete;
  no_more_descriptors& operator=(const no_more_descriptors&) = delete;

 private:
  rlimit before_{};
};

}  // namespace pinwheel::testing
