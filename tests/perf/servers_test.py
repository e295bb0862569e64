#!/usr/bin/env python3
"""The servers that stand beside Pinwheel in the measurements answer as it does: each is started once and asked.

usage: servers_test.py FOLDER     the folder has the programs; those that are not there or not installed are left out
"""

import re
import socket
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "perf"))
from bench.servers import Running, Server, ServerFailed, known  # noqa: E402

FOLDER = Path(sys.argv.pop())
OURS = ["date", "content-type", "content-length"]
FIELDS = {"nginx": ["server", *OURS, "connection"],
          "h2o": ["date", "connection", "content-length", "content-type", "last-modified", "accept-ranges"]}
PLAINTEXT = b"GET /plaintext HTTP/1.1\r\nHost: test\r\n\r\n"
DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
SECONDS_MAX = 20
# Larger than what the sockets between a server and a client that does not read can hold.
ANSWERS_UNREAD = 100_000
NOT_ALLOWED = "io_uring_queue_init"  # What io_uring_floor says where the kernel, or a container, refuses it.


class Client:
    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), SECONDS_MAX)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.got = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.got.close()
        self.socket.close()

    def send(self, data: bytes):
        self.socket.sendall(data)

    def reply(self) -> tuple[str, dict[str, str], bytes]:
        status = self.got.readline().decode().rstrip("\r\n")
        fields = {}
        while (line := self.got.readline().decode().rstrip("\r\n")):
            name, _, value = line.partition(": ")
            fields[name.lower()] = value
        if fields.get("transfer-encoding") == "chunked":
            return status, fields, b"".join(iter(self.chunk, b""))
        return status, fields, self.got.read(int(fields["content-length"]))

    def chunk(self) -> bytes:
        data = self.got.read(int(self.got.readline(), 16))
        self.got.readline()
        return data

    def ask(self, request: bytes) -> tuple[str, dict[str, str], bytes]:
        self.send(request)
        return self.reply()


class ServerTests:
    """What every server must do. The classes made from it below name a server each."""

    server: Server

    @classmethod
    def setUpClass(cls):
        try:
            cls.running = Running(cls.server, loops=2)
        except ServerFailed as failure:
            if NOT_ALLOWED in str(failure):
                raise unittest.SkipTest(str(failure)) from failure
            raise
        cls.port = cls.running.port

    @classmethod
    def tearDownClass(cls):
        code = cls.running.stop()
        if code != 0:
            raise AssertionError(f"{cls.server.name} ended with {code} after SIGTERM")

    def expect_plaintext(self, reply):
        status, fields, body = reply
        self.assertEqual((status, body), ("HTTP/1.1 200 OK", b"Hello, World!"))
        self.assertEqual(list(fields), FIELDS.get(self.server.name, OURS))
        self.assertEqual(fields["content-type"], "text/plain; charset=utf-8")
        self.assertRegex(fields["date"], DATE)

    def test_plaintext_has_the_fields_and_the_body_of_the_example(self):
        with Client(self.port) as client:
            self.expect_plaintext(client.ask(PLAINTEXT))

    def test_sixteen_requests_in_one_piece_are_all_answered(self):
        with Client(self.port) as client:
            client.send(PLAINTEXT * 16)
            for _ in range(16):
                self.expect_plaintext(client.reply())

    def test_a_request_may_come_byte_by_byte(self):
        with Client(self.port) as client:
            for byte in PLAINTEXT:
                client.send(bytes([byte]))
            self.expect_plaintext(client.reply())


class FloorTests(ServerTests):
    def test_requests_may_be_cut_anywhere(self):
        with Client(self.port) as client:
            for place in range(1, len(PLAINTEXT * 2)):
                client.send((PLAINTEXT * 2)[:place])
                for _ in range(place // len(PLAINTEXT)):
                    self.expect_plaintext(client.reply())
                client.send((PLAINTEXT * 2)[place:])
                for _ in range(2 - place // len(PLAINTEXT)):
                    self.expect_plaintext(client.reply())

    def test_line_ends_that_make_no_blank_line_are_no_request(self):
        with Client(self.port) as client:
            client.send(b"\r\n \r\n\n\r\r\n\r \n\n\n\r\r" + b"a" * 40 + b"\r\nb\r\n")
            self.expect_plaintext(client.ask(b"\r\n"))
            self.expect_plaintext(client.ask(PLAINTEXT))

    def test_a_client_that_reads_late_gets_every_answer(self):
        with Client(self.port) as client:
            for _ in range(100):
                client.send(PLAINTEXT * (ANSWERS_UNREAD // 100))
            client.socket.shutdown(socket.SHUT_WR)
            answers = re.sub(rb"Date: .{29}", b"Date: ", client.got.read())
            one = answers[:answers.index(b"Hello, World!") + 13]
            self.assertEqual((len(answers) // len(one), answers == one * ANSWERS_UNREAD), (ANSWERS_UNREAD, True))


class BytesTests(ServerTests):
    def test_bytes_have_their_sizes(self):
        with Client(self.port) as client:
            for name, size in (("1k", 1 << 10), ("1m", 1 << 20)):
                status, fields, body = client.ask(f"GET /bytes/{name} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
                self.assertEqual(status, "HTTP/1.1 200 OK")
                self.assertEqual((fields["content-type"], body), ("application/octet-stream", b"x" * size))


class EchoTests(BytesTests):
    def test_echo_sends_the_body_back(self):
        with Client(self.port) as client:
            for size in (1 << 10, 1 << 20):
                body = bytes(range(256)) * (size // 256)
                head = (f"POST /echo HTTP/1.1\r\nHost: test\r\nContent-Type: text/x-test\r\n"
                        f"Content-Length: {size}\r\n\r\n")
                status, fields, echoed = client.ask(head.encode() + body)
                self.assertEqual((status, fields["content-type"]), ("HTTP/1.1 200 OK", "text/x-test"))
                self.assertTrue(echoed == body, f"{size} bytes")


class StreamTests(EchoTests):
    def test_stream_sends_as_many_bytes_as_asked_for(self):
        with Client(self.port) as client:
            for size in (0, 1, 10_000, 1_000_000):
                status, fields, body = client.ask(f"GET /stream?bytes={size} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
                self.assertEqual((status, fields["transfer-encoding"], len(body)), ("HTTP/1.1 200 OK", "chunked", size))
            self.expect_plaintext(client.ask(PLAINTEXT))


KINDS = {"pinwheel-epoll": StreamTests, "epoll-floor": FloorTests, "io_uring-floor": FloorTests,
         "evhttp": StreamTests, "beast": StreamTests, "nginx": BytesTests, "h2o": EchoTests}


def load_tests(loader, _tests, _pattern):
    suite = unittest.TestSuite()
    for server in known(FOLDER):
        if server.name in KINDS and server.is_here():
            made = type(server.name, (KINDS[server.name], unittest.TestCase), {"server": server})
            suite.addTests(loader.loadTestsFromTestCase(made))
    return suite


if __name__ == "__main__":
    unittest.main()
