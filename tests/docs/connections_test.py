#!/usr/bin/env python3
"""docs/connections.md says what is: its programs print what stands there, its limits are the code's, the tests that it
names are there, and its links lead somewhere.

usage: connections_test.py PAGE CONNECTION_DEFAULTS PROGRAM...    the page's programs, built, in order
"""

import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
from page_links import broken_links, prose_of  # noqa: E402
from page_programs import programs_of  # noqa: E402

PAGE = Path(sys.argv[1])
CONNECTION_DEFAULTS, *PROGRAMS = sys.argv[2:]
TEXT = prose_of(PAGE)
RUN_SECONDS_MAX = 20


def run(program: str) -> subprocess.CompletedProcess:
    return subprocess.run([program], capture_output=True, text=True, timeout=RUN_SECONDS_MAX, check=False)


def table_with(heading: str) -> list[list[str]]:
    """The cells of the rows below a table's heading, whose first cell is given."""
    table = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table[1].splitlines()]


class ConnectionsTest(unittest.TestCase):
    def test_every_program_prints_what_the_page_says(self):
        programs = programs_of(PAGE)
        self.assertEqual(len(programs), len(PROGRAMS))
        for program, built in zip(programs, PROGRAMS):
            with self.subTest(program=built):
                done = run(built)
                self.assertEqual((done.stdout, done.stderr, done.returncode), (program.prints, "", 0))

    def test_the_limits_are_those_of_the_code(self):
        limits = {}
        for line in run(CONNECTION_DEFAULTS).stdout.splitlines():
            struct, name, default = line.split(" ", 2)
            limits.setdefault(struct, {})[name] = default
        self.assertGreater(len(limits), 0)
        for struct, expected in limits.items():
            shown = {row[0].strip("| `"): row[1] for row in table_with(f"`{struct}`")}
            self.assertEqual(shown, expected)

    def test_every_promise_names_tests_that_are_there(self):
        promises = re.findall(r'^\| <a id="(P\d+)"></a>\1 \|.*\| (.*) \|$', TEXT, re.MULTILINE)
        self.assertGreater(len(promises), 0)
        for promise, held_by in promises:
            places = re.findall(r"((?:`\w+`(?:, )?)+) \(\[\w+\]\(([^)]+)\)\)", held_by)
            self.assertGreater(len(places), 0, promise)
            for tests, file in places:
                text = (PAGE.parent / file).read_text(encoding="utf-8")
                for test in re.findall(r"`(\w+)`", tests):
                    with self.subTest(promise=promise, test=test):
                        self.assertRegex(text, rf"TEST(_P|_F)?\(\w+,\s+{test}\)")

    def test_every_link_leads_somewhere(self):
        self.assertEqual(broken_links(PAGE), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
