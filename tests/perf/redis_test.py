#!/usr/bin/env python3
"""perf/redis/compare.py, run once with tiny numbers, measures all of its work for both servers, and says so.

usage: redis_test.py REDIS_SERVER
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "perf" / "redis" / "compare.py"
SERVERS = {"pinwheel", "redis-server"}
PROGRAM = sys.argv.pop()


class RedisTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        results = Path(scratch.name)
        cls.done = subprocess.run([sys.executable, SCRIPT, "--tiny", f"--results={results}", PROGRAM],
                                  capture_output=True, text=True, check=False)
        if cls.done.returncode != 0:
            raise AssertionError(cls.done.stdout + cls.done.stderr)
        cls.json = json.loads(next(results.glob("redis-*.json")).read_text(encoding="utf-8"))
        cls.page = next(results.glob("redis-*.md")).read_text(encoding="utf-8")

    def test_each_work_is_measured_with_few_and_many_clients_pipelined_and_not(self):
        works = {f"{command} {clients} {depth}" for command in ("ping_mbulk", "set", "get")
                 for clients in (50, 1000) for depth in (1, 16)}
        for quantity in ("cpu_us", "ratio"):
            measured = [(sample["work"], sample["server"]) for sample in self.json["samples"]
                        if sample["quantity"] == quantity]
            self.assertEqual(sorted(measured), sorted((work, server) for work in works for server in SERVERS))

    def test_a_request_costs_something_and_a_core_has_one_second_a_second(self):
        for sample in self.json["samples"]:
            self.assertGreater(sample["low"], 0, sample)
            self.assertLess(sample["detail"]["core_share"], 1.1, sample)

    def test_the_result_says_where_and_of_what_it_is(self):
        for part, facts in {"machine": ("cpu", "cpus", "kernel"), "build": ("commit", "compiler", "type"),
                            "run": ("date", "command", "rounds")}.items():
            for fact in facts:
                self.assertTrue(self.json[part][fact], fact)
        self.assertRegex(self.json["servers"][1]["version"], r"\d")

    def test_the_tables_have_a_row_for_each_work(self):
        for title in self.json["works"].values():
            self.assertEqual(self.page.count(f"| {title} |"), 2, title)


if __name__ == "__main__":
    unittest.main()
