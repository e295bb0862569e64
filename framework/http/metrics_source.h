// Whoever can say, as text for Prometheus, what a server has counted.
//
// Threads:   any.
// Ownership: outlives the service that hands it to requests.
// Errors:    none.
#pragma once

#include <string>

namespace pinwheel {
inline namespace v0 {
namespace http {

class metrics_source {
 public:
  virtual void write_metrics(std::string& out) const = 0;

 protected:
  metrics_source() = default;
  metrics_source(const metrics_source&) = default;
  metrics_source& operator=(const metrics_source&) = default;
  ~metrics_source() = default;
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
