// A descriptor that is readable when it is told so, and one file descriptor only, so that 10,000 fit in a process.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "failed.h"

namespace pinwheel::perf {

class owned_eventfd {
 public:
  owned_eventfd() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { must(descriptor_ >= 0, "eventfd"); }
  owned_eventfd(const owned_eventfd&) = delete;
  owned_eventfd& operator=(const owned_eventfd&) = delete;
  ~owned_eventfd() { ::close(descriptor_); }

  [[nodiscard]] int number() const { return descriptor_; }
  void make_readable() const {
    const std::uint64_t one = 1;
    must(::write(descriptor_, &one, sizeof one) == sizeof one, "writing an eventfd");
  }

 private:
  int descriptor_;
};

}  // namespace pinwheel::perf
