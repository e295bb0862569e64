"""User instructions a request: two runs of different length under callgrind; what the longer one spent more.

Starting and ending cancel out. The same for every run to within how many requests a wait happens to find.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.callgrind import by_function, without_arguments
from bench.client import CountingClient
from bench.plan import Plan
from bench.processes import allowed_cpus
from bench.results import Sample
from bench.servers import Running, Server, ServerFailed
from bench.work import IN_TURN, Work

FUNCTIONS_SHOWN = 40


def measure(plan: Plan, servers: list[Server], works: list[Work], say: Callable[[str], None]) -> list[Sample]:
    pairs = [(server, work, work.name, 1) for work in works for server in servers]
    return count_all(plan, pairs, say)


def measure_loops(plan: Plan, servers: list[Server], say: Callable[[str], None]) -> list[Sample]:
    """With so many loops, more than there are CPUs among them: a request must not cost more for it."""
    pairs = [(server, IN_TURN, f"{loops}_loops", loops) for loops in plan.loops for server in servers]
    return count_all(plan, pairs, say)


def count_all(plan: Plan, pairs: list[tuple[Server, Work, str, int]], say: Callable[[str], None]) -> list[Sample]:
    """As many at once as there are CPUs: counts do not mind."""

    def one(pair: tuple[Server, Work, str, int]) -> Sample | None:
        server, work, name, loops = pair
        try:
            spent = difference(plan, server, work, loops)
        except (ServerFailed, OSError) as failure:
            say(f"{server.name}, instructions, {name}: {failure}")
            return None
        shown = {} if server.kind not in ("ours", "guest") or loops > 1 else {"functions": table(spent)}
        return Sample("instructions", "total", name, server.name, [sum(spent.values())], shown)

    with ThreadPoolExecutor(len(allowed_cpus())) as workers:
        return [sample for sample in workers.map(one, pairs) if sample]


def difference(plan: Plan, server: Server, work: Work, loops: int) -> dict[str, float]:
    """Instructions a request, by function."""
    asked_less, less = run(server, work, loops, plan.requests_short)
    asked_more, more = run(server, work, loops, plan.requests_long)
    requests = asked_more - asked_less
    return {name: (more[name] - less[name]) / requests for name in more}


def run(server: Server, work: Work, loops: int, requests: int) -> tuple[int, Counter[str]]:
    with tempfile.TemporaryDirectory(prefix="pinwheel-bench-") as name:
        folder = Path(name)
        os.chmod(folder, 0o777)  # A server may drop to another user.
        before = ("valgrind", "--tool=callgrind", "--trace-children=yes", f"--callgrind-out-file={folder}/callgrind.%p")
        with Running(server, loops=loops, before=before) as running:
            with CountingClient(running, work) as client:
                asked = client.ask(requests)
        spent = by_function(folder)
        if not spent:
            raise ServerFailed("callgrind wrote nothing")
        return asked, spent


def table(spent: dict[str, float]) -> list[list]:
    """The functions that spend most, under their short names, and one row for the rest."""
    short: Counter[str] = Counter()
    for name, instructions in spent.items():
        short[without_arguments(name)] += instructions
    rows = [[name, round(instructions, 1)] for name, instructions in short.most_common(FUNCTIONS_SHOWN)
            if instructions >= 0.5]
    rest = sum(short.values()) - sum(row[1] for row in rows)
    return rows + ([["all others", round(rest, 1)]] if rest >= 0.5 else [])
