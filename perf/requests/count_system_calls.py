#!/usr/bin/env python3
"""Counts the server's system calls for each request, with one connection that asks again when it was answered.

    python3 perf/requests/count_system_calls.py build/release/http_example/http_example

Counted by strace over all of the server's threads, while the client runs.
Exits with 1 unless a request costs exactly one recv, one send and one wait.
"""

import argparse
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

REQUEST = b"GET /plaintext HTTP/1.1\r\nHost: count\r\n\r\n"
BODY = b"Hello, World!"
WAITS = ("epoll_wait", "epoll_pwait", "epoll_pwait2")


def ask(peer: socket.socket, times: int):
    for _ in range(times):
        peer.sendall(REQUEST)
        got = b""
        while not got.endswith(BODY):
            part = peer.recv(4096)
            if not part:
                sys.exit("the server closed the connection")
            got += part


def start(example: str) -> tuple[subprocess.Popen, int]:
    server = subprocess.Popen([example, "--listen=127.0.0.1:0", "--loops=1"], stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if match := re.search(r"127\.0\.0\.1:(\d+)", line):
            return server, int(match[1])
    sys.exit("the example did not say where it listens")


def count(server: subprocess.Popen, peer: socket.socket, requests: int) -> dict[str, int]:
    """System calls of all threads of the server while `requests` are asked."""
    tracer = subprocess.Popen(["strace", "-f", "-c", "-S", "name", "-p", str(server.pid)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    threads = len(list(Path(f"/proc/{server.pid}/task").iterdir()))
    attached = 0
    while attached < threads:
        line = tracer.stderr.readline()
        if not line:
            sys.exit("strace could not attach")
        attached += len(re.findall(r"attached", line)) if "threads" not in line else threads
    ask(peer, requests)
    tracer.send_signal(signal.SIGINT)
    table = tracer.communicate()[0:2][1]
    rows = re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", table, re.MULTILINE)
    return {name: int(calls) for calls, name in rows if name != "total"}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("example")
    options.add_argument("--requests", type=int, default=10_000)
    given = options.parse_args()
    if shutil.which("strace") is None:
        sys.exit("strace is missing: apt-get install strace")
    server, port = start(given.example)
    try:
        with socket.create_connection(("127.0.0.1", port)) as peer:
            ask(peer, 100)
            calls = count(server, peer, given.requests)
    finally:
        server.terminate()
        server.wait()
    waits = sum(calls.pop(name, 0) for name in WAITS)
    calls["epoll_wait"] = waits
    exact = True
    for name, number in sorted(calls.items()):
        wanted = given.requests if name in ("recvfrom", "sendto", "epoll_wait") else 0
        # One wait may be under way when the count begins, and one when it ends; other calls may not grow with the requests.
        right = abs(number - wanted) <= (1 if wanted else 10)
        exact = exact and right
        print(f"{name:<16}{number:>10}{number / given.requests:>10.4f} a request{'' if right else '   <-- not as it should be'}")
    return 0 if exact else 1


if __name__ == "__main__":
    sys.exit(main())
