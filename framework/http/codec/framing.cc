#include "pinwheel/framework/http/codec/framing.h"

#include <charconv>
#include <system_error>

#include "pinwheel/framework/http/codec/ascii.h"
#include "pinwheel/framework/http/codec/authority.h"
#include "pinwheel/framework/http/codec/status.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

// from_chars alone would stop at the first other byte and answer what it had; a sign it refuses for unsigned types.
std::optional<std::uint64_t> parse_length(std::string_view digits) {
  std::uint64_t length = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, length);
  if (error != std::errc() || stop != end) return std::nullopt;
  return length;
}

}  // namespace

// Every name of interest has a length of its own, so that at most one comparison is made for a field.
void framing_reader::on_field(const field_view& field) {
  switch (field.name.size()) {
    case 4:
      if (equals_lower(field.name, "host")) on_host(field.value);
      break;
    case 6:
      if (equals_lower(field.name, "expect")) on_expect(field.value);
      break;
    case 7:
      if (equals_lower(field.name, "upgrade")) upgrade_seen_ = true;
      break;
    case 10:
      if (equals_lower(field.name, "connection")) on_connection(field.value);
      break;
    case 14:
      if (equals_lower(field.name, "content-length")) on_content_length(field.value);
      break;
    case 17:
      if (equals_lower(field.name, "transfer-encoding")) on_transfer_encoding(field.value);
      break;
    default:
      break;
  }
}

// RFC 9112 section 3.2: more than one Host, or an invalid one, is a bad request.
void framing_reader::on_host(std::string_view value) {
  if (framing_.host_present || !is_authority(value)) malformed_ = true;
  framing_.host_present = true;
  framing_.host = value;
}

void framing_reader::on_content_length(std::string_view value) {
  const std::optional<std::uint64_t> length = parse_length(value);
  if (framing_.content_length.has_value() || !length.has_value()) malformed_ = true;
  framing_.content_length = length;
}

// RFC 9112 section 6.1. Chunked has no parameters and is the last coding, once, over all fields of this name.
void framing_reader::on_transfer_encoding(std::string_view value) {
  transfer_encoding_seen_ = true;
  std::string_view coding;
  while (take_list_element(value, coding)) {
    if (framing_.chunked) malformed_ = true;
    const std::string_view name = trim_blanks(coding.substr(0, coding.find(';')));
    if (!is_token(name)) malformed_ = true;
    if (!equals_lower(name, "chunked")) {
      coding_unknown_ = true;
    } else if (name.size() != coding.size()) {
      malformed_ = true;
    } else {
      framing_.chunked = true;
    }
  }
}

void framing_reader::on_connection(std::string_view value) {
  std::string_view option;
  while (take_list_element(value, option)) {
    if (equals_lower(option, "close")) close_listed_ = true;
    if (equals_lower(option, "keep-alive")) keep_alive_listed_ = true;
    if (equals_lower(option, "upgrade")) upgrade_listed_ = true;
  }
}

void framing_reader::on_expect(std::string_view value) {
  std::string_view expectation;
  while (take_list_element(value, expectation)) {
    if (equals_lower(expectation, "100-continue")) {
      framing_.expect_continue = true;
    } else if (!expectation.empty()) {
      framing_.expectation_unknown = true;
    }
  }
}

int framing_reader::finish(int minor_version) {
  const bool http_1_0 = minor_version == 0;
  if (malformed_) return status_code::bad_request;
  if (!http_1_0 && !framing_.host_present) return status_code::bad_request;
  if (transfer_encoding_seen_ && (http_1_0 || framing_.content_length.has_value())) return status_code::bad_request;
  if (coding_unknown_) return status_code::not_implemented;

  framing_.keep_alive = !close_listed_ && (!http_1_0 || keep_alive_listed_);
  if (http_1_0) {
    // RFC 9110 sections 7.8 and 10.1.1: neither exists in HTTP/1.0.
    framing_.expect_continue = false;
    framing_.expectation_unknown = false;
  } else {
    framing_.upgrade_requested = upgrade_seen_ && upgrade_listed_;
  }
  return 0;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
