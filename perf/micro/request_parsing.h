// What it costs to read the head of a request, all of it received: the target and every field are views afterwards.
//
// A parser has a name, and read(): how many fields the head has, 0 if it is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "request_heads.h"
#include "subject.h"

namespace pinwheel::perf {

template <class Parser>
void add_request_parsing(const scale&) {
  const std::pair<std::string, std::string> heads[] = {
      {"short", std::string(short_head)}, {"browser", std::string(browser_head)}, {"60 fields", long_head(60)}};
  for (const auto& [kind, bytes] : heads) {
    add_benchmark("request head/" + kind, Parser::name, [head = bytes](benchmark::State& state) {
      Parser parser;
      for (auto _ : state) {
        const std::size_t fields = parser.read(head);
        benchmark::DoNotOptimize(fields);
        benchmark::ClobberMemory();  // The head may be another one next time, as far as the compiler knows.
        if (fields == 0) state.SkipWithError("the head was refused");
      }
      state.SetItemsProcessed(state.iterations());
      state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(head.size()));
    })->UseRealTime();
  }
}

}  // namespace pinwheel::perf
