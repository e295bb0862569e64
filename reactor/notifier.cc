#include "pinwheel/reactor/notifier.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace pinwheel {
inline namespace v0 {

absl::StatusOr<notifier> notifier::create(notifier_kind kind) {
  if (kind == notifier_kind::eventfd) {
    const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (descriptor < 0) return absl::ErrnoToStatus(errno, "eventfd for a loop's wake-up");
    return notifier(kind, descriptor, descriptor);
  }
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return absl::ErrnoToStatus(errno, "pipe for a loop's wake-up");
  return notifier(kind, ends[0], ends[1]);
}

notifier::notifier(notifier&& other) noexcept
    : kind_(other.kind_), read_(std::exchange(other.read_, -1)), write_(std::exchange(other.write_, -1)) {}

notifier::~notifier() {
  if (read_ >= 0) ::close(read_);
  if (write_ >= 0 && write_ != read_) ::close(write_);
}

absl::Status notifier::reopen() {
  auto fresh = create(kind_);
  if (!fresh.ok()) return fresh.status();
  // The written end first: from then on nothing reaches the parent.
  if (::dup3(fresh->write_, write_, O_CLOEXEC) < 0) return absl::ErrnoToStatus(errno, "a loop's wake-up after fork");
  if (read_ != write_ && ::dup3(fresh->read_, read_, O_CLOEXEC) < 0) {
    return absl::ErrnoToStatus(errno, "a loop's wake-up after fork");
  }
  return absl::OkStatus();
}

void notifier::notify() const noexcept {
  const std::uint64_t one = 1;
  const std::size_t bytes = kind_ == notifier_kind::eventfd ? sizeof one : 1;
  while (::write(write_, &one, bytes) < 0 && errno == EINTR) {
  }
}

void notifier::acknowledge(interest watched) const noexcept {
  if (kind_ == notifier_kind::eventfd && any(watched, interest::edge)) return;
  std::array<char, 64> scrap{};
  while (::read(read_, scrap.data(), scrap.size()) > 0) {
  }
}

}  // namespace v0
}  // namespace pinwheel
