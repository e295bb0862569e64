#!/usr/bin/env python3
"""docs/connections.md says what is: its programs print what stands there, its limits are the code's, every callback and
every reason of the headers is explained, the tests that it names are there, and its links lead somewhere.

usage: connections_test.py PAGE ROOT CONNECTION_DEFAULTS PROGRAM...    the page's programs, built, in order
"""

import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
from page_links import broken_links, prose_of  # noqa: E402
from page_programs import programs_of  # noqa: E402

PAGE, ROOT = map(Path, sys.argv[1:3])
CONNECTION_DEFAULTS, *PROGRAMS = sys.argv[3:]
TEXT = prose_of(PAGE)
RUN_SECONDS_MAX = 20


def run(program: str) -> subprocess.CompletedProcess:
    return subprocess.run([program], capture_output=True, text=True, timeout=RUN_SECONDS_MAX, check=False)


def table_with(heading: str) -> list[list[str]]:
    """The cells of the rows below a table's heading, whose first cell is given."""
    table = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table[1].splitlines()]


def names_in(table: list[list[str]]) -> set[str]:
    return {row[0].strip("| `") for row in table}


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

    def test_no_connection_option_is_missing(self):
        header = (ROOT / "net/connection_options.h").read_text(encoding="utf-8")
        options = set(re.findall(r"^  [\w:]+ (\w+) = ", header, re.MULTILINE))
        self.assertGreater(len(options), 0)
        self.assertEqual(names_in(table_with("`connection_options`")), options)

    def test_every_callback_is_explained(self):
        header = (ROOT / "net/connection_handler.h").read_text(encoding="utf-8")
        callbacks = set(re.findall(r"virtual [\w:]+ (\w+)\(", header))
        self.assertGreater(len(callbacks), 0)
        self.assertEqual(names_in(table_with("callback")), callbacks)

    def test_every_reason_is_explained(self):
        header = (ROOT / "net/close_reason.h").read_text(encoding="utf-8")
        reasons = set(re.findall(r"^  (\w+), +//", header, re.MULTILINE))
        self.assertGreater(len(reasons), 0)
        self.assertEqual(names_in(table_with("reason")), reasons)

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
