#include "pinwheel/reactor/loop_number.h"

#include <bitset>

#include "absl/base/thread_annotations.h"
#include "pinwheel/reactor/base/mutex.h"

namespace pinwheel {
inline namespace v0 {
namespace {

class number_registry {
 public:
  static number_registry& instance() {
    static auto* registry = new number_registry;  // Outlives every base, also those that static destructors end.
    return *registry;
  }

  unsigned take() {
    const mutex_lock lock(mutex_);
    unsigned number = 0;
    while (number < loops_max && taken_.test(number)) ++number;
    if (number < loops_max) taken_.set(number);
    return number;
  }

  void give_back(unsigned number) {
    const mutex_lock lock(mutex_);
    taken_.reset(number);
  }

 private:
  mutex mutex_;
  std::bitset<loops_max> taken_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::shared_ptr<loop_number_lease> loop_number_lease::take() {
  const unsigned number = number_registry::instance().take();
  if (number == loops_max) return nullptr;
  return std::shared_ptr<loop_number_lease>(new loop_number_lease(number));
}

loop_number_lease::~loop_number_lease() { number_registry::instance().give_back(number_); }

}  // namespace v0
}  // namespace pinwheel
