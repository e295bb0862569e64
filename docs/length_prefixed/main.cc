// Serves on the address that it is started with, such as 127.0.0.1:7000.
#include <pinwheel/framework/server.h>

#include "reverses.h"

int main(int count, char** words) {
  if (count != 2) return 2;
  pinwheel::server server({.loops = pinwheel::one_per_cpu});
  server.listen(words[1], pinwheel::make_handler<reverses>);
  return server.run();
}
