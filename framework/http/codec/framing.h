// Collects what the header fields of a request say about its body and its connection (RFC 9112 sections 6 and 9).
//
// Threads:   any.
// Ownership: views the fields it was shown.
// Errors:    an HTTP status from finish().
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "pinwheel/framework/http/codec/field.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

struct request_framing {
  std::optional<std::uint64_t> content_length;  // Never together with `chunked`.
  bool chunked = false;
  bool keep_alive = false;           // What the client asks for; the server may still close.
  bool expect_continue = false;      // Never set by HTTP/1.0, which is to be ignored there.
  bool expectation_unknown = false;  // To be answered with 417.
  bool upgrade_requested = false;    // An Upgrade field that the Connection field names as well.
  bool host_present = false;
  std::string_view host;
};

// Shown every field in turn, then finished. Some rules are stricter than the RFC asks for, because recipients down the
// line may read the same bytes differently: Content-Length must not be repeated, not even with the same value, and is
// no list; Transfer-Encoding lists have no empty element.
class framing_reader {
 public:
  void on_field(const field_view& field);

  // 0, or the status to refuse the request with: 400, or 501 for a transfer coding other than chunked.
  int finish(int minor_version);

  const request_framing& framing() const { return framing_; }

 private:
  void on_host(std::string_view value);
  void on_content_length(std::string_view value);
  void on_transfer_encoding(std::string_view value);
  void on_connection(std::string_view value);
  void on_expect(std::string_view value);

  request_framing framing_;
  bool malformed_ = false;
  bool transfer_encoding_seen_ = false;
  bool coding_unknown_ = false;
  bool close_listed_ = false;
  bool keep_alive_listed_ = false;
  bool upgrade_listed_ = false;
  bool upgrade_seen_ = false;
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
