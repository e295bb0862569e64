#include "pinwheel/framework/http/codec/ascii.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "pinwheel/framework/http/codec/scan.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

// RFC 9110 section 5.6.2 names the delimiters, which are what visible ASCII has besides tchar.
TEST(ascii_test, a_token_takes_visible_ascii_but_the_delimiters) {
  const std::string delimiters = "\"(),/:;<=>?@[\\]{}";
  for (int c = 0; c < 256; ++c) {
    const bool visible = c > 0x20 && c < 0x7f;
    const bool expected = visible && delimiters.find(static_cast<char>(c)) == std::string::npos;
    EXPECT_EQ(is_token_char(static_cast<char>(c)), expected) << "byte " << c;
  }
}

TEST(ascii_test, a_path_takes_visible_ascii_up_to_a_query_or_a_fragment) {
  for (int c = 0; c < 256; ++c) {
    const bool visible = c > 0x20 && c < 0x7f;
    EXPECT_EQ(is_path_char(static_cast<char>(c)), visible && c != '#' && c != '?') << "byte " << c;
    EXPECT_EQ(is_query_char(static_cast<char>(c)), visible && c != '#') << "byte " << c;
  }
}

TEST(ascii_test, hexadecimal_digits_have_values_and_nothing_else_has) {
  EXPECT_EQ(hex_value('0'), 0);
  EXPECT_EQ(hex_value('9'), 9);
  EXPECT_EQ(hex_value('a'), 10);
  EXPECT_EQ(hex_value('F'), 15);
  for (const char c : std::string("g G/:@`\xff")) EXPECT_EQ(hex_value(c), -1) << c;
}

TEST(ascii_test, letters_compare_without_case_and_nothing_else_does) {
  EXPECT_TRUE(equal_ignoring_case("Content-LENGTH", "content-length"));
  EXPECT_FALSE(equal_ignoring_case("content-length", "content-lengt"));
  EXPECT_FALSE(equal_ignoring_case("content\rlength", "content-length"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
}

// One byte changed anywhere: only the other case of a letter may still be equal.
template <std::size_t Size>
void expect_equal_in_either_case_only(const char (&lower)[Size]) {
  const std::string constant = lower;
  EXPECT_TRUE(equals_lower(constant, lower));
  EXPECT_FALSE(equals_lower(constant + "x", lower));
  EXPECT_FALSE(equals_lower(constant.substr(1), lower));
  for (std::size_t at = 0; at < constant.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      if (is_control(static_cast<char>(c)) && c != '\t') continue;
      std::string text = constant;
      text[at] = static_cast<char>(c);
      EXPECT_EQ(equals_lower(text, lower), equal_ignoring_case(text, constant)) << text;
    }
  }
}

TEST(ascii_test, comparing_by_words_agrees_with_comparing_by_bytes_at_every_length) {
  expect_equal_in_either_case_only("host");
  expect_equal_in_either_case_only("close");
  expect_equal_in_either_case_only("upgrade");
  expect_equal_in_either_case_only("location");
  expect_equal_in_either_case_only("100-continue");
  expect_equal_in_either_case_only("accept-encoding-");
  expect_equal_in_either_case_only("transfer-encoding");
  expect_equal_in_either_case_only("sec-websocket-extensions");
}

TEST(ascii_test, a_token_is_never_empty) {
  EXPECT_TRUE(is_token("x-y"));
  EXPECT_FALSE(is_token(""));
  EXPECT_FALSE(is_token("x y"));
}

TEST(ascii_test, blanks_are_trimmed_from_both_ends_only) {
  EXPECT_EQ(trim_blanks(" \t a b\t "), "a b");
  EXPECT_EQ(trim_blanks(" \t "), "");
}

TEST(ascii_test, a_list_gives_its_elements_trimmed_the_empty_ones_too) {
  std::string_view list = " a ,\tb,,c , ";
  std::vector<std::string> elements;
  for (std::string_view element; take_list_element(list, element);) elements.emplace_back(element);
  EXPECT_EQ(elements, (std::vector<std::string>{"a", "b", "", "c", ""}));
}

TEST(ascii_test, a_control_byte_is_found_wherever_it_stands_in_a_word) {
  for (std::size_t size = 0; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(c);
        const std::size_t expected = c < 0x20 || c == 0x7f ? at : size;
        const char* const found = find_control(text.data(), text.data() + size);
        ASSERT_EQ(static_cast<std::size_t>(found - text.data()), expected) << "byte " << c << " of " << size;
      }
    }
  }
}

TEST(ascii_test, the_scan_agrees_with_a_plain_loop_on_random_bytes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 64, '\0');
    // Mostly bytes around the edges of the class, where a word-wise trick goes wrong first.
    constexpr std::string_view edges = "\x1f\x20\x21\x7e\x7f\x80\x81\xff\x9f\xa0";
    for (char& c : text) c = random() % 8 == 0 ? edges[random() % edges.size()] : 'x';
    const char* plain = text.data();
    const char* const end = text.data() + text.size();
    while (plain != end && !is_control(*plain)) ++plain;
    ASSERT_EQ(find_control(text.data(), end), plain);
  }
}

}  // namespace
}  // namespace http
}  // namespace v0
}  // namespace pinwheel
