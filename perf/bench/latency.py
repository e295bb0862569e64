"""Latency percentiles at a steady rate, the same for all: half of what the slowest server of the run can answer.

h2load asks by the clock from another core and writes down each answer's time. The rate is found at the start of the
measure, unless it is given: results with different rates are not compared.
"""

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import wrk
from bench.plan import Plan
from bench.processes import allowed_cpus, on_cpus
from bench.results import Sample
from bench.servers import Running, Server, ServerFailed
from bench.work import MAIN, Work

PERCENTILES = {"p50": 0.50, "p90": 0.90, "p99": 0.99, "p99.9": 0.999, "max": 1.0}
WARM_UP_SHARE = 0.2  # Of the answers, the first ones, are left out.
ROUND_TO = 1000


def measure(plan: Plan, servers: list[Server], say: Callable[[str], None], rounds: int, rate: int = 0) -> list[Sample]:
    work = MAIN[0]
    rate = rate or half_of_the_slowest(plan, servers, work, say)
    found: dict[str, list[dict[str, float]]] = {}
    for _ in range(rounds):
        for server in servers:
            try:
                found.setdefault(server.name, []).append(percentiles(plan, server, work, rate))
            except ServerFailed as failure:
                say(f"{server.name}, latency: {failure}")
    return [Sample("latency", quantity, work.name, name, [each[quantity] for each in rows], {"rate": rate})
            for name, rows in found.items() if rows for quantity in PERCENTILES]


def half_of_the_slowest(plan: Plan, servers: list[Server], work: Work, say: Callable[[str], None]) -> int:
    cpus = allowed_cpus()
    rates = []
    for server in servers:
        try:
            with Running(server, cpus=cpus[:1]) as running:
                load = wrk.run(work, running, plan.work_seconds, cpus[-1:])
        except ServerFailed as failure:
            say(f"{server.name}, its rate: {failure}")
            continue
        rates.append(load.units / load.seconds)
    return max(ROUND_TO, round(min(rates, default=0) / 2 / ROUND_TO) * ROUND_TO)


def percentiles(plan: Plan, server: Server, work: Work, rate: int) -> dict[str, float]:
    """Microseconds."""
    cpus = allowed_cpus()
    with tempfile.TemporaryDirectory(prefix="pinwheel-bench-") as folder, Running(server, cpus=cpus[:1]) as running:
        log = Path(folder) / "answers"
        done = subprocess.run(
            [*on_cpus(cpus[-1:]), "h2load", "--h1", "--threads=1", f"--clients={work.connections}",
             f"--rps={rate / work.connections}", f"--duration={plan.latency_seconds}", f"--log-file={log}",
             running.url(work.path)], capture_output=True, text=True, check=False)
        rows = [row.split("\t") for row in log.read_text(encoding="ascii").splitlines()] if log.is_file() else []
    if done.returncode != 0 or not rows or any(row[1] != "200" for row in rows):
        raise ServerFailed(f"h2load failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")
    times = sorted(int(row[2]) for row in rows[int(len(rows) * WARM_UP_SHARE):])
    return {name: times[min(len(times) - 1, int(share * len(times)))] for name, share in PERCENTILES.items()}
