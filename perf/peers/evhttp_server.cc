// libevent's evhttp, as its users write it: callbacks by path, buffers that reference what is constant.
//
// A base a thread, without locks. The Date is formatted once a second and not, as evhttp would, for each answer.
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <sys/time.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "peers/http_date.h"
#include "peers/routes.h"
#include "peers/server_program.h"

namespace pinwheel::perf {
namespace {

constexpr int idle_seconds_max = 3600;  // Longer than any measurement; what it costs does not depend on it.

template <typename Pointer>
Pointer* must_have(Pointer* made, const char* what) {
  if (made == nullptr) fail(what);
  return made;
}

struct loop {
  event_base* base = nullptr;
  std::string date = http_date(current_second());
};

void refresh_date(evutil_socket_t, short, void* argument) {
  static_cast<loop*>(argument)->date = http_date(current_second());
}

void add_fields(evhttp_request* request, const loop& loop, const char* type) {
  evkeyvalq* const fields = evhttp_request_get_output_headers(request);
  evhttp_add_header(fields, "Date", loop.date.c_str());
  evhttp_add_header(fields, "Content-Type", type);
}

void answer_with_constant(evhttp_request* request, const loop& loop, const char* type, std::string_view body) {
  add_fields(request, loop, type);
  evbuffer_add_reference(evhttp_request_get_output_buffer(request), body.data(), body.size(), nullptr, nullptr);
  evhttp_send_reply(request, HTTP_OK, "OK", nullptr);
}

void plaintext(evhttp_request* request, void* argument) {
  answer_with_constant(request, *static_cast<loop*>(argument), routes::text_type, routes::hello);
}

void echo(evhttp_request* request, void* argument) {
  const char* const type = evhttp_find_header(evhttp_request_get_input_headers(request), "Content-Type");
  add_fields(request, *static_cast<loop*>(argument), type != nullptr ? type : routes::bytes_type);
  evbuffer_add_buffer(evhttp_request_get_output_buffer(request), evhttp_request_get_input_buffer(request));
  evhttp_send_reply(request, HTTP_OK, "OK", nullptr);
}

void bytes(evhttp_request* request, void* argument) {
  const std::string_view body = routes::bytes_of(evhttp_request_get_uri(request));
  answer_with_constant(request, *static_cast<loop*>(argument), routes::bytes_type, body);
}

// One answer to /stream; ends itself with its last chunk, or with its connection.
class chunked_answer {
 public:
  chunked_answer(evhttp_request* request, std::uint64_t bytes) : request_(request), left_(bytes) {
    evhttp_send_reply_start(request_, HTTP_OK, "OK");
    evhttp_connection_set_closecb(evhttp_request_get_connection(request_), closed, this);
  }

  void send_next() {
    if (left_ == 0) {
      evhttp_connection_set_closecb(evhttp_request_get_connection(request_), nullptr, nullptr);
      evhttp_send_reply_end(request_);
      delete this;
      return;
    }
    const std::string_view piece = routes::stream_piece().substr(0, left_);
    left_ -= piece.size();
    evbuffer_add_reference(chunk_, piece.data(), piece.size(), nullptr, nullptr);
    evhttp_send_reply_chunk_with_cb(request_, chunk_, send_next, this);
  }

 private:
  ~chunked_answer() { evbuffer_free(chunk_); }

  static void send_next(evhttp_connection*, void* argument) { static_cast<chunked_answer*>(argument)->send_next(); }
  static void closed(evhttp_connection*, void* argument) { delete static_cast<chunked_answer*>(argument); }

  evhttp_request* const request_;
  std::uint64_t left_;
  evbuffer* const chunk_ = must_have(evbuffer_new(), "evbuffer_new");
};

void stream(evhttp_request* request, void* argument) {
  const auto size = routes::stream_bytes_of(evhttp_request_get_uri(request));
  if (!size) return evhttp_send_error(request, HTTP_BADREQUEST, nullptr);
  add_fields(request, *static_cast<loop*>(argument), routes::text_type);
  (new chunked_answer(request, *size))->send_next();
}

event_base* make_base() {
  event_config* const config = must_have(event_config_new(), "event_config_new");
  event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
  event_base* const base = must_have(event_base_new_with_config(config), "event_base_new_with_config");
  event_config_free(config);
  return base;
}

void serve(int listener) {
  loop loop{.base = make_base()};
  const timeval second{.tv_sec = 1, .tv_usec = 0};
  event* const clock = must_have(event_new(loop.base, -1, EV_PERSIST, refresh_date, &loop), "event_new");
  must(event_add(clock, &second), "event_add");

  evhttp* const http = must_have(evhttp_new(loop.base), "evhttp_new");
  evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_POST);
  evhttp_set_timeout(http, idle_seconds_max);
  evhttp_set_max_body_size(http, static_cast<ev_ssize_t>(routes::body_bytes_max));
  evhttp_set_cb(http, "/plaintext", plaintext, &loop);
  evhttp_set_cb(http, "/echo", echo, &loop);
  evhttp_set_cb(http, "/bytes/1k", bytes, &loop);
  evhttp_set_cb(http, "/bytes/1m", bytes, &loop);
  evhttp_set_cb(http, "/stream", stream, &loop);
  must(evhttp_accept_socket(http, listener), "evhttp_accept_socket");
  must(event_base_dispatch(loop.base), "event_base_dispatch");
}

}  // namespace
}  // namespace pinwheel::perf

int main(int argc, char** argv) { pinwheel::perf::run_server(argc, argv, pinwheel::perf::serve); }
