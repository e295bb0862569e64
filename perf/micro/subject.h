// How a subject is registered: once for each library and size, under "<what>/<size>/<library>".
#pragma once

#include <benchmark/benchmark.h>

#include <string>
#include <utility>

namespace pinwheel::perf {

// How much a run does. Tiny: everything once, to see that it works.
struct scale {
  bool tiny = false;

  [[nodiscard]] int of(int full, int tiny_one) const { return tiny ? tiny_one : full; }
};

// `run` is called with the state for each repetition.
template <class Run>
benchmark::internal::Benchmark* add_benchmark(const std::string& subject, const char* library, Run run) {
  const auto labelled = [library, run](benchmark::State& state) {
    state.SetLabel(library);
    run(state);
  };
  return benchmark::RegisterBenchmark((subject + "/" + library).c_str(), labelled);
}

// One for each library, filled before main() by its file, so that main() need not know which were built.
class registered_library {
 public:
  using add_all = void (*)(const scale& size);

  explicit registered_library(add_all add) : add_(add), next_(std::exchange(first_, this)) {}

  static void add_benchmarks(const scale& size) {
    for (const registered_library* each = first_; each != nullptr; each = each->next_) each->add_(size);
  }

 private:
  static inline registered_library* first_ = nullptr;

  add_all add_;
  registered_library* next_;
};

}  // namespace pinwheel::perf
