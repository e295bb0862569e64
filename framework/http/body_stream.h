// A response's body that is produced as the peer reads: exists only while it is sent.
//
// Threads:   the connection's loop.
// Ownership: owns the producer.
// Errors:    what the producer throws leaves fill().
// Limits:    at most the high mark of the connection's output, and one write of the producer's, wait in memory.
#pragma once

#include <cstdint>
#include <utility>

#include "pinwheel/framework/http/body_writer.h"

namespace pinwheel {
inline namespace v0 {

class connection;

namespace http {

class body_stream {
 public:
  enum class progress : std::uint8_t {
    waiting,  // For the peer to read: on_drained comes.
    whole,    // All of it was written, the last chunk included.
    broken,   // The peer takes no more, or the producer promised more and wrote nothing.
  };

  // Not chunked: the end of the connection is the end of the body.
  body_stream(body_producer&& producer, bool is_chunked) : producer_(std::move(producer)), is_chunked_(is_chunked) {}

  progress fill(connection& peer);

 private:
  body_producer producer_;
  const bool is_chunked_;
  bool is_ended_ = false;  // The producer has no more; only the last chunk may still be missing.
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
