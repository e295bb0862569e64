"""Allocations a request: calls of malloc and its like, by a counter that is preloaded into the server."""

import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.client import CountingClient
from bench.plan import Plan
from bench.results import Sample
from bench.servers import Running, Server, ServerFailed
from bench.work import Work


def measure(plan: Plan, programs: Path, servers: list[Server], works: list[Work],
            say: Callable[[str], None]) -> list[Sample]:
    samples = []
    for work in works:
        for server in servers:
            try:
                counted = [count(plan, programs, server, work)]
            except ServerFailed as failure:
                say(f"{server.name}, allocations, {work.title}: {failure}")
                continue
            samples.append(Sample("allocations", "total", work.name, server.name, counted))
    return samples


def count(plan: Plan, programs: Path, server: Server, work: Work) -> float:
    with tempfile.NamedTemporaryFile(prefix="pinwheel-bench-") as counts:
        counts.write(bytes(8))
        counts.flush()
        path = Path(counts.name)
        path.chmod(0o666)  # A server may drop to another user.
        environment = {"LD_PRELOAD": str(programs / "allocation_counter.so"), "PINWHEEL_ALLOCATIONS_FILE": counts.name}
        with Running(server, environment=environment) as running:
            if number_in(path) == 0:
                raise ServerFailed("it has an allocator of its own")
            with CountingClient(running, work) as client:
                client.ask(plan.requests_short)
                before = number_in(path)
                requests = client.ask(plan.requests_long)
                return (number_in(path) - before) / requests


def number_in(path: Path) -> int:
    return struct.unpack("=Q", path.read_bytes())[0]
