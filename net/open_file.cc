#include "pinwheel/net/open_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"

namespace pinwheel {
inline namespace v0 {
namespace {

bool ignore_sigpipe() {
  struct sigaction present{};
  if (::sigaction(SIGPIPE, nullptr, &present) == 0 && present.sa_handler == SIG_DFL) ::signal(SIGPIPE, SIG_IGN);
  return true;
}

std::uint64_t size_of(int descriptor) noexcept {
  struct stat found{};
  return ::fstat(descriptor, &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

bool is_regular(int descriptor) noexcept {
  struct stat found{};
  return ::fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode);
}

}  // namespace

// Without O_NONBLOCK, opening a pipe would wait for its writer.
absl::StatusOr<std::shared_ptr<const open_file>> open_file::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, "cannot open " + path);
  auto opened = std::make_shared<const open_file>(descriptor);
  if (!is_regular(descriptor)) return absl::InvalidArgumentError("cannot send " + path + ": it is no regular file");
  return opened;
}

open_file::open_file(int descriptor) noexcept : descriptor_(descriptor), bytes_(size_of(descriptor)) {
  static const bool is_ignored = ignore_sigpipe();
  static_cast<void>(is_ignored);
}

open_file::~open_file() { ::close(descriptor_); }

}  // namespace v0
}  // namespace pinwheel
