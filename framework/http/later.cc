#include "pinwheel/framework/http/later.h"

#include <cstddef>
#include <exception>
#include <optional>

#include "pinwheel/framework/http/answer.h"
#include "pinwheel/framework/http/codec/response_field.h"
#include "pinwheel/reactor/base/log.h"
#include "pinwheel/reactor/current_loop.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

// Marks, in place of a status, that a header was refused: what was meant cannot be sent.
constexpr std::uint16_t refused = 0;

void deliver(later_table& table, later_ticket ticket, const answer& whole) {
  if (const std::optional<later_target> target = table.take(ticket)) target->answer(target->context, whole);
}

// An answer on its way from another thread.
struct posted_answer {
  later_table& table;
  later_ticket ticket;
  int status;
  std::string content_type;
  std::string extra_fields;
  std::string body;

  void deliver() const {
    const std::string_view piece = body;
    http::deliver(table, ticket, {status, content_type, extra_fields, {&piece, 1}});
  }
};

std::string join(std::span<const std::string_view> pieces) {
  std::size_t bytes = 0;
  for (const std::string_view piece : pieces) bytes += piece.size();
  std::string joined;
  joined.reserve(bytes);
  for (const std::string_view piece : pieces) joined += piece;
  return joined;
}

bool is_on(const event_base_handle& home) {
  const event_base* const current = current_loop::base();
  return current != nullptr && current->handle() == home;
}

void log_lost() { log(log_level::error, "http: a later answer was lost, because too much waits for its loop"); }

}  // namespace

later::later(event_base_handle home, later_table& table, later_ticket ticket, int status, std::string_view extra_fields)
    : home_(std::move(home)),
      table_(&table),
      ticket_(ticket),
      extra_fields_(extra_fields.empty() ? nullptr : std::make_unique<std::string>(extra_fields)),
      status_(static_cast<std::uint16_t>(status)) {}

later::later(later&& other) noexcept
    : home_(std::move(other.home_)),
      table_(other.table_),
      ticket_(std::exchange(other.ticket_, {})),
      extra_fields_(std::move(other.extra_fields_)),
      status_(other.status_) {}

later& later::operator=(later&& other) noexcept {
  if (this == &other) return *this;
  drop();
  home_ = std::move(other.home_);
  table_ = other.table_;
  ticket_ = std::exchange(other.ticket_, {});
  extra_fields_ = std::move(other.extra_fields_);
  status_ = other.status_;
  return *this;
}

later& later::status(int code) noexcept {
  if (status_ != refused) status_ = is_final_status(code) ? static_cast<std::uint16_t>(code) : refused;
  return *this;
}

bool later::header(std::string_view name, std::string_view value) {
  if (!extra_fields_) extra_fields_ = std::make_unique<std::string>();
  const std::size_t before = extra_fields_->size();
  extra_fields_->resize(before + field_bytes(name, value));
  char* out = extra_fields_->data() + before;
  if (append_field(out, extra_fields_->data() + extra_fields_->size(), name, value)) return true;
  extra_fields_->resize(before);
  status_ = refused;
  return false;
}

void later::body(std::string_view type, std::string_view bytes) {
  if (!is_field_value(type)) status_ = refused;
  send(type, {&bytes, 1});
}

void later::send(std::string_view type, std::span<const std::string_view> pieces) {
  const later_ticket ticket = std::exchange(ticket_, {});
  if (!ticket) return;
  const plain_answer failed(status_code::internal_server_error);
  const answer given{status_, type, extra_fields_ ? std::string_view(*extra_fields_) : std::string_view(), pieces};
  const answer whole = status_ == refused ? failed.get() : given;
  if (is_on(home_)) {
    deliver(*table_, ticket, whole);
    return;
  }
  auto boxed =
      std::make_unique<posted_answer>(posted_answer{*table_, ticket, whole.status, std::string(whole.content_type),
                                                    std::string(whole.extra_fields), join(whole.pieces)});
  if (home_.post([boxed = std::move(boxed)] { boxed->deliver(); }) == post_result::full) {
    log_lost();
  }
}

// Through the loop's mailbox even on the loop itself: a destructor runs at moments, such as the unwinding of an
// exception, at which its connection cannot be written to.
void later::drop() noexcept {
  const later_ticket ticket = std::exchange(ticket_, {});
  if (!ticket) return;
  try {
    const post_result posted = home_.post([table = table_, ticket] {
      const std::optional<later_target> target = table->take(ticket);
      if (!target) return;
      log(log_level::error, "http: a later answer was dropped unanswered; the peer is told 500");
      target->answer(target->context, plain_answer(status_code::internal_server_error).get());
    });
    if (posted == post_result::full) log_lost();
  } catch (const std::exception& failure) {
    log(log_level::error, failure.what());
  }
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
