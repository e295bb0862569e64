// Debian's libhttp-parser: the parser that Node.js had for ten years.
#include <http_parser.h>

#include <array>
#include <string>
#include <string_view>

#include "request_parsing.h"

namespace pinwheel::perf {
namespace {

class http_parser_parser {
 public:
  static constexpr const char* name = "http-parser";

  http_parser_parser() {
    ::http_parser_settings_init(&settings_);
    settings_.on_url = [](::http_parser* parser, const char* at, std::size_t length) {
      of(parser).target_ = {at, length};
      return 0;
    };
    settings_.on_header_field = [](::http_parser* parser, const char* at, std::size_t length) {
      of(parser).fields_[of(parser).count_].name = {at, length};
      return 0;
    };
    settings_.on_header_value = [](::http_parser* parser, const char* at, std::size_t length) {
      of(parser).fields_[of(parser).count_++].value = {at, length};
      return of(parser).count_ < fields_max ? 0 : -1;
    };
    settings_.on_message_complete = [](::http_parser* parser) {
      of(parser).complete_ = true;
      return 0;
    };
  }

  std::size_t read(std::string_view input) {
    ::http_parser_init(&parser_, HTTP_REQUEST);
    parser_.data = this;
    count_ = 0;
    complete_ = false;
    const std::size_t used = ::http_parser_execute(&parser_, &settings_, input.data(), input.size());
    return used == input.size() && complete_ ? count_ : 0;
  }

 private:
  static constexpr std::size_t fields_max = 100;

  struct field {
    std::string_view name;
    std::string_view value;
  };

  static http_parser_parser& of(::http_parser* parser) { return *static_cast<http_parser_parser*>(parser->data); }

  ::http_parser parser_{};
  ::http_parser_settings settings_{};
  std::string_view target_;
  std::array<field, fields_max> fields_;
  std::size_t count_ = 0;
  bool complete_ = false;
};

void add_all(const scale& size) {
  const unsigned long version = ::http_parser_version();
  benchmark::AddCustomContext(http_parser_parser::name, std::to_string(version >> 16 & 0xFF) + "." +
                                                            std::to_string(version >> 8 & 0xFF) + "." +
                                                            std::to_string(version & 0xFF));
  add_request_parsing<http_parser_parser>(size);
}

const registered_library added(&add_all);

}  // namespace
}  // namespace pinwheel::perf
