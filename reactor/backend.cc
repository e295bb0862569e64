#include "pinwheel/reactor/backend.h"

#include <string>

#include "absl/status/status.h"
#include "pinwheel/reactor/epoll_backend.h"

namespace pinwheel {
inline namespace v0 {

absl::StatusOr<std::unique_ptr<backend>> make_backend(std::string_view name, const backend_options& options) {
  if (name == "epoll") return epoll_backend::create(options);
  return absl::InvalidArgumentError("there is no backend \"" + std::string(name) + "\"; the backends are: epoll");
}

}  // namespace v0
}  // namespace pinwheel
