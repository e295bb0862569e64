"""A copy of the tree in which faults are planted, built and run."""

import contextlib
import os
import re
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from fault import Fault

PRESET = "dev"
ERROR_LINES = 12  # Shown of a build that failed.


@dataclass
class Outcome:
    """How the tests of a program went. One that stopped the program, or did not end, counts as failed."""

    ran: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    timed_out: bool = False


def name_of(test: str) -> str:
    """over/fixture.sentence/epoll is one of several runs of fixture.sentence."""
    parts = test.split("/")
    return next(part for part in parts if "." in part)


def parse(output: str) -> Outcome:
    outcome = Outcome()
    running = None
    for status, test in re.findall(r"^\[ +(RUN|OK|FAILED) +\] (\S+/\S+|\S+\.\w+)", output, re.MULTILINE):
        test = name_of(test.rstrip(","))
        if status == "RUN":
            running = test
            outcome.ran.append(test)
        else:
            running = None
            if status == "FAILED" and test not in outcome.failed:
                outcome.failed.append(test)
    if running is not None and running not in outcome.failed:
        outcome.failed.append(running)
    return outcome


class Scratch:
    def __init__(self, root: Path, place: Path):
        self.source = place.resolve() / "tree"
        self.binary = place.resolve() / PRESET
        self.output = place.resolve() / "output.txt"  # Of the tests that ran last.
        self.is_configured = False
        listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=root,
                                capture_output=True, text=True, check=True).stdout
        self._copy(root, {name for name in listed.split("\0") if name and (root / name).is_file()})

    def _copy(self, root: Path, names: set[str]):
        """What did not change keeps its time, so that little is built again; what a run left planted is mended."""
        for name in names:
            content = (root / name).read_bytes()
            target = self.source / name
            if not target.is_file() or target.read_bytes() != content:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        for target in list(self.source.rglob("*")):
            if target.is_file() and str(target.relative_to(self.source)) not in names:
                target.unlink()

    @contextlib.contextmanager
    def planted(self, fault: Fault):
        target = self.source / fault.file
        original = target.read_text(encoding="utf-8")
        target.write_text(original.replace(fault.find, fault.put), encoding="utf-8")
        try:
            yield
        finally:
            target.write_text(original, encoding="utf-8")

    def build(self, program: str) -> str:
        """Answers why not, or nothing."""
        if not self.is_configured:
            error = self._call(["cmake", "--preset", PRESET, "-B", str(self.binary)])
            if error:
                return error
            self.is_configured = True
        return self._call(["cmake", "--build", str(self.binary), "--target", program])

    def _call(self, command: list[str]) -> str:
        done = subprocess.run(command, cwd=self.source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        if done.returncode == 0:
            return ""
        lines = done.stdout.splitlines()
        errors = [line for line in lines if re.search(r"\b(error|Error):?", line) and " -o " not in line]
        return "\n".join((errors or lines)[:ERROR_LINES])

    def run(self, program: str, avoid: str, tests: list[str], seconds_max: float) -> Outcome:
        chosen = ":".join(f"*.{test}:*.{test}/*" for test in tests)
        # In a session of its own: a test that starts processes is ended with them.
        process = subprocess.Popen([self.binary / "tests" / program, f"--gtest_filter={chosen}"],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                   start_new_session=True, env=os.environ | {"PINWHEEL_AVOID_BACKENDS": avoid})
        try:
            output, _ = process.communicate(timeout=seconds_max)
            timed_out = False
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            timed_out = True
        self.output.write_text(output, encoding="utf-8")
        outcome = parse(output)
        outcome.timed_out = timed_out
        return outcome
