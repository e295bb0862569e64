#!/usr/bin/env python3
"""Shows that streaming holds the server's memory flat: a large /stream read slowly, and one whose reader stops.

    python3 perf/memory/stream.py build/release/http_example/http_example

Reads 256 MiB at 16 MiB/s while another client, which asked for as much, reads nothing for 5 s and then goes on. Prints the
server's resident memory as it goes; exits with 1 when it grew by more than 2 MiB after the first second.
"""

import argparse
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

MIB = 1 << 20
GROWTH_MIB_MAX = 2.0


def start(example: str) -> tuple[subprocess.Popen, int]:
    server = subprocess.Popen([example, "--listen=127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if match := re.search(r"127\.0\.0\.1:(\d+)", line):
            return server, int(match[1])
    sys.exit("the example did not say where it listens")


def resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


def ask(port: int, size: int) -> socket.socket:
    peer = socket.create_connection(("127.0.0.1", port))
    peer.sendall(f"GET /stream?bytes={size} HTTP/1.1\r\nHost: memory\r\nConnection: close\r\n\r\n".encode())
    return peer


def read_all(peer: socket.socket, bytes_a_second: float, results: list):
    began = time.monotonic()
    got = 0
    while part := peer.recv(256 * 1024):
        got += len(part)
        ahead = got / bytes_a_second - (time.monotonic() - began)
        if ahead > 0:
            time.sleep(ahead)
    results.append(got)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("example")
    options.add_argument("--mib", type=int, default=256)
    options.add_argument("--mib-per-second", type=int, default=16)
    options.add_argument("--stop-seconds", type=float, default=5)
    given = options.parse_args()
    size = given.mib * MIB
    server, port = start(given.example)
    results: list[int] = []

    def read_after_a_stop(peer: socket.socket):
        time.sleep(given.stop_seconds)
        read_all(peer, given.mib_per_second * MIB * 4, results)

    readers = [
        threading.Thread(target=read_all, args=(ask(port, size), given.mib_per_second * MIB, results)),
        threading.Thread(target=read_after_a_stop, args=(ask(port, size),)),
    ]
    try:
        for reader in readers:
            reader.start()
        time.sleep(1)
        first = highest = resident_mib(server.pid)
        while any(reader.is_alive() for reader in readers):
            highest = max(highest, resident_mib(server.pid))
            time.sleep(0.1)
    finally:
        server.terminate()
        server.wait()
    print(f"resident: {first:.2f} MiB after 1 s, at most {highest:.2f} MiB; bodies with their chunk framing: {results}")
    whole = len(results) == len(readers) and all(got >= size for got in results)
    return 0 if whole and highest - first <= GROWTH_MIB_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
