// However a stream of bytes is cut, the parser's answer is the same, and so is the work within a factor.

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "parse_helpers.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

using namespace std::string_view_literals;

using outcome = parse_result::outcome;

// Small, so that inputs of a few hundred bytes reach them.
parse_limits small_limits() {
  parse_limits limits;
  limits.request_line_bytes_max = 80;
  limits.header_bytes_max = 400;
  limits.fields_max = 6;
  return limits;
}

const std::vector<std::string>& inputs() {
  static const std::vector<std::string> all = {
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "\r\n\r\nPOST /a?b HTTP/1.1\r\nHost: a:1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX: \t a \tb\t\r\n\r\n",
      "GET http://b HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.1\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n",
      "GET / HTTP/1.1\r\nX: 1\r\n\r\n",
      "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
      "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\nF: 6\r\n\r\n",
      "GET /" + std::string(200, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(600, 'x') + "\r\n\r\n",
      "\x16\x03\x01",
      "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\r\n\r\n",
  };
  return all;
}

// The answer to the bytes offered in pieces that end at `cuts`, and then to all of them.
struct piecewise {
  parse_result result;
  std::size_t offered = 0;
};

// A loop has one head for all its connections: between two calls, another request is read into it.
void use_for_another_request(request_head& head) {
  parse_progress progress;
  parse_request_head("PUT /other?q HTTP/1.0\r\nA: 1\r\nB: 2\r\nContent-Length: 9\r\n\r\n", {}, progress, head);
}

piecewise parse_in_pieces(const std::string& input, const std::vector<std::size_t>& cuts, request_head& head) {
  parse_progress progress;
  piecewise answer;
  for (const std::size_t cut : cuts) {
    use_for_another_request(head);
    answer.offered = cut;
    answer.result = parse_request_head(std::string_view(input).substr(0, cut), small_limits(), progress, head);
    if (answer.result.kind != outcome::need_more) return answer;
  }
  use_for_another_request(head);
  answer.offered = input.size();
  answer.result = parse_request_head(input, small_limits(), progress, head);
  return answer;
}

void expect_same_head(const request_head& actual, const request_head& expected) {
  EXPECT_EQ(actual.method(), expected.method());
  EXPECT_EQ(actual.target().data(), expected.target().data());
  EXPECT_EQ(actual.path(), expected.path());
  EXPECT_EQ(actual.query(), expected.query());
  EXPECT_EQ(actual.host(), expected.host());
  EXPECT_EQ(actual.minor_version(), expected.minor_version());
  EXPECT_EQ(actual.content_length(), expected.content_length());
  EXPECT_EQ(actual.chunked(), expected.chunked());
  EXPECT_EQ(actual.keep_alive(), expected.keep_alive());
  EXPECT_EQ(actual.expect_continue(), expected.expect_continue());
  ASSERT_EQ(actual.fields().size(), expected.fields().size());
  for (std::size_t i = 0; i < actual.fields().size(); ++i) {
    EXPECT_EQ(actual.fields()[i].name.data(), expected.fields()[i].name.data());
    EXPECT_EQ(actual.fields()[i].name, expected.fields()[i].name);
    EXPECT_EQ(actual.fields()[i].value, expected.fields()[i].value);
  }
}

void expect_same_as_whole(const std::string& input, const std::vector<std::size_t>& cuts) {
  request_head whole_head;
  parse_progress progress;
  const parse_result whole = parse_request_head(input, small_limits(), progress, whole_head);
  request_head pieces_head;
  const parse_result pieces = parse_in_pieces(input, cuts, pieces_head).result;
  ASSERT_EQ(pieces.kind, whole.kind);
  EXPECT_EQ(pieces.status, whole.status);
  EXPECT_EQ(pieces.head_bytes, whole.head_bytes);
  if (whole.kind == outcome::complete) expect_same_head(pieces_head, whole_head);
}

std::vector<std::size_t> every_byte(std::size_t size) {
  std::vector<std::size_t> cuts;
  for (std::size_t i = 0; i < size; ++i) cuts.push_back(i);
  return cuts;
}

TEST(parse_cuts_test, one_cut_anywhere_changes_nothing) {
  for (const std::string& input : inputs()) {
    SCOPED_TRACE(input);
    for (std::size_t cut = 0; cut <= input.size(); ++cut) expect_same_as_whole(input, {cut});
  }
}

TEST(parse_cuts_test, a_byte_at_a_time_changes_nothing) {
  for (const std::string& input : inputs()) {
    SCOPED_TRACE(input);
    expect_same_as_whole(input, every_byte(input.size()));
  }
}

TEST(parse_cuts_test, random_cuts_change_nothing) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 5'000; ++round) {
    const std::string& input = inputs()[random() % inputs().size()];
    std::vector<std::size_t> cuts;
    for (std::size_t at = random() % 20; at < input.size(); at += 1 + random() % 60) cuts.push_back(at);
    SCOPED_TRACE(input);
    expect_same_as_whole(input, cuts);
    if (HasFailure()) return;
  }
}

// Bytes overwritten at random reach errors in places that nobody listed.
TEST(parse_cuts_test, random_damage_is_seen_alike_whole_and_in_pieces) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  constexpr std::string_view poison = "\r\n \t:,;\0\x7f\xffHTTP/1.0"sv;
  for (int round = 0; round < 5'000; ++round) {
    std::string input = inputs()[random() % inputs().size()];
    for (std::size_t hits = 1 + random() % 3; hits > 0; --hits) {
      input[random() % input.size()] = poison[random() % poison.size()];
    }
    SCOPED_TRACE(input);
    expect_same_as_whole(input, every_byte(input.size()));
    if (HasFailure()) return;
  }
}

TEST(parse_cuts_test, every_prefix_of_a_good_head_needs_more) {
  const std::string head = "GET /x HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";
  for (std::size_t cut = 0; cut < head.size(); ++cut) {
    EXPECT_TRUE(parse(std::string_view(head).substr(0, cut)).need_more()) << cut;
  }
}

TEST(parse_cuts_test, a_bad_line_is_refused_as_soon_as_it_ends_though_the_head_does_not) {
  const std::string input = "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\nY: 2\r\n";
  request_head head;
  const piecewise answer = parse_in_pieces(input, every_byte(input.size()), head);
  EXPECT_EQ(answer.result.status, 400);
  EXPECT_EQ(answer.offered, input.find("Y: 2"));
}

TEST(parse_cuts_test, the_input_may_move_between_two_calls) {
  const std::string input = "GET /x HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";
  request_head head;
  parse_progress progress;
  parse_result result;
  std::string copy;
  for (std::size_t cut = 1; cut <= input.size(); ++cut) {
    std::string moved = input.substr(0, cut);
    copy.swap(moved);
    result = parse_request_head(copy, {}, progress, head);
  }
  ASSERT_EQ(result.kind, outcome::complete);
  EXPECT_EQ(head.field("accept"), "*/*");
  EXPECT_EQ(head.path().data(), copy.data() + 4);
}

TEST(parse_cuts_test, progress_is_as_new_after_every_end) {
  for (const std::string& input : inputs()) {
    request_head head;
    parse_progress progress;
    parse_request_head(std::string_view(input).substr(0, input.size() / 2), small_limits(), progress, head);
    const parse_result result = parse_request_head(input, small_limits(), progress, head);
    if (result.kind == outcome::need_more) continue;
    EXPECT_EQ(progress.lines, 0u) << input;
    EXPECT_EQ(progress.lines_end, 0u) << input;
    EXPECT_EQ(progress.scanned, 0u) << input;
  }
}

// The counters say what the next call skips: everything, but the line that is not whole.
TEST(parse_cuts_test, an_unfinished_head_remembers_what_need_not_be_read_again) {
  request_head head;
  parse_progress progress;
  const std::string input = "GET / HTTP/1.1\r\nHost: a\r\nX: 12";
  parse_request_head(input, {}, progress, head);
  EXPECT_EQ(progress.lines, 2u);
  EXPECT_EQ(progress.lines_end, input.find("X: "));
  EXPECT_EQ(progress.scanned, input.size());
}

}  // namespace
}  // namespace http
}  // namespace v0
}  // namespace pinwheel
