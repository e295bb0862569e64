#include "pinwheel/reactor/epoll_backend.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "absl/status/status.h"
#include "pinwheel/reactor/base/log.h"
#include "pinwheel/reactor/descriptor_map.h"
#include "pinwheel/reactor/wait_time.h"

namespace pinwheel {
inline namespace v0 {
namespace {

std::uint32_t to_epoll(interest what) {
  std::uint32_t events = 0;
  if (any(what, interest::read)) events |= EPOLLIN;
  if (any(what, interest::write)) events |= EPOLLOUT;
  if (any(what, interest::closed)) events |= EPOLLRDHUP;
  if (any(what, interest::edge)) events |= EPOLLET;
  return events;
}

reasons to_reasons(std::uint32_t events) {
  reasons what = reasons::none;
  if ((events & EPOLLIN) != 0) what |= reasons::readable;
  if ((events & EPOLLOUT) != 0) what |= reasons::writable;
  if ((events & EPOLLRDHUP) != 0) what |= reasons::closed;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) what |= failed_both_ways;
  return what;
}

}  // namespace

absl::StatusOr<std::unique_ptr<backend>> epoll_backend::create(const backend_options& options) {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, "epoll_create1 for a loop");
  return std::unique_ptr<backend>(new epoll_backend(descriptor, options));
}

epoll_backend::epoll_backend(int descriptor, const backend_options& options)
    : epoll_(descriptor),
      precise_(options.precise_timeouts),
      gathers_changes_(options.change_list),
      ready_(ready_min) {}

epoll_backend::~epoll_backend() { ::close(epoll_); }

io_result epoll_backend::change(int descriptor, interest before, interest after) {
  if (!gathers_changes_) return change_in_kernel(descriptor, before, after);
  changes_.add(descriptor, before, after);
  return io_result::bytes(0);
}

void epoll_backend::forget(int descriptor) {
  if (gathers_changes_) changes_.forget(descriptor);
}

io_result epoll_backend::change_in_kernel(int descriptor, interest before, interest after) const {
  epoll_event wanted{};
  wanted.events = to_epoll(after);
  wanted.data.fd = descriptor;
  if (after == interest::none) {
    if (::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, &wanted) == 0) return io_result::bytes(0);
    const bool gone = errno == ENOENT || errno == EBADF || errno == EPERM;
    return gone ? io_result::bytes(0) : io_result::failure(errno);
  }
  const bool first = before == interest::none;
  if (::epoll_ctl(epoll_, first ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &wanted) == 0) return io_result::bytes(0);
  const int error = errno;
  const int other_way = first && error == EEXIST ? EPOLL_CTL_MOD : !first && error == ENOENT ? EPOLL_CTL_ADD : 0;
  if (other_way != 0 && ::epoll_ctl(epoll_, other_way, descriptor, &wanted) == 0) return io_result::bytes(0);
  return io_result::failure(other_way != 0 ? errno : error);
}

// Answers how many descriptors the kernel refused. Their watchers are told, who were told before that all is well.
std::int64_t epoll_backend::make_changes(descriptor_map& refused) {
  std::int64_t count = 0;
  changes_.apply([&](int descriptor, interest known, interest wanted) {
    const io_result made = change_in_kernel(descriptor, known, wanted);
    if (made.ok()) return;
    log(log_level::warning, "descriptor " + std::to_string(descriptor) +
                                " cannot be watched: " + std::generic_category().message(made.error()));
    refused.report(descriptor, failed_both_ways);
    ++count;
  });
  return count;
}

io_result epoll_backend::wait(std::optional<duration> timeout, descriptor_map& ready) {
  const std::int64_t refused = make_changes(ready);
  const int count = wait_in_kernel(refused > 0 ? duration::zero() : timeout);
  if (count < 0) return errno == EINTR ? io_result::bytes(refused) : io_result::failure(errno);
  for (int at = 0; at < count; ++at) {
    const epoll_event& each = ready_[static_cast<std::size_t>(at)];
    ready.report(each.data.fd, to_reasons(each.events));
  }
  if (static_cast<std::size_t>(count) == ready_.size() && ready_.size() < ready_max) ready_.resize(ready_.size() * 2);
  return io_result::bytes(refused + count);
}

io_result epoll_backend::reopen() {
  const int fresh = ::epoll_create1(EPOLL_CLOEXEC);
  if (fresh < 0) return io_result::failure(errno);
  // Under the old number: a new one could be that of a descriptor that the child has closed and its events still name.
  const int kept = ::dup3(fresh, epoll_, O_CLOEXEC);
  const io_result replaced = io_result::of(kept, errno);
  ::close(fresh);
  if (replaced.ok()) changes_.clear();
  return replaced;
}

int epoll_backend::wait_in_kernel(std::optional<duration> timeout) {
  const int room = static_cast<int>(ready_.size());
  if (precise_ && timeout && *timeout > duration::zero()) {
    const timespec exact = to_timespec(*timeout);
    return ::epoll_pwait2(epoll_, ready_.data(), room, &exact, nullptr);
  }
  return ::epoll_wait(epoll_, ready_.data(), room, timeout ? to_milliseconds(*timeout) : -1);
}

}  // namespace v0
}  // namespace pinwheel
