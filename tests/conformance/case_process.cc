#include "conformance/case_process.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "pinwheel/reactor/base/check.h"

namespace pinwheel::conformance {
namespace {

int report_descriptor = -1;  // Of the case that this process runs.

int make_memory_file() {
  const int made = ::memfd_create("case", MFD_CLOEXEC);
  PINWHEEL_CHECK(made >= 0, "no memory for a case's report");
  return made;
}

std::string read_all(int file) {
  std::string all;
  std::array<char, 4096> block{};
  for (off_t at = 0;;) {
    const ssize_t count = ::pread(file, block.data(), block.size(), at);
    if (count <= 0) return all;
    all.append(block.data(), static_cast<std::size_t>(count));
    at += count;
  }
}

// One byte of outcome, then the message. No destructor runs: the case may be anywhere inside its loop.
[[noreturn]] void end_case(outcome seen, const std::string& message) {
  if (report_descriptor < 0) {  // In a process that kills_process() made.
    static_cast<void>(::write(STDERR_FILENO, message.data(), message.size()));
    ::_exit(EXIT_FAILURE);
  }
  const std::string report = static_cast<char>(seen) + message;
  static_cast<void>(::pwrite(report_descriptor, report.data(), report.size(), 0));
  ::_exit(EXIT_SUCCESS);
}

[[noreturn]] void run_here(const conformance_case& what, const loop_factory& loop) {
  {
    scene at(loop);
    what.run(at);
  }
  end_case(outcome::holds, {});
}

}  // namespace

void end_as_failed(const std::string& message) { end_case(outcome::fails, message); }
void end_as_absent(const std::string& call) { end_case(outcome::absent, call); }

bool kills_process(const action& what, std::string* said) {
  const int errors = make_memory_file();
  const pid_t pid = ::fork();
  PINWHEEL_CHECK(pid >= 0, "no process for a case that is to die");
  if (pid == 0) {
    report_descriptor = -1;
    ::dup2(errors, STDERR_FILENO);
    what();
    ::_exit(EXIT_SUCCESS);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (said != nullptr) *said = read_all(errors);
  ::close(errors);
  return !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS;
}

case_process::case_process(const conformance_case& what, const loop_factory& loop, std::chrono::milliseconds limit)
    : end_(std::chrono::steady_clock::now() + limit),
      report_(make_memory_file()),
      errors_(make_memory_file()),
      pid_(::fork()) {
  PINWHEEL_CHECK(pid_ >= 0, "no process for a case");
  if (pid_ == 0) {
    report_descriptor = report_;
    ::setpgid(0, 0);
    ::dup2(errors_, STDERR_FILENO);
    run_here(what, loop);
  }
  ::setpgid(pid_, pid_);  // By whichever of the two comes first.
  process_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  PINWHEEL_CHECK(process_ >= 0, "no descriptor for a case's process");
}

case_process::~case_process() {
  if (pid_ != 0) {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (const int each : {report_, errors_, process_}) ::close(each);
}

case_result case_process::finish() {
  const bool killed = is_over_its_limit() && ::kill(-pid_, SIGKILL) == 0;
  int status = 0;
  ::waitpid(std::exchange(pid_, 0), &status, 0);
  const std::string report = read_all(report_);
  if (!report.empty()) return {static_cast<outcome>(report.front()), report.substr(1)};
  if (killed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return {outcome::hangs, "still running"};
  const std::string how = WIFSIGNALED(status) ? std::string("died of signal ") + ::strsignal(WTERMSIG(status))
                                              : "exited with " + std::to_string(WEXITSTATUS(status));
  return {outcome::fails, how + "\n" + read_all(errors_)};
}

}  // namespace pinwheel::conformance
