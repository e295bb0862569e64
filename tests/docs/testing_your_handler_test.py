#!/usr/bin/env python3
"""docs/testing-your-handler.md says what is: it shows the files beside it; their test passes; with the bug that the page
tells of, only the test over seeds fails, as the page shows, and a test over loopback finds nothing.

usage: testing_your_handler_test.py PAGE FILES TEST SERVER TEST_WITH_BUG SERVER_WITH_BUG
"""

import re
import socket
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
from page_links import broken_links  # noqa: E402

PAGE, FILES = map(Path, sys.argv[1:3])
TEST, SERVER, TEST_WITH_BUG, SERVER_WITH_BUG = sys.argv[3:]
SEED_TEST = "a_client_gets_all_its_answers_however_it_writes_and_whatever_the_network_does"
RUN_SECONDS_MAX = 60
ANSWER_SECONDS_MAX = 20
MESSAGE_BYTES_MAX = 16 << 10


def blocks(language: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def run(program: str) -> subprocess.CompletedProcess:
    return subprocess.run([program], capture_output=True, text=True, timeout=RUN_SECONDS_MAX, check=False)


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(4, "big") + message


class Server:
    """The page's main.cc on a port of the kernel's choosing, and a client of it."""

    def __init__(self, program: str):
        self.process = subprocess.Popen([program, "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
        port = re.search(r"127\.0\.0\.1:(\d+)", self.process.stderr.readline())
        self.client = socket.create_connection(("127.0.0.1", int(port[1])), timeout=ANSWER_SECONDS_MAX)
        self.answers = self.client.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.answers.close()
        self.client.close()
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def ask(self, *messages: bytes) -> list[bytes]:
        self.client.sendall(b"".join(map(framed, messages)))
        return [self.answers.read(int.from_bytes(self.answers.read(4), "big")) for _ in messages]


class TestingYourHandlerTest(unittest.TestCase):
    def test_the_page_shows_what_stands_in_the_files(self):
        files = [file.read_text(encoding="utf-8") for file in FILES.iterdir()]
        shown = blocks("cpp")
        self.assertGreater(len(shown), 0)
        for block in shown:
            self.assertTrue(any(block in text for text in files), block)

    def test_the_handler_passes_its_test(self):
        done = run(TEST)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn(SEED_TEST, done.stdout)

    def test_with_the_bug_only_the_test_over_seeds_fails_as_the_page_shows(self):
        done = run(TEST_WITH_BUG)
        self.assertEqual(done.returncode, 1, done.stdout)
        failed = set(re.findall(r"^\[  FAILED  \] \w+\.(\w+)", done.stdout, re.MULTILINE))
        self.assertEqual(failed, {SEED_TEST}, done.stdout)
        [shown] = blocks("text")
        self.assertIn(shown, done.stdout)

    def test_over_loopback_the_bug_is_not_seen(self):
        for program in (SERVER, SERVER_WITH_BUG):
            with self.subTest(program=program), Server(program) as server:
                for size in (1, 0, 100, MESSAGE_BYTES_MAX):
                    message = bytes(at % 251 for at in range(size))
                    self.assertEqual(server.ask(message), [message[::-1]])
                self.assertEqual(server.ask(b"abc", b"", b"de"), [b"cba", b"", b"ed"])
                server.client.sendall((MESSAGE_BYTES_MAX + 1).to_bytes(4, "big"))
                self.assertEqual(server.answers.read(), b"")

    def test_every_link_leads_somewhere(self):
        self.assertEqual(broken_links(PAGE), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
