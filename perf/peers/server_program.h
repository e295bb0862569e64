// The common frame of the small servers in perf/: command line, listening sockets, threads and end.
//
//   NAME --listen=127.0.0.1:PORT --loops=N     port 0 lets the kernel choose; the address is printed on stderr
//
// Every loop has a thread and a listening socket of its own (SO_REUSEPORT: the kernel spreads connections by their
// hash). The first loop runs on the main thread, so one loop is one thread. SIGTERM and SIGINT end with exit code 0;
// the kernel closes what is open.
//
// Threads:   run_server() belongs to main; `serve` is called once on each loop's thread.
// Ownership: `serve` owns its listening socket.
// Errors:    whatever cannot be set up ends the program with a message and exit code 1.
#pragma once

namespace pinwheel::perf {

// Runs the program. `serve` gets a listening, non-blocking socket whose connections inherit TCP_NODELAY; it must not
// return.
[[noreturn]] void run_server(int argc, char** argv, void (*serve)(int listener));

// Prints what failed, and the reason where `error` is an errno, and ends with exit code 1.
[[noreturn]] void fail(const char* what, int error = 0);

// The result of a system call that must work: fails where it is negative, with errno.
int must(int result, const char* what);

}  // namespace pinwheel::perf
