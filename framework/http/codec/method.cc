#include "pinwheel/framework/http/codec/method.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

method parse_method(std::string_view token) {
  switch (token.size()) {
    case 3:
      if (token == "GET") return method::get;
      if (token == "PUT") return method::put;
      break;
    case 4:
      if (token == "POST") return method::post;
      if (token == "HEAD") return method::head;
      break;
    case 5:
      if (token == "PATCH") return method::patch;
      if (token == "TRACE") return method::trace;
      break;
    case 6:
      if (token == "DELETE") return method::delete_;
      break;
    case 7:
      if (token == "OPTIONS") return method::options;
      if (token == "CONNECT") return method::connect;
      break;
    default:
      break;
  }
  return method::other;
}

std::string_view to_string(method value) {
  switch (value) {
    case method::get:
      return "GET";
    case method::head:
      return "HEAD";
    case method::post:
      return "POST";
    case method::put:
      return "PUT";
    case method::delete_:
      return "DELETE";
    case method::connect:
      return "CONNECT";
    case method::options:
      return "OPTIONS";
    case method::trace:
      return "TRACE";
    case method::patch:
      return "PATCH";
    case method::other:
      break;
  }
  return {};
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
