// The right to answer one request after its handler has returned, from any thread.
//
//   routes.get("/slow", [](const auto& request, auto& response) {
//     request.loop().after(100ms, [later = response.later()]() mutable { later.text("done"); });
//   });
//
// Threads:   any, one at a time; may be moved between threads.
// Ownership: a value that owns nothing of the connection's. Dropped unanswered, it answers 500. Its request must be
//            answered within the connection's idle timeout; until then the connection reads no further.
// Errors:    an answer for a peer that has gone, or for a loop that has ended, is dropped. One for a loop whose mailbox
// is
//            full is logged and lost; its connection then ends by its idle timeout.
// Limits:    40 bytes, so that it fits into a task beside one pointer.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "pinwheel/framework/http/codec/status.h"
#include "pinwheel/framework/http/content_type.h"
#include "pinwheel/framework/http/later_table.h"
#include "pinwheel/reactor/event_base_handle.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

class later {
 public:
  later() noexcept = default;  // Answers nobody.
  // What a response_sink makes. `table` is only ever touched on the loop that `home` names.
  later(event_base_handle home, later_table& table, later_ticket ticket, int status, std::string_view extra_fields);
  later(later&& other) noexcept;
  later& operator=(later&& other) noexcept;
  ~later() { drop(); }

  // As those of `response`.
  later& status(int code) noexcept;
  bool header(std::string_view name, std::string_view value);

  // Each answers the request; what comes after the first does nothing.
  template <std::convertible_to<std::string_view>... Pieces>
  void text(const Pieces&... pieces) {
    send(content_type::text, std::array<std::string_view, sizeof...(Pieces)>{pieces...});
  }
  void html(std::string_view bytes) { send(content_type::html, {&bytes, 1}); }
  void json(std::string_view bytes) { send(content_type::json, {&bytes, 1}); }
  void body(std::string_view type, std::string_view bytes);

  // False once it was answered or moved from. The peer may have gone all the same.
  explicit operator bool() const noexcept { return static_cast<bool>(ticket_); }

 private:
  void send(std::string_view type, std::span<const std::string_view> pieces);
  void drop() noexcept;

  event_base_handle home_;
  later_table* table_ = nullptr;
  later_ticket ticket_;                        // Set exactly while it is unanswered.
  std::unique_ptr<std::string> extra_fields_;  // Null: none.
  std::uint16_t status_ = status_code::ok;
};

static_assert(sizeof(later) <= 40);

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
