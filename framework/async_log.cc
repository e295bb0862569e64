#include "pinwheel/framework/async_log.h"

#include <pthread.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cstddef>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "pinwheel/reactor/base/log.h"
#include "pinwheel/reactor/base/mutex.h"

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr std::size_t lines_max = 8192;

spdlog::level::level_enum level_of(log_level level) {
  switch (level) {
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// The process's one writer, alive while a server wants it.
class log_writer {
 public:
  void want() {
    const mutex_lock lock(mutex_);
    if (wanted_++ == 0) start();
  }

  void release() {
    const mutex_lock lock(mutex_);
    if (--wanted_ == 0) stop();
  }

  void write(log_level level, std::string_view line) {
    const mutex_lock lock(mutex_);
    if (logger_ != nullptr) {
      logger_->log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
    } else {  // Somebody kept our hook and calls it after the last server has ended.
      std::fprintf(stderr, "pinwheel: %.*s\n", static_cast<int>(line.size()), line.data());
    }
  }

 private:
  void start() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void stop() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutex mutex_;
  std::size_t wanted_ ABSL_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<spdlog::details::thread_pool> thread_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<spdlog::async_logger> logger_ ABSL_GUARDED_BY(mutex_);  // Set exactly while thread_ is.
};

log_writer& process_log_writer() {
  static auto* instance = new log_writer;  // Outlives what may log as the process ends.
  return *instance;
}

void write_later(log_level level, std::string_view line) { process_log_writer().write(level, line); }

// The hook that is set while nobody has set one.
log_hook default_hook() {
  static const log_hook hook = [] {
    const log_hook before = set_log_hook(nullptr);
    return set_log_hook(before);
  }();
  return hook;
}

// Answers false, and changes nothing, while a hook of the user's is set.
bool take_hook() {
  const log_hook standard = default_hook();
  const log_hook before = set_log_hook(&write_later);
  if (before == standard) return true;
  set_log_hook(before);
  return false;
}

void give_hook_back() {
  if (const log_hook before = set_log_hook(nullptr); before != &write_later) set_log_hook(before);
}

void log_writer::start() {
  if (!take_hook()) return;
  try {
    thread_ = std::make_shared<spdlog::details::thread_pool>(
        lines_max, 1, [] { ::pthread_setname_np(::pthread_self(), "pinwheel/log"); });
    logger_ = std::make_shared<spdlog::async_logger>("pinwheel", std::make_shared<spdlog::sinks::stderr_sink_st>(),
                                                     thread_, spdlog::async_overflow_policy::overrun_oldest);
    logger_->set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
  } catch (const std::exception& error) {  // No thread is to be had: log() goes on as without a server.
    give_hook_back();
    thread_.reset();
    log(log_level::warning, std::string("log lines are written by the thread that logs them: ") + error.what());
  }
}

void log_writer::stop() {
  if (logger_ == nullptr) return;
  give_hook_back();
  thread_.reset();  // Writes out what waits, then ends.
  logger_.reset();
}

}  // namespace

async_log::async_log() { process_log_writer().want(); }

async_log::~async_log() { process_log_writer().release(); }

}  // namespace v0
}  // namespace pinwheel
