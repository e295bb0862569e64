#include "pinwheel/reactor/poll_backend.h"

#include <fcntl.h>

#include <cerrno>

#include "pinwheel/reactor/descriptor_map.h"
#include "pinwheel/reactor/wait_time.h"

namespace pinwheel {
inline namespace v0 {
namespace {

short to_poll(interest what) {
  int events = 0;
  if (any(what, interest::read)) events |= POLLIN;
  if (any(what, interest::write)) events |= POLLOUT;
  if (any(what, interest::closed)) events |= POLLRDHUP;
  return static_cast<short>(events);
}

reasons to_reasons(int events) {
  reasons what = reasons::none;
  if ((events & POLLIN) != 0) what |= reasons::readable;
  if ((events & POLLOUT) != 0) what |= reasons::writable;
  if ((events & POLLRDHUP) != 0) what |= reasons::closed;
  if ((events & (POLLERR | POLLHUP | POLLNVAL)) != 0) what |= failed_both_ways;
  return what;
}

}  // namespace

absl::StatusOr<std::unique_ptr<backend>> poll_backend::create(const backend_options&) {
  return std::make_unique<poll_backend>();
}

std::size_t& poll_backend::place_of(int descriptor) {
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= places_.size()) places_.resize(index + 1, none);
  return places_[index];
}

io_result poll_backend::change(int descriptor, interest before, interest after) {
  if (after == interest::none) {
    forget(descriptor);
    return io_result::bytes(0);
  }
  if (before == interest::none && ::fcntl(descriptor, F_GETFD) < 0) return io_result::failure(errno);
  std::size_t& place = place_of(descriptor);
  if (place == none) {
    watched_.push_back({.fd = descriptor, .events = 0, .revents = 0});
    place = watched_.size();
  }
  watched_[place - 1].events = to_poll(after);
  return io_result::bytes(0);
}

void poll_backend::forget(int descriptor) {
  std::size_t& place = place_of(descriptor);
  if (place == none) return;
  if (place != watched_.size()) {
    watched_[place - 1] = watched_.back();
    place_of(watched_.back().fd) = place;
  }
  watched_.pop_back();
  place = none;
}

io_result poll_backend::wait(std::optional<duration> timeout, descriptor_map& ready) {
  const timespec exact = to_timespec(timeout.value_or(duration::zero()));
  const int count = ::ppoll(watched_.data(), watched_.size(), timeout ? &exact : nullptr, nullptr);
  if (count < 0) return errno == EINTR ? io_result::bytes(0) : io_result::failure(errno);
  collect_ready(static_cast<std::size_t>(count));
  for (const pollfd& each : ready_) {
    if ((each.revents & POLLNVAL) != 0) forget(each.fd);
    ready.report(each.fd, to_reasons(each.revents));
  }
  return io_result::bytes(count);
}

void poll_backend::collect_ready(std::size_t count) {
  ready_.clear();
  for (auto each = watched_.begin(); ready_.size() < count; ++each) {
    if (each->revents != 0) ready_.push_back(*each);
  }
}

io_result poll_backend::reopen() {
  watched_.clear();
  places_.clear();
  return io_result::bytes(0);
}

}  // namespace v0
}  // namespace pinwheel
