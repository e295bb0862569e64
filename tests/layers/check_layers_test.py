#!/usr/bin/env python3
"""The include checker finds a violation planted in each direction, and nothing in the tree as it is.

Every test plants one include in a copy of the sources and looks for that file, line and reason in the answer.
"""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHECKER = ROOT / "cmake" / "check_layers.py"

sys.dont_write_bytecode = True
sys.path.insert(0, str(CHECKER.parent))
from check_layers import MAY_INCLUDE  # noqa: E402


def run_checker(root: Path) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, CHECKER, root], capture_output=True, text=True, check=False)


class CheckLayersTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = Path(scratch.name)
        for folder in {room.partition("/")[0] for room in MAY_INCLUDE} | {"tests"}:
            shutil.copytree(ROOT / folder, self.root / folder)

    def plant(self, file: str, text: str) -> subprocess.CompletedProcess:
        target = self.root / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"#pragma once\n{text}\n", encoding="utf-8")
        return run_checker(self.root)

    def expect_found(self, file: str, text: str, reason: str):
        answer = self.plant(file, text)
        self.assertIn(f"{file}:2: ", answer.stdout)
        self.assertIn(reason, answer.stdout)
        self.assertEqual(answer.returncode, 1)

    def expect_clean(self, file: str, text: str):
        answer = self.plant(file, text)
        self.assertEqual((answer.stdout, answer.returncode), ("", 0))

    def test_the_tree_as_it_is_passes(self):
        answer = run_checker(ROOT)
        self.assertEqual((answer.stdout, answer.returncode), ("", 0))

    def test_every_direction_that_the_table_does_not_allow_is_found(self):
        for room, allowed in MAY_INCLUDE.items():
            for target in MAY_INCLUDE:
                if target == room:
                    continue
                with self.subTest(room=room, target=target):
                    file, text = f"{room}/planted.cc", f'#include "pinwheel/{target}/any.h"'
                    if target in allowed:
                        self.expect_clean(file, text)
                    else:
                        self.expect_found(file, text, f"{room} must not include {target}")
                    (self.root / file).unlink()

    def test_an_upward_include_in_angle_brackets_is_found(self):
        self.expect_found("reactor/planted.h", "#include <pinwheel/net/connection.h>", "quotes")
        self.expect_found("http_example/planted.cc", "#include <pinwheel/net/any.h>", "http_example must not include net")

    def test_odd_spacing_hides_nothing(self):
        self.expect_found("net/planted.h", '  #  include  "pinwheel/framework/server.h"', "net must not include framework")

    def test_the_tests_of_a_layer_see_what_the_layer_sees(self):
        self.expect_found("tests/net/planted_test.cc", '#include "pinwheel/framework/server.h"', "net must not include")

    def test_the_tests_of_a_layer_see_what_is_there_for_tests(self):
        self.expect_clean("tests/net/planted_test.cc", '#include "pinwheel/net/simulation/any.h"')
        self.expect_clean("tests/framework/http/planted_test.cc", '#include "pinwheel/framework/testing/any.h"')
        self.expect_found("tests/reactor/planted_test.cc", '#include "pinwheel/net/simulation/any.h"',
                          "reactor must not include net/simulation")

    def test_every_other_spelling_of_a_project_header_is_found(self):
        for path in ("reactor/event_base.h", "../reactor/event_base.h", "net/address.h"):
            with self.subTest(path=path):
                self.expect_found("net/planted.h", f'#include "{path}"', 'spell it "pinwheel/')

    def test_a_public_header_may_not_bring_a_private_library(self):
        for library in ("spdlog/spdlog.h", "liburing.h", "hwloc.h", "openssl/ssl.h", "nghttp2/nghttp2.h"):
            with self.subTest(library=library):
                self.expect_found("framework/planted.h", f"#include <{library}>", "to every user")

    def test_a_source_file_may_use_a_private_library(self):
        self.expect_clean("framework/planted.cc", "#include <spdlog/spdlog.h>")

    def test_a_public_header_may_not_include_a_private_one(self):
        self.expect_found("net/planted.h", '#include "pinwheel/net/detail/any.h"', "private one")

    def test_the_codec_may_not_know_sockets_or_threads(self):
        for header in ("sys/socket.h", "unistd.h", "thread"):
            with self.subTest(header=header):
                self.expect_found("framework/http/codec/planted.cc", f"#include <{header}>", "the codec knows no")

    def test_a_folder_without_sources_is_an_error(self):
        with tempfile.TemporaryDirectory() as empty:
            answer = run_checker(Path(empty))
        self.assertIn("no sources", answer.stderr)
        self.assertEqual(answer.returncode, 1)


if __name__ == "__main__":
    unittest.main()
