#include <string_view>

#include "pinwheel/framework/http/codec/request_parser.h"
#include "request_parsing.h"

namespace pinwheel::perf {
namespace {

class pinwheel_parser {
 public:
  static constexpr const char* name = "pinwheel";

  std::size_t read(std::string_view input) {
    http::parse_progress progress;
    const http::parse_result result = http::parse_request_head(input, limits_, progress, head_);
    return result.kind == http::parse_result::outcome::complete ? head_.fields().size() : 0;
  }

 private:
  http::parse_limits limits_;
  http::request_head head_;
};

const registered_library added(&add_request_parsing<pinwheel_parser>);

}  // namespace
}  // namespace pinwheel::perf
