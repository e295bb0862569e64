"""The example server, started on a port of the kernel's choosing and ended with the test."""

import re
import signal
import subprocess
import sys

LISTENING = re.compile(r"127\.0\.0\.1:(\d+)")
STOP_SECONDS_MAX = 30


class Example:
    def __init__(self, program: str, *flags: str):
        self.process = subprocess.Popen([program, "--listen=127.0.0.1:0", *flags], stderr=subprocess.PIPE, text=True)
        self.said = ""
        for line in self.process.stderr:  # It says its address when it listens.
            self.said += line
            if match := LISTENING.search(line):
                self.port = int(match[1])
                return
        sys.exit(f"{program} did not say where it listens; it said: {self.said!r}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    @property
    def pid(self) -> int:
        return self.process.pid

    def send(self, number: signal.Signals):
        self.process.send_signal(number)

    def wait(self) -> int:
        """Its exit code."""
        return self.process.wait(STOP_SECONDS_MAX)


def expect(what: str, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: got {got!r}, expected {wanted!r}")
