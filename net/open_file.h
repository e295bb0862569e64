// A file that is open for sending, shared by all that send a part of it.
//
// Threads:   any; it does not change.
// Ownership: owns its descriptor; whoever shares it last closes it.
// Errors:    absl::Status with a message a person can act on.
// Limits:    sending reads what the file holds then: replace a file that is being sent (rename(2)), do not rewrite it.
//            What is not in the page cache is read from the disk by the loop that sends it. sendfile(2) cannot be told
//            to leave SIGPIPE out, so the first open_file of a process has it ignored, if it would have ended the
//            process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace pinwheel {
inline namespace v0 {

class open_file {
 public:
  // A regular file, for reading.
  [[nodiscard]] static absl::StatusOr<std::shared_ptr<const open_file>> open(const std::string& path);

  // Takes the descriptor over. REQUIRES: of something that sendfile(2) reads from, as a regular file or a memfd.
  explicit open_file(int descriptor) noexcept;
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  ~open_file();

  [[nodiscard]] int native_handle() const noexcept { return descriptor_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }  // When it was opened.

 private:
  const int descriptor_;
  const std::uint64_t bytes_;
};

}  // namespace v0
}  // namespace pinwheel
