#!/usr/bin/env python3
"""Connections are spread evenly over the loops, and each loop's thread is where the server says: read back from the kernel."""

import os
import re
import socket
import sys
from pathlib import Path

from example import Example, expect

CONNECTIONS = 300
SECONDS_MAX = 20


def ask(port: int, path: str) -> tuple[socket.socket, str]:
    """The answer's body, and the connection, which stays open."""
    peer = socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX)
    peer.sendall(f"GET {path} HTTP/1.1\r\nHost: spread\r\n\r\n".encode())
    got = b""
    while b"\r\n\r\n" not in got:
        got += peer.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
    while len(body) < length:
        body += peer.recv(65536)
    return peer, body.decode()


def open_by_loop(metrics: str) -> list[int]:
    return [int(value) for value in re.findall(r"^pinwheel_connections_open\{loop=\"\d+\"\} (\d+)$", metrics, re.MULTILINE)]


def loop_threads(pid: int) -> dict[int, str]:
    """By loop: the CPUs that the kernel lets its thread run on."""
    found = {}
    for thread in Path(f"/proc/{pid}/task").iterdir():
        status = (thread / "status").read_text(encoding="ascii")
        if match := re.search(r"^Name:\s+pinwheel/(\d+)$", status, re.MULTILINE):
            found[int(match[1])] = re.search(r"^Cpus_allowed_list:\s+(\S+)$", status, re.MULTILINE)[1]
    return found


def main():
    allowed = sorted(os.sched_getaffinity(0))
    with Example(sys.argv[1]) as server:
        peers = [ask(server.port, "/plaintext")[0] for _ in range(CONNECTIONS)]
        peer, metrics = ask(server.port, "/metrics")
        by_loop = open_by_loop(metrics)
        expect("loops", len(by_loop), len(allowed))
        expect("connections in all", sum(by_loop), CONNECTIONS + 1)
        expect("the most and the fewest differ by one at most", max(by_loop) - min(by_loop) <= 1, True)
        expect("the CPU of each loop's thread", loop_threads(server.pid),
               {loop: str(cpu) for loop, cpu in enumerate(allowed)})
        for each in [*peers, peer]:
            each.close()
    print(f"{CONNECTIONS + 1} connections over {len(by_loop)} loops: {by_loop}; each loop on its own CPU")


if __name__ == "__main__":
    main()
