// What event_base tells of its inside (SEMANTICS D1 to D6).
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"
#include "pinwheel/reactor/mailbox.h"

namespace pinwheel {
inline namespace v0 {
namespace {

struct named_flag {
  unsigned flag;
  const char* name;
};

constexpr named_flag interest_names[] = {{1 << 0, "read"}, {1 << 1, "write"}, {1 << 2, "closed"}, {1 << 3, "edge"}};
constexpr named_flag reason_names[] = {{1 << 0, "readable"}, {1 << 1, "writable"}, {1 << 2, "closed"},
                                       {1 << 3, "failed"},   {1 << 4, "timeout"},  {1 << 5, "signal"},
                                       {1 << 6, "user"}};

template <class Set, std::size_t Size>
std::string flags_of(Set set, const named_flag (&names)[Size], const char* separator) {
  std::string listed;
  for (const named_flag& each : names) {
    if ((static_cast<unsigned>(set) & each.flag) != 0)
      absl::StrAppend(&listed, listed.empty() ? "" : separator, each.name);
  }
  return listed;
}

const char* source_name(event_state::source source) {
  switch (source) {
    case event_state::source::descriptor:
      return "descriptor";
    case event_state::source::signal:
      return "signal";
    case event_state::source::none:
      break;
  }
  return "none";
}

std::int64_t nanoseconds(duration time) { return time.count(); }
std::int64_t nanoseconds(time_point time) { return time.time_since_epoch().count(); }

void append_line(std::string& text, const event_state& seen) {
  absl::StrAppend(&text, "  ", source_name(seen.waits_for));
  if (seen.number >= 0) absl::StrAppend(&text, " ", seen.number);
  if (seen.watched != interest::none) absl::StrAppend(&text, " [", flags_of(seen.watched, interest_names, " "), "]");
  absl::StrAppend(&text, ", ", seen.life == event_life::persistent ? "persistent" : "one-shot", ", priority ",
                  seen.priority);
  if (seen.added) absl::StrAppend(&text, ", added");
  if (seen.deadline) absl::StrAppend(&text, ", due at ", nanoseconds(*seen.deadline), " ns");
  if (seen.active) absl::StrAppend(&text, ", active [", flags_of(seen.why, reason_names, " "), "]");
  absl::StrAppend(&text, "\n");
}

template <class Time>
std::string number_or_null(const std::optional<Time>& time) {
  return time ? absl::StrCat(nanoseconds(*time)) : "null";
}

// Nothing here needs escaping: every string is one of ours.
std::string json_of(const event_state& seen) {
  const auto truth = [](bool is) { return is ? "true" : "false"; };
  const auto array = [](const std::string& listed) {
    return listed.empty() ? "[]" : absl::StrCat("[\"", listed, "\"]");
  };
  return absl::StrCat("{\"waits_for\":\"", source_name(seen.waits_for), "\",\"number\":", seen.number,
                      ",\"watched\":", array(flags_of(seen.watched, interest_names, "\",\"")),
                      ",\"persistent\":", truth(seen.life == event_life::persistent), ",\"priority\":", seen.priority,
                      ",\"added\":", truth(seen.added), ",\"active\":", truth(seen.active),
                      ",\"why\":", array(flags_of(seen.why, reason_names, "\",\"")),
                      ",\"deadline_ns\":", number_or_null(seen.deadline),
                      ",\"interval_ns\":", number_or_null(seen.interval), "}");
}

std::string json_of(const event_counts& counts) {
  return absl::StrCat("{\"added\":", counts.added, ",\"active\":", counts.active, ",\"holds\":", counts.holds, "}");
}

}  // namespace

event_counts event_base::counts() const {
  assert_on_loop("event_base::counts");
  return {registry_.added().value(), queues_.counted(), holds_.value()};
}

event_counts event_base::maxima() const {
  assert_on_loop("event_base::maxima");
  return {registry_.added().maximum(), queues_.counted_maximum(), holds_.maximum()};
}

void event_base::reset_maxima() {
  assert_on_loop("event_base::reset_maxima");
  registry_.added().reset_maximum();
  queues_.reset_counted_maximum();
  holds_.reset_maximum();
}

void event_base::for_each_event(absl::FunctionRef<bool(event&)> visit) const {
  assert_on_loop("event_base::for_each_event");
  for (event* each = registry_.first(); each != nullptr; each = registry_.after(*each)) {
    if (each->is_pending() && !visit(*each)) return;
  }
}

std::string event_base::dump() const {
  const event_counts now = counts();
  const event_counts most = maxima();
  std::string text =
      absl::StrCat("base ", number(), " over ", std::string(backend_name()), ", ", priorities(), " priorities\n",
                   now.added, " added (at most ", most.added, "), ", now.active, " active (at most ", most.active,
                   "), ", now.holds, " holds (at most ", most.holds, ")\n");
  for_each_event([&](const event& each) {
    append_line(text, each.state());
    return true;
  });
  return text;
}

std::string event_base::dump_json() const {
  std::string events;
  for_each_event([&](const event& each) {
    absl::StrAppend(&events, events.empty() ? "" : ",", json_of(each.state()));
    return true;
  });
  return absl::StrCat("{\"number\":", number(), ",\"backend\":\"", std::string(backend_name()),
                      "\",\"priorities\":", priorities(), ",\"counts\":", json_of(counts()),
                      ",\"maxima\":", json_of(maxima()), ",\"next_deadline_ns\":", number_or_null(next_deadline()),
                      ",\"events\":[", events, "]}");
}

event* event_base::running_event() const {
  assert_on_loop("event_base::running_event");
  return running_event_;
}

event* event_base::find(event_ref which) const {
  assert_on_loop("event_base::find");
  return slots_.find(which);
}

std::size_t event_base::notifications() const noexcept { return mailbox_->notifications(); }

void event_base::validate() const {
  assert_on_loop("event_base::validate");
  queues_.validate();
  timers_.validate();
  descriptors_.validate();
  registry_.validate();
}

}  // namespace v0
}  // namespace pinwheel
