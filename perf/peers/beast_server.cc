// Boost.Beast, as its examples write a server: one session a connection that reads a request, writes the answer, and
// starts again; with the types that cost least (the executor by its type, no strand, Asio without locks, and not
// tcp_stream, whose deadline for each read and write nearly doubles a request's instructions).
//
// An io_context a thread.
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "peers/http_date.h"
#include "peers/routes.h"
#include "peers/server_program.h"

namespace pinwheel::perf {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

using executor = asio::io_context::executor_type;
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, executor>;
using acceptor = asio::basic_socket_acceptor<asio::ip::tcp, executor>;
using timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, executor>;

constexpr std::chrono::hours idle_max{1};  // Longer than any measurement, as for the other servers.

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

class session : public std::enable_shared_from_this<session> {
 public:
  session(tcp_socket&& socket, const std::string& date)
      : socket_(std::move(socket)), idle_(socket_.get_executor()), date_(date) {}

  void start() {
    read();
    watch_idleness();
  }

 private:
  using request = http::request<http::string_body>;
  using constant_answer = http::response<http::span_body<const char>>;

  // Closes it between one and two periods after its last request: a request only sets a flag.
  void watch_idleness() {
    idle_.expires_after(idle_max);
    idle_.async_wait([weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (error || !self) return;
      if (!std::exchange(self->active_, false)) return self->close();
      self->watch_idleness();
    });
  }

  void read() {
    parser_.emplace();
    parser_->body_limit(routes::body_bytes_max);
    http::async_read(socket_, input_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) return self->answer();
      if (error == http::error::end_of_stream) self->close();
    });
  }

  void answer() {
    active_ = true;
    const request& asked = parser_->get();
    const std::string_view target = view(asked.target());
    if (asked.method() == http::verb::get && target == "/plaintext") {
      return write_constant(http::status::ok, routes::text_type, routes::hello);
    }
    if (asked.method() == http::verb::post && target == "/echo") return echo();
    if (asked.method() == http::verb::get) {
      const std::string_view bytes = routes::bytes_of(target);
      if (!bytes.empty()) return write_constant(http::status::ok, routes::bytes_type, bytes);
      if (const auto size = routes::stream_bytes_of(target)) return stream(*size);
    }
    write_constant(http::status::not_found, routes::text_type, "Not Found\n");
  }

  template <typename Body>
  void set_fields(http::response<Body>& response, beast::string_view type) {
    response.set(http::field::date, date_);
    response.set(http::field::content_type, type);
    response.keep_alive(parser_->get().keep_alive());
  }

  void write_constant(http::status status, beast::string_view type, std::string_view body) {
    constant_answer& response = constant_.emplace(status, 11);
    set_fields(response, type);
    response.body() = {body.data(), body.size()};
    response.content_length(body.size());
    write(response);
  }

  void echo() {
    request& asked = parser_->get();
    const auto type = asked.find(http::field::content_type);
    http::response<http::string_body>& response = echo_.emplace(http::status::ok, 11);
    set_fields(response, type != asked.end() ? type->value() : beast::string_view(routes::bytes_type));
    response.body() = std::move(asked.body());
    response.prepare_payload();
    write(response);
  }

  template <typename Response>
  void write(Response& response) {
    http::async_write(socket_, response, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->next();
    });
  }

  void stream(std::uint64_t size) {
    left_ = size;
    http::response<http::empty_body>& response = stream_head_.emplace(http::status::ok, 11);
    set_fields(response, routes::text_type);
    response.chunked(true);
    stream_serializer_.emplace(response);
    http::async_write_header(socket_, *stream_serializer_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->write_chunk();
    });
  }

  void write_chunk() {
    const std::string_view piece = routes::stream_piece().substr(0, left_);
    left_ -= piece.size();
    const auto written = [self = shared_from_this(), last = piece.empty()](error_code error, std::size_t) {
      if (error) return;
      last ? self->next() : self->write_chunk();
    };
    if (piece.empty()) return asio::async_write(socket_, http::make_chunk_last(), written);
    asio::async_write(socket_, http::make_chunk(asio::buffer(piece)), written);
  }

  void next() { parser_->get().keep_alive() ? read() : close(); }

  void close() {
    error_code ignored;  // The peer may have gone already.
    socket_.shutdown(tcp_socket::shutdown_both, ignored);
  }

  tcp_socket socket_;
  timer idle_;
  bool active_ = false;  // Since idle_ was set.
  const std::string& date_;
  beast::flat_buffer input_;
  std::optional<http::request_parser<http::string_body>> parser_;
  // The answer being written is one of these.
  std::optional<constant_answer> constant_;
  std::optional<http::response<http::string_body>> echo_;
  std::optional<http::response<http::empty_body>> stream_head_;
  std::optional<http::response_serializer<http::empty_body>> stream_serializer_;
  std::uint64_t left_ = 0;  // Bytes of /stream.
};

class loop {
 public:
  explicit loop(int listener) { acceptor_.assign(asio::ip::tcp::v4(), listener); }

  void run() {
    each_second();
    context_.run();
  }

 private:
  void accept() {
    accepts_ = true;
    acceptor_.async_accept([this](error_code error, tcp_socket socket) {
      if (error) {
        accepts_ = false;
        return;
      }
      std::make_shared<session>(std::move(socket), date_)->start();
      accept();
    });
  }

  void each_second() {
    date_ = http_date(current_second());
    if (!accepts_) accept();
    clock_.expires_after(std::chrono::seconds(1));
    clock_.async_wait([this](error_code) { each_second(); });
  }

  asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  acceptor acceptor_{context_};
  timer clock_{context_};
  bool accepts_ = false;  // Not while out of descriptors: tried again each second.
  std::string date_;
};

void serve(int listener) { loop(listener).run(); }

}  // namespace
}  // namespace pinwheel::perf

int main(int argc, char** argv) { pinwheel::perf::run_server(argc, argv, pinwheel::perf::serve); }
