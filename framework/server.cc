#include "pinwheel/framework/server.h"

#include <signal.h>

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinwheel/framework/accept_thread.h"
#include "pinwheel/framework/allowed_cpus.h"
#include "pinwheel/framework/async_log.h"
#include "pinwheel/framework/declared_listener.h"
#include "pinwheel/framework/loop_thread.h"
#include "pinwheel/net/listener.h"
#include "pinwheel/net/socket.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/base/log.h"

namespace pinwheel {
inline namespace v0 {

server::server(server_options options) : options_(std::move(options)) {
  const auto allowed = allowed_cpus();
  if (!allowed.ok()) {
    placed_ = allowed.status();
    return;
  }
  auto placement = place_loops(*allowed, options_.loops, options_.pin);
  placed_ = placement.status();
  if (placement.ok()) placement_ = *std::move(placement);
}

server::~server() = default;

void server::listen(std::string_view address, handler_factory factory, listen_options options) {
  PINWHEEL_CHECK(acceptor_ == nullptr, "server::listen was called after start()");
  declared_.push_back({std::string(address), factory, options});
}

absl::Status server::start() { return start(false); }

absl::Status server::start(bool end_on_signals) {
  if (acceptor_ != nullptr) return absl::FailedPreconditionError("the server was started before; make another");
  if (!placed_.ok()) return placed_;
  if (declared_.empty()) return absl::FailedPreconditionError("there is nothing to listen on: call listen() first");
  auto threads = make_threads();
  if (!threads.ok()) return threads.status();
  auto sockets = bind_all();
  if (!sockets.ok()) return sockets.status();
  std::vector<address> bound;
  for (const socket_descriptor& each : *sockets) bound.push_back(local_address_of(each.native_handle()));

  accept_thread& acceptor = **threads;
  for (std::size_t at = 0; at < declared_.size(); ++at) {
    const absl::Status added = acceptor.add(std::move((*sockets)[at]), declared_[at]);
    if (!added.ok()) return added;
  }
  if (end_on_signals) {
    const absl::Status watched = acceptor.end_on_signals(options_.drain_deadline);
    if (!watched.ok()) return watched;
  }
  // Handlers may ask the server as soon as it is launched.
  log_ = std::make_unique<async_log>();
  addresses_ = std::move(bound);
  acceptor_ = *std::move(threads);
  absl::Status launched = acceptor_->launch();
  if (!launched.ok()) forget_start();
  return launched;
}

void server::forget_start() {
  acceptor_.reset();
  addresses_.clear();
  log_.reset();
}

absl::StatusOr<std::vector<socket_descriptor>> server::bind_all() const {
  std::vector<socket_descriptor> sockets;
  for (const declared_listener& each : declared_) {
    const auto where = parse_address(each.address);
    auto socket = where.ok() ? bind_and_listen(*where, each.options.listener) : where.status();
    if (!socket.ok()) {
      for (socket_descriptor& bound : sockets) stop_listening(bound);
      return socket.status();
    }
    sockets.push_back(*std::move(socket));
  }
  return sockets;
}

absl::StatusOr<std::unique_ptr<accept_thread>> server::make_threads() const {
  event_base_options base_options;
  base_options.backend = options_.backend;
  base_options.priorities = options_.priorities;
  base_options.dispatch = options_.dispatch;
  base_options.mailbox_tasks_max = options_.mailbox_tasks_max;
  loop_threads loops;
  for (std::size_t at = 0; at < placement_.size(); ++at) {
    auto loop = loop_thread::create(base_options, {.server = this, .index = at}, placement_[at]);
    if (!loop.ok()) return loop.status();
    loops.push_back(*std::move(loop));
  }
  return accept_thread::create({.backend = options_.backend}, std::move(loops));
}

int server::run() {
  ::signal(SIGPIPE, SIG_IGN);
  if (const absl::Status started = start(true); !started.ok()) {
    std::fprintf(stderr, "pinwheel: cannot start: %s\n", std::string(started.message()).c_str());
    return 1;
  }
  log(log_level::info, ready_line());
  if (options_.on_ready) options_.on_ready(*this);
  wait();
  return acceptor_->has_failed() ? 1 : 0;
}

void server::drain(duration deadline) {
  if (acceptor_ != nullptr) acceptor_->drain(deadline);
}

void server::stop() {
  if (acceptor_ != nullptr) acceptor_->stop();
}

void server::wait() {
  if (acceptor_ != nullptr) acceptor_->wait();
}

post_result server::for_each(std::function<void(connection&)> work) {
  if (acceptor_ == nullptr) return post_result::gone;
  post_result answer = post_result::taken;
  for (const auto& each : acceptor_->loops()) {
    const post_result posted = each->post([loop = each.get(), work]() mutable { loop->host().for_each(work); });
    if (answer == post_result::taken) answer = posted;
  }
  return answer;
}

post_result server::send_to(connection_id to, connection_work&& work) const {
  if (acceptor_ == nullptr || acceptor_->has_ended()) return post_result::gone;
  return acceptor_->router().send_to(to, std::move(work));
}

const connection_host_handle& server::loop(std::size_t index) const {
  PINWHEEL_CHECK(acceptor_ != nullptr, "server::loop was asked for before start()");
  PINWHEEL_CHECK(index < acceptor_->loops().size(), "server::loop was asked for one that the server does not have");
  return acceptor_->loops()[index]->connections();
}

server_counters server::counters() const {
  server_counters now;
  if (acceptor_ == nullptr) return now;
  now.acceptor = acceptor_->counters();
  for (const auto& each : acceptor_->loops()) now.loops.push_back(each->counters());
  return now;
}

std::string_view server::backend() const {
  return acceptor_ == nullptr ? options_.backend : acceptor_->loops().front()->backend_name();
}

std::string server::ready_line() const {
  std::string line = "listening on ";
  const char* separator = "";
  for (const address& each : addresses_) {
    absl::StrAppend(&line, separator, to_string(each));
    separator = ", ";
  }
  absl::StrAppend(&line, "; ", to_string(placement_), "; backend ", std::string(backend()));
  return line;
}

}  // namespace v0
}  // namespace pinwheel
