#include "pinwheel/framework/http/router.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "pinwheel/framework/http/request.h"
#include "pinwheel/framework/http/response.h"

namespace pinwheel::http {
namespace {

const handler ignored = [](const request&, response&) {};

// "method path" for what was found; else how it was not.
std::string find(const router& routes, method wanted, std::string_view path) {
  route_match match;
  routes.find(wanted, path, match);
  switch (match.outcome) {
    case route_outcome::not_found:
      return "not found";
    case route_outcome::bad_path:
      return "bad path";
    case route_outcome::method_not_allowed:
      return "allowed: " + allow_value(match.allowed);
    case route_outcome::found:
      break;
  }
  std::string found = "found";
  for (std::size_t i = 0; i < match.to->parameter_names.size(); ++i) {
    found.append(" ").append(match.to->parameter_names[i]).append("=").append(match.parameters[i]);
  }
  return found;
}

TEST(router_test, a_literal_path_is_found_exactly) {
  router routes;
  routes.get("/", ignored);
  routes.get("/a/b", ignored);
  routes.get("/a/b/", ignored);
  EXPECT_EQ(find(routes, method::get, "/"), "found");
  EXPECT_EQ(find(routes, method::get, "/a/b"), "found");
  EXPECT_EQ(find(routes, method::get, "/a/b/"), "found");
  EXPECT_EQ(find(routes, method::get, "/a"), "not found");
  EXPECT_EQ(find(routes, method::get, "/a/b/c"), "not found");
  EXPECT_EQ(find(routes, method::get, "/A/b"), "not found");
  EXPECT_EQ(find(routes, method::get, "//a/b"), "not found");
}

TEST(router_test, a_parameter_takes_one_segment_that_is_not_empty) {
  router routes;
  routes.get("/users/{id}/posts/{post}", ignored);
  EXPECT_EQ(find(routes, method::get, "/users/7/posts/x-1"), "found id=7 post=x-1");
  EXPECT_EQ(find(routes, method::get, "/users//posts/1"), "not found");
  EXPECT_EQ(find(routes, method::get, "/users/7/posts/"), "not found");
  EXPECT_EQ(find(routes, method::get, "/users/7/8/posts/1"), "not found");
}

TEST(router_test, escapes_are_decoded_before_segments_are_compared) {
  router routes;
  routes.get("/hello", ignored);
  routes.get("/hello/{name}", ignored);
  EXPECT_EQ(find(routes, method::get, "/h%65llo"), "found");
  EXPECT_EQ(find(routes, method::get, "/hello/Zo%C3%AB%20B"), "found name=Zo\xC3\xAB B");
  EXPECT_EQ(find(routes, method::get, "/hello/a+b"), "found name=a+b");
}

TEST(router_test, what_path_traversal_lives_on_is_a_bad_path) {
  router routes;
  routes.get("/files/{name}", ignored);
  for (const std::string_view path : {"/files/..", "/files/%2e%2e", "/files/.%2E", "/files/.", "/files/a%2Fb",
                                      "/files/%2e%2e%2fetc", "/files/%", "/files/%4", "/files/%zz", "/files/%00"}) {
    EXPECT_EQ(find(routes, method::get, path), "bad path") << path;
  }
  EXPECT_EQ(find(routes, method::get, "/nothing/here/%zz"), "bad path");
  EXPECT_EQ(find(routes, method::get, "/files/..a"), "found name=..a");
}

TEST(router_test, a_literal_goes_before_a_parameter) {
  router routes;
  routes.get("/users/{id}", ignored);
  routes.get("/users/me", ignored);
  EXPECT_EQ(find(routes, method::get, "/users/me"), "found");
  EXPECT_EQ(find(routes, method::get, "/users/you"), "found id=you");
}

TEST(router_test, a_literal_that_leads_nowhere_gives_way_to_a_parameter) {
  router routes;
  routes.get("/a/{x}/c", ignored);
  routes.get("/{y}/b/d", ignored);
  routes.post("/a/b/d", ignored);
  EXPECT_EQ(find(routes, method::get, "/a/b/d"), "found y=a");
  EXPECT_EQ(find(routes, method::get, "/a/b/c"), "found x=b");
}

TEST(router_test, a_known_path_names_the_methods_it_allows) {
  router routes;
  routes.get("/thing", ignored);
  routes.put("/{any}", ignored);
  EXPECT_EQ(find(routes, method::delete_, "/thing"), "allowed: GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(find(routes, method::post, "/other"), "allowed: PUT, OPTIONS");
  EXPECT_EQ(find(routes, method::trace, "/thing"), "allowed: GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(find(routes, method::other, "/nothing/else"), "not found");
}

TEST(router_test, head_is_answered_by_get_unless_it_has_a_route_of_its_own) {
  router routes;
  routes.get("/one/{from_get}", ignored);
  routes.get("/two/{from_get}", ignored);
  routes.head("/two/{from_head}", ignored);
  EXPECT_EQ(find(routes, method::head, "/one/x"), "found from_get=x");
  EXPECT_EQ(find(routes, method::head, "/two/x"), "found from_head=x");
}

TEST(router_test, any_takes_the_methods_that_have_no_route_of_their_own) {
  router routes;
  routes.any("/{rest}", ignored);
  routes.post("/{posted}", ignored);
  EXPECT_EQ(find(routes, method::patch, "/x"), "found rest=x");
  EXPECT_EQ(find(routes, method::post, "/x"), "found posted=x");
  EXPECT_EQ(find(routes, method::other, "/x"), "allowed: GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS");
}

TEST(router_test, a_path_of_more_segments_than_any_pattern_may_have_is_not_found) {
  router routes;
  routes.get("/{first}", ignored);
  std::string path;
  for (std::size_t i = 0; i <= path_segments_max; ++i) path += "/x";
  EXPECT_EQ(find(routes, method::get, path), "not found");
}

TEST(router_test, a_match_can_be_filled_again_and_again) {
  router routes;
  routes.get("/long/{a}/{b}", ignored);
  routes.get("/short", ignored);
  route_match match;
  routes.find(method::get, "/long/%41/2", match);
  ASSERT_EQ(match.outcome, route_outcome::found);
  EXPECT_EQ(match.parameters[0], "A");
  routes.find(method::get, "/nowhere", match);
  EXPECT_EQ(match.outcome, route_outcome::not_found);
  EXPECT_EQ(match.to, nullptr);
  routes.find(method::get, "/short", match);
  EXPECT_EQ(match.outcome, route_outcome::found);
}

struct refused_pattern {
  std::string_view pattern;
  const char* message;
};

class router_death_test : public testing::TestWithParam<refused_pattern> {};

TEST_P(router_death_test, a_malformed_pattern_aborts_with_its_reason) {
  router routes;
  EXPECT_DEATH(routes.get(GetParam().pattern, ignored), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    patterns, router_death_test,
    testing::Values(refused_pattern{"", "does not begin with '/'"},
                    refused_pattern{"users", "'users' cannot be registered"},
                    refused_pattern{"/{}", "a parameter's name"}, refused_pattern{"/{a-b}", "a parameter's name"},
                    refused_pattern{"/{a", "a segment is either"}, refused_pattern{"/x{a}", "a segment is either"},
                    refused_pattern{"/a b", "a segment is either"}, refused_pattern{"/a?b", "a segment is either"},
                    refused_pattern{"/%41", "a segment is either"}, refused_pattern{"/a/../b", "a segment is either"},
                    refused_pattern{"/{a}/{a}", "two parameters have one name"}));

TEST(router_death_test, the_same_method_and_form_twice_aborts) {
  router routes;
  routes.get("/users/{id}", ignored);
  routes.post("/users/{name}", ignored);
  EXPECT_DEATH(routes.get("/users/{name}", ignored), "'/users/.name.' cannot be registered: the same method");
}

TEST(router_death_test, an_empty_handler_aborts) {
  router routes;
  EXPECT_DEATH(routes.get("/", nullptr), "its handler is empty");
}

}  // namespace
}  // namespace pinwheel::http
