#!/usr/bin/env python3
"""Loads the example with wrk three ways and prints one table.

Latency is a batch's where several requests are in flight. Server CPU is what the scheduler gave all threads of the
server (/proc/PID/task/*/schedstat) while wrk ran, divided by the requests answered. Server and wrk share the machine:
compare runs on one machine, not requests/s between machines.
"""

import argparse
import json
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

SCRIPT = Path(__file__).with_name("wrk.lua")
START_SECONDS_MAX = 10
ERRORS = ("connect", "read", "write", "timeout", "status")


class Work(NamedTuple):
    name: str
    connections: int
    depth: int


WORKS = [
    Work("64 connections", 64, 1),
    Work("64 connections, 16 in flight each", 64, 16),
    Work("1,000 connections", 1000, 1),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def allow_many_descriptors():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def start(example: str, port: int, flags: list[str]) -> subprocess.Popen:
    server = subprocess.Popen([example, f"--listen=127.0.0.1:{port}", *flags])
    deadline = time.monotonic() + START_SECONDS_MAX
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return server
        except ConnectionRefusedError:
            time.sleep(0.01)
    server.kill()
    sys.exit(f"load: {example} does not listen on port {port}; its own message stands above")


def cpu_ns(pid: int) -> int:
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads)


def measure(work: Work, server: subprocess.Popen, port: int, seconds: int) -> dict:
    before = cpu_ns(server.pid)
    wrk = subprocess.run(
        ["wrk", "--threads", "2", "--connections", str(work.connections), "--duration", f"{seconds}s",
         "--script", SCRIPT, f"http://127.0.0.1:{port}/plaintext", "--", str(work.depth)],
        capture_output=True, text=True, check=False)
    spent = cpu_ns(server.pid) - before
    match = re.search(r"^result (.*)$", wrk.stdout, re.MULTILINE)
    if wrk.returncode != 0 or not match:
        sys.exit(f"load: wrk failed ({wrk.returncode}):\n{wrk.stdout}{wrk.stderr}")
    result = json.loads(match[1])
    if result["requests"] == 0:
        sys.exit(f"load: no request was answered:\n{wrk.stdout}")
    return result | {"cpu_us": spent / 1000 / result["requests"], "errors": sum(result[kind] for kind in ERRORS)}


def row(name: str, *cells: str) -> str:
    return f"{name:<35}" + "".join(f"{cell:>13}" for cell in cells)


def main() -> int:
    options = argparse.ArgumentParser(prog="./dev load", description=__doc__.partition("\n")[0])
    options.add_argument("example", help=argparse.SUPPRESS)
    options.add_argument("--seconds", type=int, default=10, help="for each of the three (default: 10)")
    given, flags = options.parse_known_args()
    if given.seconds < 1:
        options.error("--seconds must be at least 1")

    allow_many_descriptors()
    port = free_port()
    server = start(given.example, port, flags)
    errors = 0
    try:
        print(row("GET /plaintext", "requests/s", "p50 us", "p90 us", "p99 us", "max us", "CPU us/req", "errors"))
        for work in WORKS:
            result = measure(work, server, port, given.seconds)
            errors += result["errors"]
            print(row(work.name, f"{result['requests'] * 1e6 / result['us']:,.0f}",
                      *(f"{result[key]:,}" for key in ("p50", "p90", "p99", "max")),
                      f"{result['cpu_us']:.2f}", f"{result['errors']:,}"), flush=True)
    finally:
        server.send_signal(signal.SIGTERM)
        code = server.wait()
    if errors:
        print("load: a socket error, a timeout or an answer other than 2xx and 3xx is a fault", file=sys.stderr)
    if code != 0:
        print(f"load: the server left with {code} after SIGTERM", file=sys.stderr)
    return 1 if errors or code else 0


if __name__ == "__main__":
    sys.exit(main())
