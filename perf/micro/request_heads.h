// The requests that the parsers read: as a load generator sends them, as a browser does, and as a proxy chain may.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace pinwheel::perf {

inline constexpr std::string_view short_head =
    "GET /plaintext HTTP/1.1\r\n"
    "Host: 127.0.0.1:8080\r\n"
    "\r\n";

// Twelve fields.
inline constexpr std::string_view browser_head =
    "GET /articles/2024/loops.html?page=2 HTTP/1.1\r\n"
    "Host: www.example.com\r\n"
    "Connection: keep-alive\r\n"
    "Cache-Control: max-age=0\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 "
    "Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Referer: https://www.example.com/articles/\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-GB,en;q=0.9\r\n"
    "Cookie: session=4f9c2b7d0e6a41f8; theme=dark; consent=necessary\r\n"
    "\r\n";

// Of `fields` fields, Host among them.
inline std::string long_head(int fields) {
  std::string head = "GET /plaintext HTTP/1.1\r\nHost: www.example.com\r\n";
  for (int at = 1; at < fields; ++at) {
    const std::string number = std::to_string(at);
    head += "X-Forwarded-Detail-" + number + ": value of field number " + number + "\r\n";
  }
  return head + "\r\n";
}

}  // namespace pinwheel::perf
