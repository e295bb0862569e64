// RFC 9112 section 7.1.

#include "pinwheel/framework/http/codec/chunked_decoder.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <string>
#include <vector>

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

using namespace std::string_literals;
using outcome = chunk_step::outcome;

struct decoded {
  std::string body;
  outcome end = outcome::need_more;
  int status = 0;
  std::size_t consumed = 0;
};

// Offers the pieces of `input` between `cuts`, each until nothing more comes of it.
decoded decode(std::string_view input, const std::vector<std::size_t>& cuts = {}, const parse_limits& limits = {}) {
  chunked_decoder decoder;
  decoded result;
  std::size_t piece = 0;
  while (true) {
    const std::size_t piece_end = piece < cuts.size() ? cuts[piece] : input.size();
    const chunk_step step = decoder.next(input.substr(result.consumed, piece_end - result.consumed), limits);
    result.consumed += step.consumed;
    result.body += step.data;
    result.end = step.kind;
    result.status = step.status;
    if (step.kind == outcome::done || step.kind == outcome::error) return result;
    if (step.kind == outcome::need_more && piece++ >= cuts.size()) return result;
  }
}

int status_of(std::string_view input, const parse_limits& limits = {}) { return decode(input, {}, limits).status; }

TEST(chunked_decoder_test, chunks_give_the_body_and_leave_the_next_request) {
  const decoded result = decode("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nGET /");
  EXPECT_EQ(result.end, outcome::done);
  EXPECT_EQ(result.body, "abc0123456789");
  EXPECT_EQ(result.consumed, "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"s.size());
}

TEST(chunked_decoder_test, a_body_may_be_empty) {
  const decoded result = decode("0\r\n\r\n");
  EXPECT_EQ(result.end, outcome::done);
  EXPECT_EQ(result.body, "");
}

TEST(chunked_decoder_test, sizes_are_hexadecimal_in_either_case_with_leading_zeros) {
  EXPECT_EQ(decode("0a\r\n0123456789\r\n00\r\n\r\n").body, "0123456789");
  EXPECT_EQ(decode("000000000000000A\r\n0123456789\r\n0000000000000000\r\n\r\n").end, outcome::done);
}

TEST(chunked_decoder_test, pieces_are_views_into_the_input) {
  const std::string input = "3\r\nabc\r\n0\r\n\r\n";
  chunked_decoder decoder;
  const chunk_step step = decoder.next(input, {});
  ASSERT_EQ(step.kind, outcome::data);
  EXPECT_EQ(step.data.data(), input.data() + 3);
  EXPECT_EQ(step.data, "abc");
  EXPECT_EQ(step.consumed, 6u);
}

TEST(chunked_decoder_test, what_is_left_of_a_chunk_is_known_before_it_arrives) {
  chunked_decoder decoder;
  EXPECT_EQ(decoder.next("10\r\nabc", {}).data, "abc");
  EXPECT_EQ(decoder.chunk_bytes_left(), 13u);
}

TEST(chunked_decoder_test, sixteen_digits_are_a_size_and_seventeen_are_not) {
  EXPECT_EQ(decode("ffffffffffffffff\r\nabc").body, "abc");
  EXPECT_EQ(status_of("00000000000000001\r\na\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(status_of("10000000000000000\r\n"), 400);
}

TEST(chunked_decoder_test, extensions_and_trailers_are_passed_over) {
  const decoded result =
      decode("3;a=b;c=\"d e\"\r\nabc\r\n2 ;x\r\nde\r\n2\t ; x\r\nfg\r\n0;last\r\nX: 1\r\nY:\t\xff\r\nZ:\r\n\r\n!");
  EXPECT_EQ(result.end, outcome::done);
  EXPECT_EQ(result.body, "abcdefg");
}

TEST(chunked_decoder_test, malformed_framing_is_a_bad_request) {
  for (const std::string& input : {
           "\r\n"s,
           " 3\r\n"s,
           "g\r\n"s,
           "-3\r\n"s,
           "+3\r\n"s,
           "0x3\r\n"s,
           ";\r\n"s,
           "3 \r\n"s,
           "3\t\r\n"s,
           "3 x\r\n"s,
           "3\n"s,
           "3\rabc"s,
           "3\r\r\n"s,
           "3,\r\n"s,
           "3;a\n"s,
           "3;a\rb\r\n"s,
           "3;\0\r\n"s,
           "3;\x7f\r\n"s,
           "3 ;\n"s,
           "3\r\nabc\n"s,
           "3\r\nabcd\r\n"s,
           "3\r\nabc\r\r"s,
           "3\r\nabc\rX"s,
           "3\r\nabc\r\n\r\n"s,
           "0\r\n\n"s,
           "0\n"s,
           "0\r\nX\r\n"s,
           "0\r\n X: 1\r\n"s,
           "0\r\n: 1\r\n"s,
           "0\r\nX : 1\r\n"s,
           "0\r\nX: 1\n"s,
           "0\r\nX: 1\rY"s,
           "0\r\nX: \0\r\n"s,
           "0\r\nX: 1\r\n folded\r\n"s,
           "0\r\n\rX"s,
           "0\r\nX: 1\r\n\n"s,
       }) {
    EXPECT_EQ(status_of(input), 400) << input;
  }
}

TEST(chunked_decoder_test, extensions_are_bounded_over_the_whole_body) {
  parse_limits limits;
  limits.chunk_extension_bytes_max = 12;
  // Behind the ';' count "abcd" and the CR, so a chunk takes five.
  const std::string chunk = "1;abcd\r\nx\r\n";
  EXPECT_EQ(decode(chunk + chunk + "0\r\n\r\n", {}, limits).end, outcome::done);
  EXPECT_EQ(status_of(chunk + chunk + chunk, limits), 400);
  EXPECT_EQ(status_of("1;" + std::string(13, 'x'), limits), 400);
  EXPECT_EQ(status_of("1" + std::string(14, ' '), limits), 400);
}

TEST(chunked_decoder_test, trailers_are_bounded) {
  parse_limits limits;
  limits.trailer_bytes_max = 8;
  EXPECT_EQ(decode("0\r\nX: 1\r\n\r\n", {}, limits).end, outcome::done);
  EXPECT_EQ(status_of("0\r\nX: 12\r\n\r\n", limits), 431);
  EXPECT_EQ(status_of("0\r\nX: " + std::string(100, 'x'), limits), 431);
}

TEST(chunked_decoder_test, after_the_end_nothing_is_consumed) {
  chunked_decoder decoder;
  ASSERT_EQ(decoder.next("0\r\n\r\n", {}).kind, outcome::done);
  const chunk_step again = decoder.next("GET /", {});
  EXPECT_EQ(again.kind, outcome::done);
  EXPECT_EQ(again.consumed, 0u);
}

const std::vector<std::string>& streams() {
  static const std::vector<std::string> all = {
      "3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\n\r\nGET /",
      "1 ;a\r\nx\r\n0;b\r\nT: 1\r\nU:\r\n\r\nrest",
      "3\r\nabcX\r\n",
      "3\r\nabc\r\n0\r\nT : 1\r\n\r\n",
      "ffffffffffffffff\r\nabc",
      "10000000000000000\r\n",
  };
  return all;
}

void expect_same_as_whole(const std::string& input, const std::vector<std::size_t>& cuts) {
  const decoded whole = decode(input);
  const decoded pieces = decode(input, cuts);
  EXPECT_EQ(pieces.end, whole.end);
  EXPECT_EQ(pieces.status, whole.status);
  EXPECT_EQ(pieces.body, whole.body);
  EXPECT_EQ(pieces.consumed, whole.consumed);
}

TEST(chunked_decoder_test, every_pair_of_cuts_gives_the_same_body) {
  for (const std::string& input : streams()) {
    SCOPED_TRACE(input);
    for (std::size_t first = 0; first <= input.size(); ++first) {
      for (std::size_t second = first; second <= input.size(); ++second) expect_same_as_whole(input, {first, second});
    }
  }
}

TEST(chunked_decoder_test, random_bodies_in_random_chunks_and_cuts_come_out_whole) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 500; ++round) {
    std::string body;
    std::string stream;
    for (std::size_t chunks = random() % 10; chunks > 0; --chunks) {
      const std::string data(1 + random() % 300, static_cast<char>(random()));
      char size[20];
      std::snprintf(size, sizeof(size), "%zx\r\n", data.size());
      body += data;
      stream += size + data + "\r\n";
    }
    stream += "0\r\n\r\n";
    std::vector<std::size_t> cuts;
    for (std::size_t at = 0; at < stream.size(); at += random() % 50) cuts.push_back(at);
    const decoded result = decode(stream, cuts);
    ASSERT_EQ(result.end, outcome::done);
    ASSERT_EQ(result.body, body);
  }
}

}  // namespace
}  // namespace http
}  // namespace v0
}  // namespace pinwheel
