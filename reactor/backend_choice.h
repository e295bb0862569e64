// Which backend a base runs on: by name, without those to avoid, and with the features that are needed (SEMANTICS I10).
//
// Threads:   any; reads the environment (getenv(3)).
// Errors:    InvalidArgument for a name that no backend has, FailedPrecondition when no backend is left, each saying
//            what would help; or what the kernel answered.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pinwheel/reactor/backend.h"
#include "pinwheel/reactor/backend_features.h"

namespace pinwheel {
inline namespace v0 {

// Names to avoid, with commas between, for a program that is not to be changed. A name there that no backend has is
// logged and means nothing.
inline constexpr const char* avoid_backends_variable = "PINWHEEL_AVOID_BACKENDS";

struct backend_wishes {
  std::string name = "auto";  // "auto": the first that is left of epoll and poll.
  std::vector<std::string> avoid = {};
  backend_features required = backend_features::none;
};

absl::StatusOr<std::unique_ptr<backend>> choose_backend(const backend_wishes& wishes, const backend_options& options);

}  // namespace v0
}  // namespace pinwheel
