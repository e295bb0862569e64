// Runs small threads in every order that an x86 processor could, its store buffers included (x86-TSO: Sewell, Sarkar,
// Owens, Zappa Nardelli and Myreen, "x86-TSO: a rigorous and usable programmer's model", CACM 2010).
//
// A plain, relaxed or release store goes into its thread's buffer, first in, first out; a load sees the thread's own
// buffer before memory; a sequentially consistent store and every read-modify-write empty the buffer. What a thread
// does next depends only on what it has observed, so each thread becomes a tree: its code is run once for each new
// observation, from the beginning, up to the step behind it. Where a thread says what alone its future depends on,
// branches that say the same become one: the orders stay as many, the states do not. The machine then walks every state
// it can be in: positions in those trees, memory, buffers, and a descriptor that wakes a wait, as an eventfd watched
// edge-triggered does. System calls leave the buffers alone: that gives more orders than a kernel does, never fewer.
//
// Threads:   one real thread; those of the model are walked on it.
// Ownership: a machine borrows nothing; modelled_atomics and bodies belong to one machine and are used only while it
//            explores.
// Limits:    the constants of tso_machine; every thread must end, or block, within finitely many steps of its own.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

// What a thread is about to do.
struct tso_step {
  enum class kind : std::uint8_t {
    load,
    buffered_store,
    draining_store,
    exchange,
    compare_exchange,
    notify,
    wait,
    poll,
    end
  };

  kind what;
  std::uint8_t location = 0;
  std::uint8_t value = 0;
  std::uint8_t expected = 0;  // Of a compare_exchange.
};

// Everything that one thread's code can do. A position is what it has observed so far.
class tso_thread {
 public:
  tso_thread(std::function<void()> body, bool weak_stores) : body_(std::move(body)), weak_stores_(weak_stores) {
    places_.push_back(place_after({}));
  }

  [[nodiscard]] const tso_step& next(std::size_t position) const { return places_[position].next; }

  // The position behind the next step, when that step gave `observed`.
  std::size_t advance(std::size_t position, std::uint8_t observed) {
    const auto known = places_[position].behind.find(observed);
    if (known != places_[position].behind.end()) return known->second;
    std::vector<std::uint8_t> observations = places_[position].observations;
    observations.push_back(observed);
    said_.reset();
    place behind = place_after(std::move(observations));
    const auto new_place = [&] {
      places_.push_back(std::move(behind));
      return places_.size() - 1;
    };
    if (!said_) return places_[position].behind[observed] = new_place();
    const auto [same, is_new] = merged_.try_emplace(*said_, 0);
    if (is_new) same->second = new_place();
    return places_[position].behind[observed] = same->second;
  }

  // Called at one place of the thread's code: all that it does from here on follows from these bytes and from what it
  // will observe.
  static void goes_on_from(std::vector<std::uint8_t> bytes) {
    if (replayed_ == replay_->size()) running_->said_ = std::move(bytes);
  }

  // Called by the thread's code: what the step gave, while that is known; else unwinds to here.
  static std::uint8_t take(tso_step step) {
    if (replayed_ == replay_->size()) throw unknown{step};
    return (*replay_)[replayed_++];
  }
  // A sequentially consistent store of this thread is to be no more than a release.
  [[nodiscard]] static bool has_weak_stores() { return running_->weak_stores_; }

 private:
  struct place {
    std::vector<std::uint8_t> observations;
    tso_step next;
    std::map<std::uint8_t, std::size_t> behind;
  };

  struct unknown {
    tso_step step;
  };

  place place_after(std::vector<std::uint8_t> observations) {
    running_ = this;
    replay_ = &observations;
    replayed_ = 0;
    tso_step next{tso_step::kind::end};
    try {
      body_();
    } catch (const unknown& reached) {
      next = reached.step;
    }
    return {std::move(observations), next, {}};
  }

  static inline tso_thread* running_ = nullptr;
  static inline const std::vector<std::uint8_t>* replay_ = nullptr;
  static inline std::size_t replayed_ = 0;

  std::function<void()> body_;
  bool weak_stores_;
  std::vector<place> places_;
  std::optional<std::vector<std::uint8_t>> said_;  // At the place that was reached last, if anything.
  std::map<std::vector<std::uint8_t>, std::size_t> merged_;
};

class tso_machine {
 public:
  static constexpr std::size_t threads_max = 3;
  static constexpr std::size_t locations_max = 8;
  static constexpr std::size_t buffered_max = 8;

  struct findings {
    double interleavings = 0;  // Counts to 2^53 exactly, and about from there on.
    std::size_t states = 0;
    std::vector<std::string> lost_wakeup;  // The steps to the first state in which a thread waits for ever.
    std::vector<std::string>
        notified_twice_in_sleep;  // To the first in which notifications outnumber the sleeps begun.
  };

  tso_machine() { current_ = this; }
  tso_machine(const tso_machine&) = delete;
  tso_machine& operator=(const tso_machine&) = delete;

  // The one made last: modelled_atomics that are made from now on belong to it.
  [[nodiscard]] static tso_machine& current() { return *current_; }

  void add_thread(std::function<void()> body, bool weak_stores = false) {
    PINWHEEL_CHECK(threads_.size() < threads_max, "too many threads for the model");
    threads_.emplace_back(std::move(body), weak_stores);
  }

  std::uint8_t add_location(std::uint8_t initial) {
    PINWHEEL_CHECK(locations_ < locations_max, "too many atomics for the model");
    first_.memory[locations_] = initial;
    return static_cast<std::uint8_t>(locations_++);
  }

  // Every interleaving from the beginning to where no thread can go on.
  findings explore() {
    found_ = {};
    counted_.clear();
    found_.interleavings = interleavings_from(first_);
    found_.states = counted_.size();
    return found_;
  }

 private:
  struct buffered {
    std::uint8_t location;
    std::uint8_t value;
  };

  struct store_buffer {
    std::array<buffered, buffered_max> stores;  // Zero behind `size`, so that equal states have equal bytes.
    std::uint8_t size;

    void push(buffered store) {
      PINWHEEL_CHECK(size < buffered_max, "a modelled store buffer is too small");
      stores[size++] = store;
    }
    buffered pop() {
      const buffered oldest = stores[0];
      std::memmove(stores.data(), stores.data() + 1, sizeof(buffered) * (buffered_max - 1));
      stores[--size] = {};
      return oldest;
    }
  };

  struct state {
    std::array<std::uint16_t, threads_max> positions;
    std::array<std::uint8_t, locations_max> memory;
    std::array<store_buffer, threads_max> buffers;
    std::uint8_t readable;       // The descriptor, since it was last reported.
    std::uint8_t notifications;  // Ever.
    std::uint8_t waits_over;     // Ever.

    [[nodiscard]] std::string_view bytes() const { return {reinterpret_cast<const char*>(this), sizeof *this}; }
    bool operator==(const state& other) const { return bytes() == other.bytes(); }
  };
  static_assert(std::has_unique_object_representations_v<state>, "states are compared by their bytes");

  struct state_hash {
    std::size_t operator()(const state& hashed) const { return std::hash<std::string_view>{}(hashed.bytes()); }
  };

  // The number of ways from here to an end. States repeat, but never on one way, because every step adds to what its
  // thread has observed: so the ways from each state are counted once.
  double interleavings_from(const state& from) {
    const auto [known, is_new] = counted_.try_emplace(from, 0);
    if (!is_new) return known->second;
    check_notifications(from);
    double ways = 0;
    for (std::size_t at = 0; at < threads_.size(); ++at) {
      if (from.buffers[at].size != 0) ways += after("flush, before", from, at, flushed(from, at));
      if (const auto stepped = take_step(from, at)) ways += after("", from, at, *stepped);
    }
    if (ways == 0) {
      check_end(from);
      ways = 1;
    }
    return counted_[from] = ways;
  }

  double after(const char* what, const state& from, std::size_t thread, const state& next) {
    way_.push_back({what, thread, from.positions[thread]});
    const double ways = interleavings_from(next);
    way_.pop_back();
    return ways;
  }

  static state flushed(state next, std::size_t thread) {
    const buffered oldest = next.buffers[thread].pop();
    next.memory[oldest.location] = oldest.value;
    return next;
  }

  // Empty when the thread has ended or has to wait.
  std::optional<state> take_step(const state& from, std::size_t thread) {
    using kind = tso_step::kind;
    const tso_step step = threads_[thread].next(from.positions[thread]);
    if (step.what == kind::end || (step.what == kind::wait && from.readable == 0)) return std::nullopt;
    state next = from;
    std::uint8_t observed = 0;
    switch (step.what) {
      case kind::load:
        observed = seen(from, thread, step.location);
        break;
      case kind::buffered_store:
        next.buffers[thread].push({step.location, step.value});
        break;
      case kind::draining_store:
      case kind::exchange:
      case kind::compare_exchange:
        while (next.buffers[thread].size != 0) next = flushed(next, thread);
        if (step.what != kind::draining_store) observed = next.memory[step.location];
        if (step.what != kind::compare_exchange || observed == step.expected) next.memory[step.location] = step.value;
        break;
      case kind::notify:
        next.readable = 1;
        ++next.notifications;
        break;
      case kind::wait:
      case kind::poll:
        next.readable = 0;
        ++next.waits_over;
        break;
      case kind::end:
        break;
    }
    next.positions[thread] = position_number(threads_[thread].advance(from.positions[thread], observed));
    return next;
  }

  static std::uint16_t position_number(std::size_t position) {
    PINWHEEL_CHECK(position <= UINT16_MAX, "a modelled thread has too many positions");
    return static_cast<std::uint16_t>(position);
  }

  static std::uint8_t seen(const state& in, std::size_t thread, std::uint8_t location) {
    const store_buffer& own = in.buffers[thread];
    for (std::size_t at = own.size; at > 0; --at) {
      if (own.stores[at - 1].location == location) return own.stores[at - 1].value;
    }
    return in.memory[location];
  }

  // The sleep after the waits that are over may have begun, and no other.
  void check_notifications(const state& reached) {
    if (reached.notifications > reached.waits_over + 1 && found_.notified_twice_in_sleep.empty()) {
      found_.notified_twice_in_sleep = describe_way();
    }
  }

  void check_end(const state& reached) {
    for (std::size_t at = 0; at < threads_.size(); ++at) {
      const bool ended = threads_[at].next(reached.positions[at]).what == tso_step::kind::end;
      if (!ended && found_.lost_wakeup.empty()) found_.lost_wakeup = describe_way();
    }
  }

  [[nodiscard]] std::vector<std::string> describe_way() const {
    static constexpr std::array names{"load",   "buffered store", "draining store", "exchange", "compare_exchange",
                                      "notify", "wait",           "poll",           "end"};
    std::vector<std::string> lines;
    for (const taken& each : way_) {
      const tso_step& step = threads_[each.thread].next(each.position);
      lines.push_back("thread " + std::to_string(each.thread) + ": " + each.what + " " +
                      names[static_cast<std::size_t>(step.what)] + " [" + std::to_string(step.location) +
                      "] = " + std::to_string(step.value));
    }
    return lines;
  }

  struct taken {
    const char* what;
    std::size_t thread;
    std::size_t position;
  };

  static inline tso_machine* current_ = nullptr;

  std::vector<tso_thread> threads_;
  std::size_t locations_ = 0;
  state first_{};
  std::unordered_map<state, double, state_hash> counted_;
  std::vector<taken> way_;
  findings found_;
};

// Stands in for std::atomic. A byte of memory is enough for what a model counts.
template <class T>
class modelled_atomic {
 public:
  modelled_atomic(T initial = {}) : location_(tso_machine::current().add_location(byte(initial))) {}
  modelled_atomic(const modelled_atomic&) = delete;
  modelled_atomic& operator=(const modelled_atomic&) = delete;

  [[nodiscard]] T load(std::memory_order) const { return tso_thread::take({tso_step::kind::load, location_}); }

  void store(T value, std::memory_order order) {
    const bool drains = order == std::memory_order_seq_cst && !tso_thread::has_weak_stores();
    tso_thread::take(
        {drains ? tso_step::kind::draining_store : tso_step::kind::buffered_store, location_, byte(value)});
  }

  T exchange(T value, std::memory_order) {
    return tso_thread::take({tso_step::kind::exchange, location_, byte(value)});
  }

  bool compare_exchange_weak(T& expected, T desired, std::memory_order) {
    const T before = tso_thread::take({tso_step::kind::compare_exchange, location_, byte(desired), byte(expected)});
    return std::exchange(expected, before) == before;
  }

 private:
  static std::uint8_t byte(T value) {
    PINWHEEL_CHECK(value <= UINT8_MAX, "a modelled atomic holds a byte");
    return static_cast<std::uint8_t>(value);
  }

  std::uint8_t location_;
};

// The descriptor behind a wait: written by producers, waited for by the loop.
struct modelled_descriptor {
  static void notify() { tso_thread::take({tso_step::kind::notify}); }
  static void wait() { tso_thread::take({tso_step::kind::wait}); }
  static void poll() { tso_thread::take({tso_step::kind::poll}); }  // Also a wait that ends by its time.
};

}  // namespace v0
}  // namespace pinwheel
