// The chunked decoder on any bytes. The first byte chooses how the rest is cut; pieces must give the same body, end and
// error as the whole, and every piece of the body must be the last of the bytes consumed.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pinwheel/framework/http/codec/chunked_decoder.h"

namespace {

namespace http = pinwheel::http;
using outcome = http::chunk_step::outcome;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

struct decoded {
  std::string body;
  outcome end = outcome::need_more;
  int status = 0;
  std::size_t consumed = 0;
};

void check_step(const http::chunk_step& step, std::string_view offered) {
  require(step.consumed <= offered.size(), "no more is consumed than was offered");
  require((step.kind == outcome::data) == !step.data.empty(), "data, and only data, is not empty");
  require((step.kind == outcome::error) == (step.status != 0), "an error, and only an error, has a status");
  if (step.kind == outcome::need_more) require(step.consumed == offered.size(), "more is needed when all is consumed");
  if (step.kind == outcome::data) {
    const char* const end = offered.data() + step.consumed;
    require(step.data.size() <= step.consumed && step.data.data() + step.data.size() == end, "data ends the consumed");
  }
}

// `step_bytes` 0 offers everything at once.
decoded decode(std::string_view input, std::size_t step_bytes, const http::parse_limits& limits) {
  http::chunked_decoder decoder;
  decoded result;
  std::size_t offered_end = step_bytes == 0 ? input.size() : std::min(step_bytes, input.size());
  for (;;) {
    const std::string_view offered = input.substr(result.consumed, offered_end - result.consumed);
    const http::chunk_step step = decoder.next(offered, limits);
    check_step(step, offered);
    result.consumed += step.consumed;
    result.body += step.data;
    result.end = step.kind;
    result.status = step.status;
    if (step.kind == outcome::done || step.kind == outcome::error) return result;
    if (step.kind == outcome::data) continue;
    if (offered_end == input.size()) return result;
    offered_end = std::min(offered_end + step_bytes, input.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  http::parse_limits limits;
  limits.chunk_extension_bytes_max = 48;
  limits.trailer_bytes_max = 48;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const decoded whole = decode(input, 0, limits);
  const decoded pieces = decode(input, 1 + data[0] % 16, limits);
  require(pieces.body == whole.body, "the same body in pieces");
  require(pieces.end == whole.end && pieces.status == whole.status, "the same end in pieces");
  require(pieces.consumed == whole.consumed, "the same consumption in pieces");
  require(whole.body.size() <= whole.consumed, "a body is no longer than its coding");
  return 0;
}
