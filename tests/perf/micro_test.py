#!/usr/bin/env python3
"""perf/micro/run.py, run once with tiny numbers, measures every subject for every library that does it, and says so.

usage: micro_test.py PERF_MICRO
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "perf" / "micro" / "run.py"
SUBJECTS = {"post from a thread", "post from a loop", "ping-pong between two loops", "a million posts to a busy loop",
            "user event", "ready descriptor", "timer", "request head"}
LOOPS = {"pinwheel", "asio", "libevent", "libuv"}
PROGRAM = sys.argv.pop()


class MicroTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        results = Path(scratch.name)
        cls.done = subprocess.run([sys.executable, SCRIPT, "--tiny", "--repetitions=2", f"--results={results}", PROGRAM],
                                  capture_output=True, text=True, check=False)
        if cls.done.returncode != 0:
            raise AssertionError(cls.done.stdout + cls.done.stderr)
        cls.json = json.loads(next(results.glob("micro-*.json")).read_text(encoding="utf-8"))
        cls.page = next(results.glob("micro-*.md")).read_text(encoding="utf-8")

    def test_every_subject_is_measured(self):
        self.assertEqual({sample["work"].partition(",")[0].partition(":")[0] for sample in self.json["samples"]}, SUBJECTS)

    def test_every_work_is_done_by_every_library_that_can(self):
        built = LOOPS & {server["name"] for server in self.json["servers"]}
        self.assertLessEqual({"pinwheel", "asio"}, built)
        for sample in self.json["samples"]:
            if sample["work"].startswith("request head"):
                continue
            same = {other["server"] for other in self.json["samples"]
                    if (other["work"], other["quantity"]) == (sample["work"], sample["quantity"])}
            self.assertLessEqual(built, same, sample["work"])

    def test_each_timer_is_added_re_armed_both_ways_cancelled_and_run(self):
        works = [sample["work"] for sample in self.json["samples"] if sample["work"].startswith("timer, ")]
        for part in (": add", ": re-arm later", ": re-arm earlier", ": cancel", "timer, due"):
            self.assertTrue(any(part in work for work in works), part)

    def test_each_sample_has_both_rounds_and_their_median(self):
        for sample in self.json["samples"]:
            self.assertEqual(len(sample["rounds"]), 2, sample["work"])
            self.assertLessEqual(sample["low"], sample["median"])
            self.assertLessEqual(sample["median"], sample["high"])

    def test_writes_are_counted_also_those_of_a_shared_library(self):
        writes = {sample["server"]: sample for sample in self.json["samples"] if sample["quantity"] == "writes"}
        if "libuv" not in writes:
            self.skipTest("perf_micro was built without libuv")
        self.assertGreater(writes["libuv"]["low"], 0)  # Its first post of a batch always writes.

    def test_the_table_has_a_row_for_each_work(self):
        for sample in self.json["samples"]:
            self.assertIn(f"| {sample['work']} |", self.page)


if __name__ == "__main__":
    unittest.main()
