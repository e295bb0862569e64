#include "pinwheel/net/connection_host.h"

#include <exception>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "pinwheel/net/connection_extras.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/base/log.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {
namespace {

// A room lies at a multiple of slab_pool::step_bytes.
std::size_t room_for(const handler_factory& factory) {
  const std::size_t padding = factory.alignment > alignof(connection) ? factory.alignment - alignof(connection) : 0;
  return sizeof(connection) + padding + factory.size;
}

}  // namespace

connection_host::connection_host(event_base& base, const stream_options& options, const connector_options& connects)
    : streams(base, &connection::complete, options),
      bell_(base, event_life::one_shot, [this](event&, reasons) { bell_was_heard(); }),
      home_(new connection_home(*this, base.number(), bell_.ref())),
      connector_(*this, connects),
      forked_(base, [this] { home_->part_from_parent(); }) {}

connection_host::~connection_host() {
  ends_with_ = close_reason::stopped;
  shut();
  connector_.end_all_now(close_reason::stopped);
  streams::for_each([](stream& each) { static_cast<connection&>(each).end_now(close_reason::stopped); });
  streams::finish_closing();
  loop().deletes().run();
  home_->vacate();
}

connection_id connection_host::open(socket_descriptor socket, const handler_factory& factory,
                                    const connection_options& options) {
  loop().assert_on_loop("connection_host::open");
  connection* made = make(factory, options);
  if (made == nullptr) return {};
  if (const io_result adopted = streams::adopt(*made, std::move(socket), options.priority); !adopted.ok()) {
    log(log_level::error, "a connection was refused: " + std::generic_category().message(adopted.error()));
    refuse(*made);
    return {};
  }
  count_opened();
  begin(*made);
  return made->id();
}

// Null when the handler or the filter could not be made.
connection* connection_host::make(const handler_factory& factory, const connection_options& options) {
  const std::size_t room_bytes = room_for(factory);
  auto& made = *::new (home_->rooms().allocate(room_bytes)) connection(*this, options, room_bytes);
  if (made.make_handler(factory) && made.make_filter()) return &made;
  refuse(made);
  return nullptr;
}

void connection_host::begin(connection& adopted) {
  adopted.begin();
  if (draining_) adopted.begin_drain();
}

void connection_host::refuse(connection& never_opened) noexcept {
  counters_.refused.add(1);
  destroy(never_opened);
}

void connection_host::count_opened() noexcept {
  counters_.opened.add(1);
  ++size_;
}

connection* connection_host::find(connection_id named) const {
  loop().assert_on_loop("connection_host::find");
  if (named.loop != loop().number()) return nullptr;
  const stream_id mine{static_cast<std::uint32_t>(named.slot), static_cast<std::uint32_t>(named.generation)};
  return static_cast<connection*>(streams::find(mine));
}

void connection_host::drain() {
  loop().assert_on_loop("connection_host::drain");
  draining_ = true;
  connector_.drain();
  for_each([](connection& each) { each.begin_drain(); });
}

void connection_host::abort_all(close_reason why) {
  loop().assert_on_loop("connection_host::abort_all");
  ends_with_ = why;
  shut();
  connector_.end_all(why);
  for_each([why](connection& each) { each.abort(why); });
  streams::end_lingering();
  forget_all();
}

void connection_host::count_exception() noexcept {
  counters_.handler_exceptions.add(1);
  std::string line = "a connection handler threw: ";
  try {
    throw;
  } catch (const std::exception& thrown) {
    line += thrown.what();
  } catch (...) {
    line += "something that is no std::exception";
  }
  log(log_level::error, line);
}

void connection_host::count_closed(close_reason why) noexcept {
  counters_.closed_by_reason[static_cast<std::size_t>(why)].add(1);
  --size_;
}

void connection_host::destroy_later(connection& over) {
  loop().deletes().add(&over, [](void* doomed) noexcept {
    auto& dead = *static_cast<connection*>(doomed);
    dead.host().destroy(dead);
  });
}

void connection_host::destroy(connection& over) noexcept {
  const connection_home::room room{&over, over.room_bytes_};
  const std::unique_ptr<connection_move> moves = over.extras_ != nullptr ? std::move(over.extras_->move) : nullptr;
  over.~connection();
  if (moves != nullptr) return moves->end(*this, room);
  home_->rooms().release(room.at, room.bytes);
}

}  // namespace v0
}  // namespace pinwheel
