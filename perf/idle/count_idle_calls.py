#!/usr/bin/env python3
r"""Counts the system calls that a program makes while it has nothing to do.

    python3 perf/idle/count_idle_calls.py --ready idle build/release/perf/idle_base
    python3 perf/idle/count_idle_calls.py --ready 127.0.0.1: --apart pinwheel/log \
        build/release/http_example/http_example --listen=127.0.0.1:0

Starts the program under strace, waits until it says what is given as --ready, and counts the calls that its threads
begin or end in the minute after that. Exits with 1 unless there was none. Calls of the threads named by --apart are
counted apart: the server's logging thread is spdlog's, which looks at its queue every ten seconds; no loop waits for it.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SETTLE_SECONDS = 0.5  # What the program still does after it has said that it is ready.
STOP_SECONDS_MAX = 30
TRACED = re.compile(r"^(\d+) +(\d+\.\d+) (.*)$")


def start(command: list[str], trace: Path) -> subprocess.Popen:
    # -D: strace stands beside the program and not above it, so that a signal to this process is one to the program.
    return subprocess.Popen(["strace", "-D", "-f", "-ttt", "-o", str(trace), *command],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wait_until_ready(program: subprocess.Popen, word: str):
    said = []
    for line in program.stdout:
        said.append(line)
        if word in line:
            return
    sys.exit(f"the program ended without saying '{word}'; it said:\n{''.join(said)}")


def trace_is_whole(trace: Path, pid: int) -> bool:
    """strace writes on for a moment after the program has ended."""
    return re.search(rf"^{pid} .*\+\+\+ (exited|killed)", trace.read_text(encoding="utf-8"), re.MULTILINE) is not None


def stop(program: subprocess.Popen, trace: Path):
    program.terminate()
    program.communicate(timeout=STOP_SECONDS_MAX)
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while not trace_is_whole(trace, program.pid):
        if time.monotonic() > deadline:
            sys.exit("strace did not write the end of the program")
        time.sleep(0.01)


def threads_named(pid: int, names: list[str]) -> set[int]:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return {int(thread.name) for thread in threads if (thread / "comm").read_text(encoding="utf-8").strip() in names}


def calls_between(trace: Path, begin: float, end: float) -> list[tuple[int, str]]:
    """Each with its thread."""
    lines = [TRACED.match(line) for line in trace.read_text(encoding="utf-8").splitlines()]
    return [(int(line[1]), line[0]) for line in lines if line and begin <= float(line[2]) <= end]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--ready", required=True, help="what the program says when it has nothing more to do")
    options.add_argument("--apart", action="append", default=[], metavar="THREAD", help="a thread not to be judged")
    options.add_argument("command", nargs=argparse.REMAINDER, help="the program and its arguments")
    given = options.parse_args()
    if shutil.which("strace") is None:
        sys.exit("strace is missing: apt-get install strace")
    with tempfile.TemporaryDirectory() as scratch:
        trace = Path(scratch) / "trace"
        program = start(given.command, trace)
        try:
            wait_until_ready(program, given.ready)
            time.sleep(SETTLE_SECONDS)
            apart = threads_named(program.pid, given.apart)
            begin = time.time()
            time.sleep(given.seconds)
            end = time.time()
            stop(program, trace)
        finally:
            program.kill()
            program.wait()
        before, calls = calls_between(trace, 0, begin), calls_between(trace, begin, end)
    judged = [line for thread, line in calls if thread not in apart]
    for line in judged:
        print(line)
    print(f"{Path(given.command[0]).name}: {len(judged)} system calls in {end - begin:.0f} s without work "
          f"({len(before)} before that{f', {len(calls) - len(judged)} apart' if apart else ''})")
    return 0 if before and not judged else 1


if __name__ == "__main__":
    sys.exit(main())
