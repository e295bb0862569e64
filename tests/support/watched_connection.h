// A connection whose every call and callback is held against what connection.h and connection_handler.h promise.
//
// Beside the connection runs a reference: a few lines that say what state it is in, which bytes it took and which it
// still owes. The test makes its calls through watched_connection; the handlers, one after the other where `become`
// replaces them, report theirs.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_handler.h"

namespace pinwheel::testing {

// Where a call may be made from.
enum class place { on_open, on_data, elsewhere, on_drained, on_timeout, on_drain, on_eof, on_close };
inline constexpr int places = static_cast<int>(place::on_close) + 1;

struct thrown_on_purpose {};

class watched_connection {
 public:
  class handler;

  // Called inside every callback of the connection, with the connection.
  std::function<void(place)> on_call = [](place) {};

  // What the peer sends in all; its handlers are offered this in order and nothing else.
  void peer_will_send(std::string bytes) { input_ = std::move(bytes); }

  // --- calls, each as the connection's; REQUIRE: a callback runs, or the connection is not closed ---

  void write(std::string_view bytes) {
    call([&] { note_written(bytes, peer_->write(bytes)); });
  }
  void write_in_place(std::string_view bytes) {
    call([&] {
      char* room = peer_->reserve(bytes.size() + 10);
      EXPECT_EQ(room != nullptr, takes_writes());
      if (room == nullptr) return;
      bytes.copy(room, bytes.size());
      note_written(bytes, peer_->commit(bytes.size()));
    });
  }
  // From where they lie: no copy is made of a long string that is given away.
  void write_moved(std::string bytes) {
    const std::string kept = bytes;
    call([&] { note_written(kept, peer_->write(std::move(bytes))); });
  }
  void write_constant(constant_bytes bytes) {
    call([&] { note_written(bytes.view(), peer_->write_constant(bytes)); });
  }
  // As a handler that does not heed write's answers.
  void write_past_the_bound(std::size_t bound) {
    write(std::string(bound, 'o'));
    call([&] {
      EXPECT_EQ(peer_->write("over"), write_result::closed);
      if (takes_writes()) end(close_reason::output_overflow);
    });
  }
  void close(close_reason why) {
    call([&] {
      peer_->close(why);
      if (life_ != life::open) return;
      life_ = life::closing;
      reason_ = why;
    });
  }
  void abort(close_reason why) {
    call([&] {
      peer_->abort(why);
      end(why);
    });
  }
  void shutdown_write() {
    call([&] {
      peer_->shutdown_write();
      if (life_ == life::open) fin_ = true;
    });
  }
  void cork() {
    call([&] { peer_->cork(); });
  }
  void uncork() {
    call([&] { peer_->uncork(); });
  }
  void pause_reading() {
    call([&] {
      peer_->pause_reading();
      if (life_ == life::open) paused_ = true;
    });
  }
  void resume_reading() {
    call([&] {
      peer_->resume_reading();
      if (life_ != life::open) return;
      paused_ = false;
      owes_offer_ = has_unread();
    });
  }
  void receive_now() {
    call([&] { peer_->receive_now(); });
  }
  void set_deadline(duration delay) {
    call([&] {
      peer_->set_deadline(delay, deadline_why);
      has_deadline_ = life_ != life::ended;
    });
  }
  void clear_deadline() {
    call([&] {
      peer_->clear_deadline();
      has_deadline_ = false;
    });
  }
  // Hands on the last `unread` bytes that were consumed.
  void become(std::size_t unread);
  // REQUIRES: inside a callback other than on_close.
  [[noreturn]] void throw_now() {
    end(close_reason::handler_threw);
    throw thrown_on_purpose{};
  }

  // --- what is known ---

  [[nodiscard]] connection_id id() const { return id_; }
  [[nodiscard]] bool has_closed() const { return heard_close_; }
  [[nodiscard]] int heard(place what) const { return heard_[static_cast<std::size_t>(what)]; }
  // Of what it took, the peer gets everything, unless the connection was cut.
  [[nodiscard]] const std::string& written() const { return written_; }
  [[nodiscard]] bool was_cut() const { return cut_; }
  [[nodiscard]] bool was_all_offered() const { return offered_ == input_.size() && !owes_offer_; }
  [[nodiscard]] int handlers_alive() const { return alive_; }

 private:
  enum class life { open, closing, ended };

  static constexpr close_reason deadline_why = close_reason::header_timeout;

  // No callback comes inside.
  template <class Call>
  void call(Call inner) {
    EXPECT_FALSE(inside_call_);
    inside_call_ = true;
    inner();
    inside_call_ = false;
    expect_state();
  }

  void note_written(std::string_view bytes, write_result result) {
    EXPECT_EQ(result != write_result::closed, takes_writes());
    if (result != write_result::closed) written_ += bytes;
  }

  void end(close_reason why) {
    if (life_ == life::ended) return;
    life_ = life::ended;
    reason_ = why;
    cut_ = true;
  }

  // Of what was offered.
  [[nodiscard]] bool has_unread() const { return offered_ > consumed_ + used_now_; }
  [[nodiscard]] bool takes_writes() const { return life_ == life::open && !fin_; }

  void expect_state() const {
    const connection_state now = peer_->state();
    if (life_ == life::ended) {
      EXPECT_EQ(now, connection_state::closed);
    } else if (life_ == life::closing) {
      EXPECT_EQ(now, connection_state::closing);
    } else {
      const bool is_ended = now == connection_state::peer_ended || now == connection_state::both_ended;
      EXPECT_TRUE(is_ended || heard(place::on_eof) == 0);
      const bool is_fin = now == connection_state::write_ended || now == connection_state::both_ended;
      EXPECT_EQ(is_fin, fin_);
      EXPECT_TRUE(is_ended || is_fin || now == connection_state::open);
    }
    EXPECT_EQ(peer_->is_open(), takes_writes());
  }

  // --- told by the handlers ---

  void enter(int number, place what);
  void leave() { inside_callback_ = false; }
  std::size_t data(int number, std::string_view bytes);
  void closed(int number, close_status why);

  connection* peer_ = nullptr;
  connection_id id_;
  life life_ = life::open;
  close_reason reason_ = close_reason::peer_eof;
  bool fin_ = false;
  bool paused_ = false;
  bool cut_ = false;
  bool has_deadline_ = false;
  bool owes_offer_ = false;  // resume_reading() promised to offer what is unread.
  bool inside_call_ = false;
  bool inside_callback_ = false;
  bool heard_close_ = false;
  std::array<int, places> heard_{};

  std::string input_;
  std::size_t consumed_ = 0;
  std::size_t offered_ = 0;
  std::size_t used_now_ = 0;  // What the running on_data is going to consume.
  std::string written_;

  int current_ = 0;         // The number of the handler that is called.
  int next_ = 0;            // The number of the one that was given to become(); current_ if none.
  std::size_t unread_ = 0;  // Was given with it.
  int made_ = 0;
  int alive_ = 0;
};

class watched_connection::handler final : public connection_handler {
 public:
  explicit handler(watched_connection& watched) : watched_(watched), number_(watched.made_++) { ++watched_.alive_; }
  ~handler() override { --watched_.alive_; }

  void on_open(connection& peer) override {
    watched_.peer_ = &peer;
    watched_.id_ = peer.id();
    callback(place::on_open);
  }
  std::size_t on_data(connection&, std::string_view bytes) override { return watched_.data(number_, bytes); }
  void on_eof(connection&) override { callback(place::on_eof); }
  void on_drained(connection&) override { callback(place::on_drained); }
  void on_timeout(connection&, close_reason) override { callback(place::on_timeout); }
  void on_drain(connection&) override { callback(place::on_drain); }
  void on_close(connection&, close_status why) noexcept override { watched_.closed(number_, why); }

 private:
  void callback(place what) {
    watched_.enter(number_, what);
    const leaver at_end{watched_};
    watched_.on_call(what);
  }

  struct leaver {
    watched_connection& watched;
    ~leaver() { watched.leave(); }
  };

  friend class watched_connection;

  watched_connection& watched_;
  const int number_;
};

inline void watched_connection::become(std::size_t unread) {
  call([&] {
    const std::size_t end = consumed_ + used_now_;
    unread = std::min(unread, end);
    auto next = std::make_unique<handler>(*this);
    const int number = next->number_;
    peer_->become(std::move(next), std::string_view(input_).substr(end - unread, unread));
    if (life_ != life::open) return;
    next_ = number;
    unread_ = unread;
  });
}

inline void watched_connection::enter(int number, place what) {
  EXPECT_FALSE(inside_call_) << "inside a call of the user's";
  EXPECT_FALSE(inside_callback_) << "inside a callback";
  EXPECT_FALSE(heard_close_) << "after on_close";
  inside_callback_ = true;
  ++heard_[static_cast<std::size_t>(what)];
  if (what == place::on_close) return;
  EXPECT_EQ(life_, life::open) << "a callback after close() or abort()";
  if (what == place::on_open) {
    EXPECT_EQ(number, next_) << "not the handler that was given to become()";
    current_ = number;
    consumed_ -= std::exchange(unread_, 0);
    if (number > 0) {
      paused_ = has_deadline_ = false;
      owes_offer_ = has_unread();
    }
  }
  EXPECT_EQ(number, current_) << "not the present handler";
  EXPECT_EQ(next_, current_) << "become() had replaced it";
  expect_state();
}

// Consumes fours, so that bytes are left over.
inline std::size_t watched_connection::data(int number, std::string_view bytes) {
  enter(number, place::on_data);
  const handler::leaver at_end{*this};
  EXPECT_FALSE(paused_);
  EXPECT_FALSE(bytes.empty());
  EXPECT_EQ(bytes, std::string_view(input_).substr(consumed_, bytes.size()));
  offered_ = consumed_ + bytes.size();
  owes_offer_ = false;
  used_now_ = bytes.size() - bytes.size() % 4;
  on_call(place::on_data);
  const std::size_t used = std::exchange(used_now_, 0);
  consumed_ += used;
  return used;
}

inline void watched_connection::closed(int number, close_status why) {
  enter(number, place::on_close);
  const handler::leaver at_end{*this};
  EXPECT_EQ(number, current_);
  if (life_ == life::closing && has_deadline_ && why.reason == deadline_why) {
    cut_ = true;  // Its time was over before the output had left.
  } else {
    EXPECT_EQ(why, close_status{reason_});
  }
  if (life_ == life::open) {
    EXPECT_TRUE(fin_ && heard(place::on_eof) > 0) << "it ended by itself";
    EXPECT_FALSE(has_unread() && (owes_offer_ || paused_)) << "with bytes that were to be offered";
  }
  life_ = life::ended;
  expect_state();
  on_call(place::on_close);
  heard_close_ = true;
}

}  // namespace pinwheel::testing
