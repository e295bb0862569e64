// SEMANTICS I10: which backend a base runs on.
#include "pinwheel/reactor/backend_choice.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "pinwheel/reactor/base/log.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel::testing {
namespace {

class backend_choice_test : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const char* set = std::getenv(avoid_backends_variable); set != nullptr) before_ = set;
    ::unsetenv(avoid_backends_variable);
    logged().clear();
    hook_before_ = set_log_hook([](log_level, std::string_view line) { logged().emplace_back(line); });
  }
  void TearDown() override {
    set_log_hook(hook_before_);
    if (before_.empty()) {
      ::unsetenv(avoid_backends_variable);
    } else {
      avoid_in_environment(before_.c_str());
    }
  }

  static void avoid_in_environment(const char* names) { ::setenv(avoid_backends_variable, names, 1); }

  static std::vector<std::string>& logged() {
    static std::vector<std::string> lines;
    return lines;
  }

  static std::string chosen(const backend_wishes& wishes) {
    const auto made = choose_backend(wishes, {});
    return made.ok() ? std::string((*made)->name()) : made.status().ToString();
  }

 private:
  std::string before_;
  log_hook hook_before_ = nullptr;
};

TEST_F(backend_choice_test, I10_the_best_is_chosen_unless_one_is_named) {
  EXPECT_EQ(chosen({}), "epoll");
  EXPECT_EQ(chosen({.name = "auto"}), "epoll");
  EXPECT_EQ(chosen({.name = "epoll"}), "epoll");
  EXPECT_EQ(chosen({.name = "poll"}), "poll");
}

TEST_F(backend_choice_test, I10_a_backend_to_avoid_gives_way_to_the_next) {
  EXPECT_EQ(chosen({.avoid = {"epoll"}}), "poll");
}

TEST_F(backend_choice_test, I10_a_required_feature_decides) {
  EXPECT_EQ(chosen({.required = backend_features::early_close}), "epoll");
  EXPECT_EQ(chosen({.required = backend_features::edge_triggered | backend_features::constant_time}), "epoll");
  EXPECT_EQ(chosen({.required = backend_features::any_descriptor}), "poll");
}

TEST_F(backend_choice_test, I10_the_environment_decides_for_a_program_that_does_not_ask) {
  avoid_in_environment("epoll");
  EXPECT_EQ(chosen({}), "poll");
  avoid_in_environment("poll,,epoll,");
  EXPECT_EQ(chosen({}),
            "FAILED_PRECONDITION: no backend is left: epoll is to be avoided by PINWHEEL_AVOID_BACKENDS; "
            "poll is to be avoided by PINWHEEL_AVOID_BACKENDS");
}

TEST_F(backend_choice_test, I10_an_unknown_name_in_the_environment_is_logged_and_means_nothing) {
  avoid_in_environment("kqueue,epoll");
  EXPECT_EQ(chosen({}), "poll");
  ASSERT_EQ(logged().size(), 1U);
  EXPECT_EQ(
      logged()[0],
      "PINWHEEL_AVOID_BACKENDS: there is no backend \"kqueue\"; the backends are: epoll, poll, or \"auto\" for the "
      "best of them");
}

TEST_F(backend_choice_test, I10_an_unknown_name_is_refused_with_those_that_are_known) {
  EXPECT_EQ(
      chosen({.name = "kqueue"}),
      "INVALID_ARGUMENT: there is no backend \"kqueue\"; the backends are: epoll, poll, or \"auto\" for the best of "
      "them");
  EXPECT_EQ(
      chosen({.avoid = {"devpoll"}}),
      "INVALID_ARGUMENT: to be avoided: there is no backend \"devpoll\"; the backends are: epoll, poll, or \"auto\" "
      "for the best of them");
}

TEST_F(backend_choice_test, I10_when_none_is_left_the_message_says_why_of_each) {
  EXPECT_EQ(
      chosen({.avoid = {"epoll"}, .required = backend_features::edge_triggered | backend_features::constant_time}),
      "FAILED_PRECONDITION: no backend is left: epoll is to be avoided; poll lacks edge_triggered, constant_time");
  EXPECT_EQ(chosen({.name = "epoll", .required = backend_features::any_descriptor}),
            "FAILED_PRECONDITION: no backend is left: epoll lacks any_descriptor");
  EXPECT_EQ(chosen({.name = "poll", .avoid = {"poll"}}),
            "FAILED_PRECONDITION: no backend is left: poll is to be avoided");
}

TEST_F(backend_choice_test, I10_a_base_passes_its_options_on) {
  EXPECT_EQ(event_base::create({}).value()->backend_name(), "epoll");
  EXPECT_EQ(event_base::create({.avoid_backends = {"epoll"}}).value()->backend_name(), "poll");
  EXPECT_EQ(event_base::create({.required_features = backend_features::any_descriptor}).value()->backend_name(),
            "poll");
  EXPECT_EQ(
      event_base::create({.backend = "poll", .required_features = backend_features::edge_triggered}).status().code(),
      absl::StatusCode::kFailedPrecondition);
}

TEST_F(backend_choice_test, I10_what_a_backend_offers_is_what_its_choice_goes_by) {
  for (const char* name : {"epoll", "poll"}) {
    const auto made = choose_backend({.name = name}, {}).value();
    EXPECT_EQ(chosen({.name = name, .required = made->features()}), name);
  }
}

}  // namespace
}  // namespace pinwheel::testing
