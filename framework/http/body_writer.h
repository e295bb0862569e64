// How a streamed body is produced: a piece at a time, as fast as the peer reads.
//
//   response.stream("text/plain", [left = 1000](body_writer& out) mutable {
//     out.write("one of a thousand lines\n");
//     return --left > 0;
//   });
//
// Threads:   the connection's loop.
// Ownership: a writer is valid during one call of the producer; bytes are copied.
// Errors:    a producer that throws, or that promises more and writes nothing, cuts the connection: the peer can tell
//            that the body is not whole.
#pragma once

#include <string_view>

#include "pinwheel/reactor/base/inline_function.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

class body_writer {
 public:
  // Takes the bytes whole. Answers whether more is wanted now; if not, return: the producer is called again when the
  // peer has read.
  virtual bool write(std::string_view bytes) = 0;

 protected:
  body_writer() = default;
  body_writer(const body_writer&) = delete;
  body_writer& operator=(const body_writer&) = delete;
  ~body_writer() = default;
};

// Called whenever the connection's output is below its high mark; writes at least one byte, or answers that there is no
// more: true while more follows. Destroyed on the connection's loop, when the body is done or the peer gone.
using body_producer = inline_function<bool(body_writer&), 48>;

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
