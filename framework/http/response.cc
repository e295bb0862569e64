#include "pinwheel/framework/http/response.h"

#include "pinwheel/framework/http/codec/response_field.h"
#include "pinwheel/reactor/base/log.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

response& response::status(int code) {
  status_ = code;
  if (!is_final_status(code)) refused_ = true;
  return *this;
}

bool response::header(std::string_view name, std::string_view value) {
  if (append_field(fields_end_, room_.data() + room_.size(), name, value)) return true;
  refused_ = true;
  return false;
}

void response::body(std::string_view type, std::string_view bytes) {
  if (!is_field_value(type)) refused_ = true;
  send(type, {&bytes, 1});
}

void response::send(std::string_view type, std::span<const std::string_view> pieces) {
  if (!begin()) return;
  if (refused_) return fail();
  sink_.send({status_, type, extra_fields(), pieces});
}

void response::stream(std::string_view type, body_producer producer) {
  if (!begin()) return;
  if (refused_ || !is_field_value(type) || !producer) return fail();
  sink_.stream({status_, type, extra_fields(), {}}, std::move(producer));
}

http::later response::later() {
  if (!begin()) return {};
  http::later answer = sink_.defer(status_, extra_fields());
  if (refused_) answer.status(0);
  return answer;
}

bool response::begin() {
  if (is_answered_) {
    log(log_level::error, "http: a handler answered twice; only its first answer counts");
    return false;
  }
  is_answered_ = true;
  return true;
}

void response::fail() {
  log(log_level::error, "http: a handler's status, field or content type was refused; the peer is told 500");
  sink_.send(plain_answer(status_code::internal_server_error).get());
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
