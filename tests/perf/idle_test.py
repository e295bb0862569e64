#!/usr/bin/env python3
"""With nothing to do, neither a base nor a server makes a system call: perf/idle/count_idle_calls.py for two seconds.

usage: idle_test.py IDLE_BASE HTTP_EXAMPLE
"""

import subprocess
import sys
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "perf" / "idle" / "count_idle_calls.py"
SECONDS = 2
HTTP_EXAMPLE = sys.argv.pop()
IDLE_BASE = sys.argv.pop()
RESTLESS = "import time; print('idle', flush=True)\nwhile True: time.sleep(0.1)"


def count(ready: str, *command: str) -> subprocess.CompletedProcess:
    # The logging thread is no loop, and wakes every ten seconds.
    return subprocess.run(
        [sys.executable, SCRIPT, f"--seconds={SECONDS}", f"--ready={ready}", "--apart=pinwheel/log", *command],
        capture_output=True, text=True, check=False)


class IdleTest(unittest.TestCase):
    def expect_silence(self, ready: str, *command: str):
        counted = count(ready, *command)
        self.assertEqual(counted.returncode, 0, counted.stdout + counted.stderr)
        self.assertIn(f": 0 system calls in {SECONDS} s", counted.stdout)

    def test_a_base_with_a_hold_and_a_far_timer_makes_no_call(self):
        for backend in ("epoll", "poll"):
            with self.subTest(backend=backend):
                self.expect_silence("idle", IDLE_BASE, backend)

    def test_a_server_without_a_connection_makes_no_call(self):
        self.expect_silence("127.0.0.1:", HTTP_EXAMPLE, "--listen=127.0.0.1:0")

    def test_the_calls_of_a_program_that_is_not_idle_are_counted(self):
        counted = count("idle", sys.executable, "-c", RESTLESS)
        self.assertEqual(counted.returncode, 1, counted.stdout + counted.stderr)
        self.assertNotIn(": 0 system calls", counted.stdout)


if __name__ == "__main__":
    unittest.main()
