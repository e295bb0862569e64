// Micro-benchmarks of the loop and the codec, beside the libraries that do the same:
//
//   perf_micro [--tiny] [--benchmark_…]    --tiny: everything once and small; --benchmark_help lists the rest
//
// perf/micro/run.py runs it and writes the table.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstring>

#include "failed.h"
#include "subject.h"

int main(int argc, char** argv) {
  using namespace pinwheel::perf;
  char** const end =
      std::remove_if(argv + 1, argv + argc, [](const char* each) { return !std::strcmp(each, "--tiny"); });
  const scale size{.tiny = end != argv + argc};
  argc = static_cast<int>(end - argv);

  rlimit descriptors{};
  must(::getrlimit(RLIMIT_NOFILE, &descriptors) == 0, "getrlimit");
  descriptors.rlim_cur = descriptors.rlim_max;
  must(::setrlimit(RLIMIT_NOFILE, &descriptors) == 0, "setrlimit");

  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  registered_library::add_benchmarks(size);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
