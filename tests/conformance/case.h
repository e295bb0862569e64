// What a case of the conformance suite is: its rule, its sentence, what is declared to differ where, and its text.
//
//   CONFORMS(L9_stop_is_kept, "a stop asked for before the loop starts is not lost",
//            libevent_fails("it is forgotten at entry")) {
//     at.loop().break_loop();
//     EXPECT_THAT(at.loop().run() == loop_result::left);
//   }
//
// A case runs in a process of its own, once for each loop. The first expectation that is not met ends it.
#pragma once

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "conformance/adapter.h"

namespace pinwheel::conformance {

enum class outcome : unsigned char {
  holds,
  fails,           // An expectation was not met, or the process died.
  hangs,           // It was still running at its time limit.
  absent,          // The loop has no public call for it.
  not_applicable,  // Not run.
};

// That a case does not hold on some loops.
struct declaration {
  std::string_view loops;  // A prefix of their names.
  outcome expected;
  std::string_view reason;
};

constexpr declaration libevent_fails(std::string_view instead) { return {"libevent", outcome::fails, instead}; }
constexpr declaration libevent_hangs(std::string_view instead) { return {"libevent", outcome::hangs, instead}; }
constexpr declaration libevent_lacks(std::string_view what) { return {"libevent", outcome::absent, what}; }
constexpr declaration not_applicable(std::string_view loops, std::string_view why) {
  return {loops, outcome::not_applicable, why};
}

using names = std::vector<std::string>;
// Null: these options are refused.
using loop_factory = std::function<std::unique_ptr<tested_loop>(const loop_options&)>;

// Both end the case at once, from whatever thread and however deep inside the loop.
[[noreturn]] void end_as_failed(const std::string& message);
[[noreturn]] void end_as_absent(const std::string& call);

// What a case is given.
class scene {
 public:
  explicit scene(loop_factory make) : make_(std::move(make)) {}

  // Another loop, of the kind under test.
  tested_loop& make_loop(const loop_options& options = {}) {
    auto made = make_(options);
    if (made == nullptr) end_as_failed("a loop with these options is refused");
    return *loops_.emplace_back(std::move(made));
  }
  bool refuses(const loop_options& options) { return make_(options) == nullptr; }
  // The first that was made; one without options if none was.
  tested_loop& loop() { return loops_.empty() ? make_loop() : *loops_.front(); }
  // Destroys the loops and what they own, which otherwise outlive the case's own variables.
  void end_loop() { loops_.clear(); }

  // A callback that writes its name into the trace.
  called say(std::string name) {
    return [this, name = std::move(name)](reasons) { trace.push_back(name); };
  }

  action say_now(std::string name) {
    return [this, name = std::move(name)] { trace.push_back(name); };
  }

  names trace;

 private:
  loop_factory make_;
  std::vector<std::unique_ptr<tested_loop>> loops_;
};

struct conformance_case {
  std::string_view name;  // Its rule's id, then what it adds to the rule if anything.
  std::string_view sentence;
  std::vector<declaration> declarations;
  void (*run)(scene& at);

  [[nodiscard]] std::string_view rule() const { return name.substr(0, name.find('_')); }
};

// All there are, in the order of SEMANTICS.md.
std::vector<conformance_case>& all_cases();

struct registered {
  explicit registered(conformance_case added) { all_cases().push_back(std::move(added)); }
};

// Whether `what` ends a process of its own by abort() or by an exit with an error; its last words go to `said`.
bool kills_process(const action& what, std::string* said = nullptr);

template <class Value>
void show(std::ostream& out, const Value& value) {
  if constexpr (std::is_enum_v<Value>) {
    out << static_cast<long long>(value);
  } else if constexpr (std::is_same_v<Value, duration>) {
    out << value.count() << " ns";
  } else if constexpr (std::is_same_v<Value, names>) {
    for (const std::string& each : value) out << each << ' ';
  } else {
    out << value;
  }
}

template <class Seen, class Expected>
void expect_equal(const Seen& seen, const Expected& expected, const char* text, int line) {
  if (seen == expected) return;
  std::ostringstream message;
  message << "line " << line << ": " << text << " is ";
  show(message, seen);
  message << ", expected ";
  show(message, expected);
  end_as_failed(message.str());
}

inline void expect_true(bool holds, const char* text, int line) {
  if (!holds) end_as_failed("line " + std::to_string(line) + ": not true: " + text);
}

}  // namespace pinwheel::conformance

#define EXPECT_THAT(...) ::pinwheel::conformance::expect_true(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__, __LINE__)
#define EXPECT_SAME(seen, ...) ::pinwheel::conformance::expect_equal(seen, __VA_ARGS__, #seen, __LINE__)
#define EXPECT_TRACE(...) \
  ::pinwheel::conformance::expect_equal(at.trace, ::pinwheel::conformance::names{__VA_ARGS__}, "the trace", __LINE__)

#define CONFORMS(name, sentence, ...)                                                                          \
  static void name(::pinwheel::conformance::scene& at);                                                        \
  static const ::pinwheel::conformance::registered name##_registered({#name, sentence, {__VA_ARGS__}, &name}); \
  static void name([[maybe_unused]] ::pinwheel::conformance::scene& at)
