// Random programs, on the reference model and on an event base: all that can be seen must be the same (SEMANTICS, every
// rule that one thread can see).
#include <gtest/gtest.h>

#include <cstddef>
#include <iostream>
#include <string>
#include <vector>

#include "author.h"
#include "base_subject.h"
#include "coverage.h"
#include "event_condition.h"
#include "many.h"
#include "player.h"
#include "program_text.h"
#include "reference_base.h"
#include "smaller.h"

namespace pinwheel::testing::model {
namespace {

rc::Gen<program> any_program() {
  return [](const rc::Random& random, int) {
    return rc::shrinkable::shrinkRecur(author::write(random), [](const program& failing) {
      return rc::seq::fromContainer(smaller_programs::of(failing));
    });
  };
}

constexpr std::size_t first_of_base = static_cast<std::size_t>(verb::loop);
std::size_t row_of(verb what) { return static_cast<std::size_t>(what) - first_of_base; }

coverage_table make_event_table() {
  std::vector<std::string> operations;
  for (int each = 0; is_of_event(static_cast<verb>(each)); ++each) {
    operations.emplace_back(name_of(static_cast<verb>(each)));
  }
  coverage_table table("Operations of an event, by its state", operations, event_condition_names());
  for (std::size_t operation = 0; operation < operations.size(); ++operation) {
    const auto what = static_cast<verb>(operation);
    for (std::size_t state = 0; state < event_condition_names().size(); ++state) {
      const auto condition = static_cast<event_condition>(state);
      const bool gone = condition == event_condition::destroyed || condition == event_condition::running_destroyed;
      if (what == verb::create && !gone) table.impossible(operation, state, "its place is taken");
      if (what != verb::create && !is_sent_to_event(what) && gone) {
        table.impossible(operation, state, "there is no object to call");
      }
      const bool finalized = condition == event_condition::doomed || condition == event_condition::finalized;
      if (what == verb::finalize && finalized) table.impossible(operation, state, "it is finalized once");
      if ((what == verb::destroy || what == verb::delete_later) && condition == event_condition::doomed) {
        table.impossible(operation, state, "the base owns it");
      }
    }
  }
  return table;
}

// The states that a base can be in, as far as they matter to what is asked of it.
enum class base_condition : unsigned char { empty, waiting, active, stopping, in_event, in_task, in_watcher };

std::vector<std::string> base_condition_names() {
  return {"outside, with nothing to do",
          "outside, with something registered",
          "outside, with something active",
          "outside, asked to stop",
          "in an event's callback",
          "in a task",
          "in a watcher"};
}

base_condition condition_of(const reference_base& base) {
  if (base.is_looping() && base.called() == nobody) return base_condition::in_watcher;
  if (base.is_looping()) return base.called() >= first_task ? base_condition::in_task : base_condition::in_event;
  if (base.is_asked_to_stop()) return base_condition::stopping;
  const counts_view counts = base.look_at_base().counts;
  if (counts.active != 0) return base_condition::active;
  return counts.added + counts.holds != 0 ? base_condition::waiting : base_condition::empty;
}

coverage_table make_base_table() {
  std::vector<std::string> operations;
  for (std::size_t each = first_of_base; each < verbs; ++each) {
    operations.emplace_back(name_of(static_cast<verb>(each)));
  }
  coverage_table table("Operations of a base and of its world, by its state", operations, base_condition_names());
  for (const auto outside :
       {base_condition::empty, base_condition::waiting, base_condition::active, base_condition::stopping}) {
    table.impossible(row_of(verb::throw_out), static_cast<std::size_t>(outside), "no callback runs");
  }
  const std::string by_watchers = "left out: a watcher that continues every turn never lets a callback run";
  table.impossible(row_of(verb::loop_continue), static_cast<std::size_t>(base_condition::in_watcher), by_watchers);
  table.impossible(row_of(verb::send_continue), static_cast<std::size_t>(base_condition::in_watcher), by_watchers);
  table.impossible(row_of(verb::release), static_cast<std::size_t>(base_condition::empty), "nothing holds it");
  return table;
}

// Plays on the model and counts what meets what.
class counting_player final : public player {
 public:
  counting_player(const program& plan, coverage_table& events, coverage_table& bases)
      : player(plan), events_(events), bases_(bases) {}

  const trace& play_on_model() {
    reference_base model(plan(), *this);
    model_ = &model;
    return play(model);
  }

 private:
  void about_to_perform(const operation& next) override {
    if (!is_of_event(next.what)) return bases_.hit(row_of(next.what), static_cast<std::size_t>(condition_of(*model_)));
    events_.hit(static_cast<std::size_t>(next.what), static_cast<std::size_t>(condition_of(*model_, next.target)));
  }

  coverage_table& events_;
  coverage_table& bases_;
  reference_base* model_ = nullptr;
};

TEST(event_base_model_test, a_base_does_what_the_model_does) {
  coverage_table events = make_event_table();
  coverage_table bases = make_base_table();
  const auto same = [&](const program& plan) {
    counting_player on_model(plan, events, bases);
    const trace& expected = on_model.play_on_model();
    player on_base(plan);
    base_subject base(plan, on_base);
    const std::string differs = difference(expected, on_base.play(base));
    if (!differs.empty()) RC_FAIL(differs);
  };
  // Thousands of programs, and more while a cell of the tables has been met too seldom.
  constexpr int programs_in_a_batch = 2000;
  constexpr int batches_min = 2;
  constexpr int batches_max = 10;
  std::string faults;
  for (int batch = 0; batch < batches_max && (batch < batches_min || !faults.empty()); ++batch) {
    check_many(programs_in_a_batch, batch, any_program(), same);
    if (HasFailure() || is_reproducing()) return;
    faults = events.faults() + bases.faults();
  }
  events.print(std::cout);
  bases.print(std::cout);
  EXPECT_TRUE(faults.empty()) << faults;
}

}  // namespace
}  // namespace pinwheel::testing::model
