// Programs and traces as people read them.
#pragma once

#include <algorithm>
#include <array>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>

#include "player.h"
#include "program.h"

namespace pinwheel::testing::model {

inline std::string text_of(reasons why) {
  static constexpr std::array<std::string_view, 7> names{"readable", "writable", "closed", "failed",
                                                         "timeout",  "signal",   "user"};
  std::string all;
  for (std::size_t bit = 0; bit < names.size(); ++bit) {
    if ((static_cast<unsigned>(why) >> bit & 1) != 0) all.append(all.empty() ? "" : "|").append(names[bit]);
  }
  return all.empty() ? "none" : all;
}

inline std::string text_of(interest watched) {
  std::string all;
  if (any(watched, interest::read)) all += "read ";
  if (any(watched, interest::write)) all += "write ";
  if (any(watched, interest::edge)) all += "edge ";
  return all;
}

inline std::string text_of_flags(int flags) {
  std::string all;
  if ((flags & static_cast<int>(loop_flags::once)) != 0) all += "once ";
  if ((flags & static_cast<int>(loop_flags::nonblock)) != 0) all += "nonblock ";
  if ((flags & static_cast<int>(loop_flags::stay)) != 0) all += "stay ";
  return all.substr(0, all.empty() ? 0 : all.size() - 1);
}

inline std::string_view name_of(verb what) {
  static constexpr std::array<std::string_view, verbs> names{"add",
                                                             "add(timeout)",
                                                             "add_at",
                                                             "remove",
                                                             "remove_timeout",
                                                             "activate",
                                                             "activate_later",
                                                             "set_priority",
                                                             "set_repeat",
                                                             "finalize",
                                                             "destroy",
                                                             "delete_later",
                                                             "create",
                                                             "send activate",
                                                             "send add",
                                                             "send add(timeout)",
                                                             "send remove",
                                                             "remove_async",
                                                             "elsewhere activate",
                                                             "loop",
                                                             "loop_exit",
                                                             "loop_break",
                                                             "loop_continue",
                                                             "send exit",
                                                             "send break",
                                                             "send continue",
                                                             "elsewhere break",
                                                             "hold",
                                                             "release",
                                                             "refresh_time",
                                                             "set_priorities",
                                                             "reset_maxima",
                                                             "post",
                                                             "elsewhere post",
                                                             "after",
                                                             "once(timeout)",
                                                             "once(descriptor)",
                                                             "watch",
                                                             "unwatch",
                                                             "set_ready",
                                                             "set_ready_at",
                                                             "activate_descriptor",
                                                             "pass_time",
                                                             "throw"};
  return names[static_cast<std::size_t>(what)];
}

inline std::string text_of(const operation& what) {
  std::ostringstream out;
  out << name_of(what.what);
  if (is_of_event(what.what)) out << " event " << what.target;
  if (is_of_task(what.what)) out << " task " << what.target;
  if (takes_reasons(what.what)) out << " for " << text_of(static_cast<reasons>(what.amount));
  if (is_amount_a_time(what.what)) out << " in " << what.amount << " ms";
  switch (what.what) {
    case verb::set_priority:
    case verb::set_repeat:
    case verb::set_priorities:
      out << " to " << what.amount;
      break;
    case verb::send_remove_async:
      out << " then task " << what.amount;
      break;
    case verb::loop:
      out << "(" << text_of_flags(what.amount) << ")";
      break;
    case verb::once_ready:
      out << " for descriptor " << what.amount;
      if (what.when >= 0) out << " or in " << what.when << " ms";
      break;
    case verb::watch:
    case verb::unwatch:
      out << (is_prepare(what.target) ? " prepare " : " check ") << what.target;
      break;
    case verb::set_ready:
    case verb::set_ready_at:
    case verb::activate_descriptor:
      out << " descriptor " << what.target << " " << text_of(static_cast<reasons>(what.amount));
      if (what.what == verb::set_ready_at) out << " in " << what.when << " ms";
      break;
    default:
      break;
  }
  return out.str();
}

inline void print_script(std::ostream& out, const std::string& head, const script& what) {
  if (what.empty()) return;
  out << head << ":\n";
  for (const operation& each : what) out << "    " << text_of(each) << "\n";
}

inline void showValue(const program& what, std::ostream& out) {  // NOLINT: RapidCheck's spelling.
  const dispatch_options& by = what.dispatch;
  out << what.priorities << " priorities, " << (by.policy == dispatch_policy::strict ? "strict" : "aged");
  if (by.policy == dispatch_policy::aged) {
    out << " (interval " << by.aging_interval << ", bound " << by.aging_bound / std::chrono::milliseconds(1) << " ms)";
  }
  if (by.pass_callbacks_max != 0) out << ", a pass has " << by.pass_callbacks_max << " callbacks";
  if (by.pass_time_max != duration::zero()) {
    out << ", a pass lasts " << by.pass_time_max / std::chrono::milliseconds(1) << " ms";
  }
  if (by.budget_from_priority != 0) out << ", budgets from priority " << by.budget_from_priority;
  if (!what.cache_time) out << ", time not cached";
  out << "\n";
  for (std::size_t at = 0; at < what.events.size(); ++at) {
    const event_plan& each = what.events[at];
    out << "event " << at << ": " << (each.life == event_life::one_shot ? "one-shot" : "persistent") << ", priority "
        << each.priority;
    if (each.descriptor >= 0) out << ", descriptor " << each.descriptor << " for " << text_of(each.watched);
    out << "\n";
  }
  print_script(out, "outside of the loop", what.outside);
  for (std::size_t at = 0; at < what.events.size(); ++at) {
    for (std::size_t run = 0; run < what.events[at].runs.size(); ++run) {
      print_script(out, "  event " + std::to_string(at) + ", run " + std::to_string(run + 1),
                   what.events[at].runs[run]);
    }
  }
  for (std::size_t at = 0; at < what.tasks.size(); ++at) {
    print_script(out, "  task " + std::to_string(at), what.tasks[at]);
  }
  for (int at = 0; at < watchers_max; ++at) {
    for (std::size_t run = 0; run < what.watcher_runs[at].size(); ++run) {
      print_script(out, "  watcher " + std::to_string(at) + ", run " + std::to_string(run + 1),
                   what.watcher_runs[at][run]);
    }
  }
}

inline double milliseconds_of(time_point when) {
  return static_cast<double>((when - virtual_clock().now()).count()) / 1e6;
}

inline std::string text_of_answer(const operation& done, int answer) {
  static constexpr std::array<std::string_view, 6> results{"threw",         "left",           "left_active",
                                                           "nothing_to_do", "backend_failed", "refused"};
  if (done.what == verb::loop) return " -> " + std::string(results[static_cast<std::size_t>(answer + 1)]);
  return answer == 0 ? "" : " -> " + std::to_string(answer);
}

inline std::string text_of(const std::string& head, const counts_view& counts) {
  return "," + head + " " + std::to_string(counts.added) + " added " + std::to_string(counts.active) + " active " +
         std::to_string(counts.holds) + " holds";
}

inline std::string text_of(const trace_line& line) {
  std::ostringstream out;
  switch (line.what) {
    case trace_line::kind::performed:
      out << text_of(line.done) << text_of_answer(line.done, line.number);
      break;
    case trace_line::kind::skipped:
      out << "(skipped " << text_of(line.done) << ")";
      break;
    case trace_line::kind::event_runs:
      out << "event " << line.number << " runs: " << text_of(line.why);
      break;
    case trace_line::kind::task_runs:
      out << "task " << line.number << " runs: " << text_of(line.why);
      break;
    case trace_line::kind::watcher_runs:
      out << "watcher " << line.number << " runs";
      if (is_prepare(line.number)) out << ", the wait is ";
      if (line.wait) out << static_cast<double>(line.wait->count()) / 1e6 << " ms";
      break;
    case trace_line::kind::finalizer_runs:
      out << "the finalizer of event " << line.number << " runs";
      break;
    case trace_line::kind::broken_off:
      out << "broken off: too many callbacks";
      break;
  }
  const event_view& event = line.event;
  if (event.exists) {
    out << " [" << (event.pending ? "pending " : "") << (event.active ? "active " : "") << (event.timed ? "timed " : "")
        << (event.finalized ? "finalized " : "") << (event.deletable ? "" : "doomed ") << "priority " << event.priority
        << "]";
  }
  const base_view& base = line.base;
  out << " at " << milliseconds_of(base.clock) << " ms, now " << milliseconds_of(base.now);
  if (base.next_deadline) out << ", next " << milliseconds_of(*base.next_deadline);
  out << text_of("", base.counts) << text_of(" at most", base.maxima);
  if (base.running != nobody) out << ", running " << base.running;
  if (base.got_exit) out << ", got exit";
  if (base.got_break) out << ", got break";
  return out.str();
}

// Where two traces part, with what came before; empty when they do not.
inline std::string difference(const trace& model, const trace& base) {
  constexpr std::size_t lines_before = 12;
  const std::size_t common = std::min(model.size(), base.size());
  std::size_t at = 0;
  while (at < common && model[at] == base[at]) ++at;
  if (at == model.size() && at == base.size()) return {};
  std::ostringstream out;
  out << "model and base differ:\n";
  for (std::size_t line = at > lines_before ? at - lines_before : 0; line < at; ++line) {
    out << "  both:  " << text_of(model[line]) << "\n";
  }
  out << "  model: " << (at < model.size() ? text_of(model[at]) : "(ends)") << "\n";
  out << "  base:  " << (at < base.size() ? text_of(base[at]) : "(ends)") << "\n";
  return out.str();
}

}  // namespace pinwheel::testing::model
