#include "pinwheel/framework/testing/simulation.h"

#include <algorithm>
#include <string>
#include <utility>

#include "pinwheel/framework/current_server_loop.h"
#include "pinwheel/net/acceptor.h"
#include "pinwheel/net/simulation/network_backend.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
namespace testing {
inline namespace v0 {

struct simulation::simulated_loop {
  simulated_network_backend* kernel;  // The base's.
  std::unique_ptr<event_base> base;
  std::unique_ptr<connection_host> host;  // None on the loop that accepts.
};

struct simulation::listener {
  handler_factory factory;
  listen_options options;
  std::unique_ptr<acceptor> accepts;
};

simulation::simulation(const simulation_options& options)
    : options_(options), network_(clock_, {.seed = options.seed, .faults = options.faults, .wire = options.wire}) {
  PINWHEEL_CHECK(options.loops > 0, "a simulation needs a loop");
  while (loops_.size() < options.loops) {
    loops_.push_back(make_loop());
    loops_.back()->host = std::make_unique<connection_host>(
        *loops_.back()->base, stream_options{.mode = options.streams, .network = &network_});
    router_.add(loops_.back()->host->handle());
  }
  accepts_ = make_loop();
}

// What a handler does as its connection ends, it does on its loop.
simulation::~simulation() {
  clients_.clear();
  for (const auto& each : listeners_) each->accepts.reset();  // Connections look at its options until they end.
  for (std::size_t index = 0; index < loops_.size(); ++index) {
    const current_server_loop::scope here({.server = this, .index = index});
    loops_[index]->host.reset();
  }
}

std::unique_ptr<simulation::simulated_loop> simulation::make_loop() {
  auto kernel = std::make_unique<simulated_network_backend>(network_);
  simulated_network_backend* borrowed = kernel.get();
  const event_base_options options{.priorities = options_.priorities, .dispatch = options_.dispatch, .clock = &clock_};
  auto base = event_base::create(options, std::move(kernel));
  PINWHEEL_CHECK(base.ok(), std::string(base.status().message()).c_str());
  return std::make_unique<simulated_loop>(simulated_loop{borrowed, *std::move(base), nullptr});
}

address simulation::address_of(std::string_view text) {
  const auto parsed = parse_address(text);
  PINWHEEL_CHECK(parsed.ok(), std::string(parsed.status().message()).c_str());
  return *parsed;
}

address simulation::listen(std::string_view where, handler_factory factory, const listen_options& options) {
  auto socket = network_.listen(address_of(where), options.listener);
  PINWHEEL_CHECK(socket.ok(), std::string(socket.status().message()).c_str());
  listener& added = *listeners_.emplace_back(std::make_unique<listener>(listener{factory, options, nullptr}));
  added.accepts = std::make_unique<acceptor>(
      *accepts_->base, *std::move(socket),
      [this, &added](socket_descriptor accepted, const address&) { hand_over(std::move(accepted), added); });
  PINWHEEL_CHECK(added.accepts->start().ok(), "a simulated listener cannot be watched");
  return added.accepts->listens_on();
}

void simulation::hand_over(socket_descriptor socket, const listener& from) {
  simulated_loop& to = *loops_[next_loop_];
  next_loop_ = (next_loop_ + 1) % loops_.size();
  to.base->post([&to, &from, socket = std::move(socket)]() mutable {
    to.host->open(std::move(socket), from.factory, from.options.connection);
  });
}

simulated_client& simulation::connect(const address& to, const address& from) {
  return clients_.emplace_back(network_, network_.connect_outside(to, from));
}

template <class Work>
void simulation::on_every_loop(Work work) {
  for (const auto& each : loops_) {
    each->base->post([work, host = each->host.get()] { work(*host); });
  }
}

void simulation::drain() {
  for (const auto& each : listeners_) each->accepts->drain([] {});
  on_every_loop([](connection_host& host) { host.drain(); });
}

void simulation::stop() {
  for (const auto& each : listeners_) each->accepts->close();
  on_every_loop([](connection_host& host) { host.abort_all(close_reason::stopped); });
}

event_base& simulation::loop(std::size_t index) { return *loops_.at(index)->base; }

connection_host& simulation::host(std::size_t index) { return *loops_.at(index)->host; }

std::size_t simulation::connections() const {
  std::size_t all = 0;
  for (const auto& each : loops_) all += each->host->size();
  return all;
}

// Running.

bool simulation::is_runnable(simulated_loop& loop) const {
  if (loop.base->has_work() || loop.kernel->has_ready()) return true;
  const auto deadline = loop.base->next_deadline();
  return deadline && *deadline <= clock_.now();
}

void simulation::find_runnable() {
  runnable_.clear();
  for (std::size_t index = 0; index < loops_.size(); ++index) {
    if (is_runnable(*loops_[index])) runnable_.push_back(index);
  }
  if (is_runnable(*accepts_)) runnable_.push_back(loops_.size());
  for (std::size_t index = 0; index < clients_.size(); ++index) {
    if (clients_[index].can_run()) runnable_.push_back(loops_.size() + 1 + index);
  }
}

bool simulation::step() {
  network_.deliver();
  find_runnable();
  if (runnable_.empty()) return false;
  const std::size_t chosen = runnable_[chance().below(runnable_.size())];
  network_.trace().note(traced::step, chosen, static_cast<std::int64_t>(runnable_.size()));
  if (chosen > loops_.size()) {
    clients_[chosen - loops_.size() - 1].run();
  } else {
    run_loop(chosen);
  }
  return true;
}

void simulation::run_loop(std::size_t index) {
  constexpr loop_flags one_turn = loop_flags::nonblock | loop_flags::stay;
  if (index == loops_.size()) {
    accepts_->base->loop(one_turn);
    return;
  }
  const current_server_loop::scope here({.server = this, .index = index});
  loops_[index]->base->loop(one_turn);
}

void simulation::run_until_idle() {
  for (std::uint64_t steps = 0; steps < options_.steps_max; ++steps) {
    if (step()) continue;
    const auto arrival = network_.next_arrival();
    if (!arrival) return;
    clock_.advance_to(next_time().value_or(*arrival));  // Timers that are due on the way run on the way.
  }
  PINWHEEL_CHECK(false, "a simulation has not come to rest within steps_max");
}

std::optional<time_point> simulation::next_time() const {
  std::optional<time_point> next = network_.next_arrival();
  const auto consider = [&next](std::optional<time_point> other) {
    if (other && (!next || *other < *next)) next = other;
  };
  for (const auto& each : loops_) consider(each->base->next_deadline());
  consider(accepts_->base->next_deadline());
  return next;
}

void simulation::run_for(duration time) {
  const time_point end = later_by(time, clock_.now());
  for (std::uint64_t steps = 0; steps < options_.steps_max; ++steps) {
    if (step()) continue;
    if (clock_.now() >= end) return;
    clock_.advance_to(std::min(next_time().value_or(end), end));
  }
  PINWHEEL_CHECK(false, "a simulation has not come to rest within steps_max");
}

}  // namespace v0
}  // namespace testing
}  // namespace pinwheel
