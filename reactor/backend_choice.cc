#include "pinwheel/reactor/backend_choice.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "pinwheel/reactor/base/log.h"
#include "pinwheel/reactor/epoll_backend.h"
#include "pinwheel/reactor/poll_backend.h"

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr std::string_view automatic = "auto";

struct known_backend {
  std::string_view name;
  backend_features features;
  absl::StatusOr<std::unique_ptr<backend>> (*create)(const backend_options& options);
};

// The best first.
constexpr std::array known{
    known_backend{epoll_backend::known_as, epoll_backend::offered, &epoll_backend::create},
    known_backend{poll_backend::known_as, poll_backend::offered, &poll_backend::create},
};

bool is_known(std::string_view name) {
  return std::any_of(known.begin(), known.end(), [&](const known_backend& each) { return each.name == name; });
}

std::string no_such_backend(std::string_view name) {
  std::string message = "there is no backend \"" + std::string(name) + "\"; the backends are: ";
  for (const known_backend& each : known) message += std::string(each.name) + ", ";
  return message + "or \"" + std::string(automatic) + "\" for the best of them";
}

std::vector<std::string> avoided_by_environment() {
  std::vector<std::string> avoided;
  const char* set = std::getenv(avoid_backends_variable);
  std::string_view left = set != nullptr ? set : "";
  while (!left.empty()) {
    const std::string_view name = left.substr(0, left.find(','));
    left.remove_prefix(std::min(name.size() + 1, left.size()));
    if (name.empty()) continue;
    if (!is_known(name)) log(log_level::warning, absl::StrCat(avoid_backends_variable, ": ", no_such_backend(name)));
    avoided.emplace_back(name);
  }
  return avoided;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Why it will not do; empty when it will.
std::string objection(const known_backend& to, const backend_wishes& wishes, const std::vector<std::string>& avoided) {
  if (contains(wishes.avoid, to.name)) return "is to be avoided";
  if (contains(avoided, to.name)) return "is to be avoided by " + std::string(avoid_backends_variable);
  const backend_features lacks = missing(wishes.required, to.features);
  return lacks == backend_features::none ? "" : "lacks " + to_string(lacks);
}

}  // namespace

absl::StatusOr<std::unique_ptr<backend>> choose_backend(const backend_wishes& wishes, const backend_options& options) {
  const bool any = wishes.name == automatic;
  if (!any && !is_known(wishes.name)) return absl::InvalidArgumentError(no_such_backend(wishes.name));
  for (const std::string& each : wishes.avoid) {
    if (!is_known(each)) return absl::InvalidArgumentError("to be avoided: " + no_such_backend(each));
  }
  const std::vector<std::string> avoided = avoided_by_environment();
  std::string objections;
  for (const known_backend& each : known) {
    if (!any && each.name != wishes.name) continue;
    std::string found = objection(each, wishes, avoided);
    if (found.empty()) {
      auto made = each.create(options);
      if (made.ok() || !any) return made;
      found = "failed: " + std::string(made.status().message());
    }
    if (!objections.empty()) objections += "; ";
    objections += std::string(each.name) + " " + found;
  }
  return absl::FailedPreconditionError("no backend is left: " + objections);
}

}  // namespace v0
}  // namespace pinwheel
