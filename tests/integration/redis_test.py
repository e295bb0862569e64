#!/usr/bin/env python3
"""Clients that no one here wrote: redis-cli and redis-benchmark against redis_server.cc; then what neither of them does."""

import csv
import random
import resource
import signal
import socket
import subprocess
import sys
import threading

from example import Example, expect

SECONDS_MAX = 60
KEYS = 20
TESTS = ["PING_INLINE", "PING_MBULK", "SET", "GET"]
# Clients, requests that each has in flight, requests of each of the tests.
LOADS = [(50, 1, 5_000), (50, 16, 20_000), (1000, 1, 5_000), (1000, 16, 20_000)]

# The bounds of redis_server.cc.
WORDS_MAX = 8
WORD_BYTES_MAX = 512 << 10
LINE_BYTES_MAX = 64 << 10
STORE_BYTES_MAX = 64 << 20


# ---- by redis-cli and redis-benchmark -----------------------------------------------------------------------------


def run(*command: str, said: bytes = b"") -> bytes:
    done = subprocess.run(command, input=said, capture_output=True, timeout=SECONDS_MAX, check=False)
    if done.returncode != 0 or done.stderr:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}, {done.stdout + done.stderr!r}")
    return done.stdout


def ask_cli(server: Example, *words: str, said: bytes = b"") -> bytes:
    """What redis-cli prints, without the line's end behind it."""
    return run("redis-cli", "-h", "127.0.0.1", "-p", str(server.port), *words, said=said).removesuffix(b"\n")


def try_cli(server: Example):
    expect("ping", ask_cli(server, "ping"), b"PONG")
    expect("a key that is not there", ask_cli(server, "--no-raw", "get", "nothing"), b"(nil)")
    expect("set", ask_cli(server, "SET", "word", "value"), b"OK")
    expect("get", ask_cli(server, "get", "word"), b"value")
    expect("set again", ask_cli(server, "set", "word", "another value"), b"OK")
    expect("get again", ask_cli(server, "get", "word"), b"another value")
    expect("set to nothing", ask_cli(server, "set", "empty", ""), b"OK")
    expect("get nothing", ask_cli(server, "--no-raw", "get", "empty"), b'""')
    expect("a key of no bytes", ask_cli(server, "set", "", "keyless"), b"OK")
    expect("its value", ask_cli(server, "get", ""), b"keyless")
    expect("as if typed", ask_cli(server, said=b"ping\nset typed 1\nget typed\n").split(), [b"PONG", b"OK", b"1"])
    for size in (256, 100_000, WORD_BYTES_MAX):
        value = (b"\r\n$3\r\n\0" + bytes(range(256)) * (size // 256 + 1))[:size]
        expect(f"set {size} bytes of every kind", ask_cli(server, "-x", "set", "bytes", said=value), b"OK")
        expect(f"get {size} bytes of every kind", ask_cli(server, "get", "bytes") == value, True)
    for words in (["incr", "word"], ["get"], ["get", "a", "b"], ["set", "a"], ["set", "a", "b", "ex", "1"],
                  ["config", "set", "save", "1"]):
        expect(f"an error for {words}", ask_cli(server, *words).startswith(b"ERR "), True)


def try_benchmark(server: Example, clients: int, depth: int, requests: int):
    """redis-benchmark fails at the first error that it is answered; what its SET wrote is read back by redis-cli."""
    value_bytes = clients + depth  # Another value each time.
    said = run("redis-benchmark", "-h", "127.0.0.1", "-p", str(server.port), "-c", str(clients), "-P", str(depth), "-n",
               str(requests), "-r", str(KEYS), "-d", str(value_bytes), "-t", "ping,set,get", "--csv")
    rows = {row["test"]: float(row["rps"]) for row in csv.DictReader(said.decode().splitlines())}
    expect(f"the tests of redis-benchmark -c {clients} -P {depth}", list(rows), TESTS)
    expect(f"each was done, {rows}", min(rows.values()) > 0, True)
    asked = "".join(f"get key:{key:012}\n" for key in range(KEYS))
    values = ask_cli(server, said=asked.encode()).split(b"\n")
    expect("values that redis-benchmark has set", [len(value) for value in values], [value_bytes] * KEYS)
    expect("different ones", len(set(values)), 1)


# ---- by a client of our own ---------------------------------------------------------------------------------------


class Client:
    def __init__(self, server: Example):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS_MAX)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.got = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.got.close()
        self.socket.close()

    def send(self, data: bytes):
        self.socket.sendall(data)

    def expect(self, what: str, wanted: bytes):
        expect(what, self.got.read(len(wanted)) == wanted, True)

    def expect_end(self, what: str, wanted: bytes):
        """These bytes, then the end."""
        expect(what, self.got.read(), wanted)


def command(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


def bulk(value: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(value), value)


def some_requests(prefix: bytes, count: int) -> tuple[bytes, bytes]:
    """Requests of every kind, for keys that nobody has used, and what must be answered."""
    chance = random.Random(5)
    values: dict[bytes, bytes] = {}
    asked, answers = [], []
    for _ in range(count):
        key = b"%b%d" % (prefix, chance.randrange(10))
        if chance.random() < 0.4:
            values[key] = chance.randbytes(chance.choice((0, 1, 30, 3000)))
            asked.append(command(b"set", key, values[key]))
            answers.append(b"+OK\r\n")
        elif chance.random() < 0.8:
            asked.append(command(b"GET", key) if chance.random() < 0.8 else b"  get  %b \r\n" % key)
            answers.append(bulk(values[key]) if key in values else b"$-1\r\n")
        else:
            asked.append(chance.choice((command(b"PING"), b"ping\n", b"\r\n*0\r\nPING\r\n")))
            answers.append(b"+PONG\r\n")
    return b"".join(asked), b"".join(answers)


def try_pipeline(server: Example):
    asked, answers = some_requests(b"pipelined:", 3000)
    with Client(server) as client:
        sender = threading.Thread(target=client.send, args=(asked,))
        sender.start()
        client.expect("3,000 pipelined requests, each answered in its turn", answers)
        sender.join()


def try_byte_by_byte(server: Example):
    asked, answers = some_requests(b"bytes:", 20)
    with Client(server) as client:
        for byte in asked:
            client.send(bytes([byte]))
        client.expect("requests a byte at a time", answers)


def try_late_reader(server: Example):
    """More answers than are kept for a client that does not read: the server waits, and loses none."""
    value, times = bytes(WORD_BYTES_MAX), 100
    with Client(server) as client:
        client.send(command(b"set", b"large", value) + command(b"get", b"large") * times)
        client.expect("set", b"+OK\r\n")
        for _ in range(times):
            client.expect("a large value", bulk(value))


def try_wrong_bytes(server: Example):
    for wrong in (b"*x\r\n", b"*-1\r\n", b"*%d\r\n" % (WORDS_MAX + 1), b"*1\r\n:1\r\n", b"*1\r\n$-1\r\n",
                  b"*1\r\n$1\r\nPING\r\n", b"*1\r\n$%d\r\n" % (WORD_BYTES_MAX + 1), b"*" + b"1" * 16,
                  b"word " * (WORDS_MAX + 1) + b"\r\n", b"x" * LINE_BYTES_MAX):
        with Client(server) as client:
            client.send(command(b"PING") + wrong)
            client.expect_end(f"the end after {wrong[:30]!r}", b"+PONG\r\n-ERR Protocol error\r\n")


def try_full_store(server: Example):
    value = bytes(WORD_BYTES_MAX)
    with Client(server) as client:
        fits = 0
        for number in range(STORE_BYTES_MAX // WORD_BYTES_MAX):
            client.send(command(b"set", b"fill:%d" % number, value))
            answer = client.got.readline()
            if answer != b"+OK\r\n":
                expect("what does not fit", answer.startswith(b"-OOM "), True)
                break
            fits += 1
        expect("most of the store was given out", fits > STORE_BYTES_MAX // WORD_BYTES_MAX * 0.9, True)
        client.send(command(b"set", b"fill:0", b"") + command(b"set", b"fill:new", value[1000:]) +
                    command(b"get", b"fill:0"))
        client.expect("room that was given back is used again", b"+OK\r\n+OK\r\n$0\r\n\r\n")


def allow_many_descriptors():
    """For the server and for redis-benchmark, which are started from here."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main():
    allow_many_descriptors()
    with Example(sys.argv[1]) as server:
        try_cli(server)
        for clients, depth, requests in LOADS:
            try_benchmark(server, clients, depth, requests)
        try_pipeline(server)
        try_byte_by_byte(server)
        try_late_reader(server)
        try_wrong_bytes(server)
        try_full_store(server)
        expect("and after all that", ask_cli(server, "ping"), b"PONG")
        server.send(signal.SIGTERM)
        expect("exit code", server.wait(), 0)
    print("redis-cli and redis-benchmark are answered as by their own server")


if __name__ == "__main__":
    main()
