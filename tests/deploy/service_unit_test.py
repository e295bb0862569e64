#!/usr/bin/env python3
"""deploy/pinwheel-example.service: systemd finds nothing wrong with it, and it fits the example that it starts.

usage: service_unit_test.py UNIT EXAMPLE
"""

import configparser
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

UNIT, EXAMPLE = (Path(argument).resolve() for argument in sys.argv[1:3])
INSTALLED = "/usr/local/bin/pinwheel-http-example"
EXPOSURE_MAX = 2.0  # On systemd's scale from 0 to 10.


def setting(name: str) -> str:
    # The last of a repeated setting wins here; those asked for below stand once.
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(UNIT)
    return unit["Service"][name]


def run(*command) -> subprocess.CompletedProcess:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


class ServiceUnitTest(unittest.TestCase):
    def setUp(self):
        # systemd asks whether the program exists, so a copy names the one just built.
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        text = UNIT.read_text(encoding="utf-8")
        self.assertEqual(text.count(INSTALLED), 1)
        self.unit = Path(scratch.name) / UNIT.name
        self.unit.write_text(text.replace(INSTALLED, str(EXAMPLE)), encoding="utf-8")

    def test_systemd_finds_nothing_wrong(self):
        answer = run("systemd-analyze", "verify", self.unit)
        self.assertEqual((answer.returncode, answer.stdout + answer.stderr), (0, ""))

    def test_the_sandbox_stays_tight(self):
        answer = run("systemd-analyze", "security", "--offline=yes", "--no-pager", self.unit)
        exposure = re.search(r"exposure level for \S+: (\d+\.\d+)", answer.stdout)
        self.assertIsNotNone(exposure, answer.stdout + answer.stderr)
        self.assertLessEqual(float(exposure[1]), EXPOSURE_MAX)

    def test_the_example_knows_every_flag_that_the_unit_gives(self):
        known = run(EXAMPLE, "--help").stdout
        flags = re.findall(r"--(\w+)=", setting("ExecStart"))
        self.assertIn("drain_deadline", flags)
        for flag in flags:
            self.assertIn(f"--{flag}", known)

    def test_systemd_waits_longer_than_the_drain_lasts(self):
        drain = re.search(r"--drain_deadline=(\d+)s", setting("ExecStart"))
        patience = re.fullmatch(r"(\d+)s", setting("TimeoutStopSec"))
        self.assertGreater(int(patience[1]), int(drain[1]))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
