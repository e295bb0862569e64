#!/usr/bin/env python3
"""docs/event-loop.md says what is: its programs print what stands there, its links lead somewhere, no rule is missing.

usage: event_loop_test.py PAGE PROGRAM...    the page's programs, built, in order
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
PROGRAMS = sys.argv[2:]
TEXT = prose_of(PAGE)
RUN_SECONDS_MAX = 20


class EventLoopTest(unittest.TestCase):
    def test_every_program_prints_what_the_page_says(self):
        programs = programs_of(PAGE)
        self.assertEqual(len(programs), len(PROGRAMS))
        for program, built in zip(programs, PROGRAMS):
            with self.subTest(program=built):
                done = subprocess.run([built], capture_output=True, text=True, timeout=RUN_SECONDS_MAX, check=False)
                self.assertEqual((done.stdout, done.stderr, done.returncode), (program.prints, "", 0))

    def test_every_rule_of_the_table_of_conformance_is_explained_and_linked(self):
        table = (PAGE.parent / "conformance.md").read_text(encoding="utf-8")
        rules = set(re.findall(r'<a id="([A-Z]\d+)"></a>', table))
        linked = set(re.findall(r"^\[([A-Z]\d+)\]: conformance\.md#\1$", TEXT, re.MULTILINE))
        mentioned = set(re.findall(r"\[([A-Z]\d+)\](?!:)", TEXT))
        self.assertGreater(len(rules), 0)
        self.assertEqual(rules - mentioned, set())
        self.assertEqual(mentioned, linked)
        self.assertEqual(linked - rules, set())

    def test_every_other_link_leads_somewhere(self):
        self.assertEqual(broken_links(PAGE), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
