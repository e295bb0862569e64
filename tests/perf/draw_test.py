#!/usr/bin/env python3
"""perf/priorities/draw.py, run with tiny numbers, writes two pictures of five series each and the page that shows them."""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from xml.etree import ElementTree

SCRIPT = Path(__file__).resolve().parents[2] / "perf" / "priorities" / "draw.py"
SVG = "{http://www.w3.org/2000/svg}"
SERIES = {"pinwheel-strict", "pinwheel-strict-budget", "pinwheel-aged-budget", "libevent", "libevent-budget"}
PRIORITIES = 8
PROGRAM = sys.argv.pop()


class DrawTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.results = Path(scratch.name)
        cls.done = subprocess.run(
            [sys.executable, SCRIPT, PROGRAM, "--rounds", "2", "--samples", "5", "--gap-ms", "40", "--commit", "a-commit",
             "--results", cls.results], capture_output=True, text=True, check=False)

    def series_of(self, name: str) -> dict[str, ElementTree.Element]:
        groups = ElementTree.parse(self.results / name).getroot().iter(f"{SVG}g")
        return {group.get("id"): group for group in groups}

    def test_it_finds_every_promise_kept(self):
        self.assertEqual((self.done.returncode, self.done.stderr), (0, ""))

    def test_the_picture_of_lateness_has_a_histogram_of_each_loop(self):
        series = self.series_of("priority_lateness.svg")
        self.assertEqual(set(series), SERIES)
        for name, group in series.items():
            self.assertEqual(len(group.findall(f"{SVG}path")), 1, name)

    def test_the_picture_of_waits_has_each_loop_in_the_row_of_each_priority(self):
        series = self.series_of("priority_gaps.svg")
        self.assertEqual(set(series), SERIES)
        for name, group in series.items():
            marks = group.findall(f"{SVG}path") + group.findall(f"{SVG}circle")
            self.assertEqual(len(marks), PRIORITIES, name)
        self.assertEqual(len(series["pinwheel-aged-budget"].findall(f"{SVG}path")), PRIORITIES)

    def test_the_page_says_what_was_measured_and_shows_the_pictures(self):
        page = (self.results / "priorities.md").read_text(encoding="utf-8")
        for fact in ("machine", "kernel", "commit", "command", "runs"):
            self.assertRegex(page, rf"(?m)^\| {fact} \| \S")
        self.assertIn("| a-commit |", page)
        self.assertIn("| libevent, budget | 10 |", page)
        for picture in re.findall(r"!\[.*?\]\((.*?)\)", page):
            self.assertTrue((self.results / picture).is_file(), picture)


if __name__ == "__main__":
    unittest.main()
