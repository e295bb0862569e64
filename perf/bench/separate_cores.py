"""A core for the server and one for wrk: requests a second, and which of the two was the limit.

Where wrk's core is full and the server's is not, the number ranks wrk and not the servers: that is said with it.
"""

import statistics
from collections.abc import Callable, Iterable

from bench import wrk
from bench.plan import Plan
from bench.processes import allowed_cpus
from bench.results import Sample
from bench.servers import Running, Server, ServerFailed
from bench.work import Work

FULL_SHARE = 0.95  # Of a core: beyond it there is no room for more.


def measure(plan: Plan, servers: list[Server], works: list[Work], say: Callable[[str], None],
            rounds: int) -> list[Sample]:
    cpus = allowed_cpus()
    if len(cpus) < 2:
        say("there is only one CPU: nothing is measured with a core each")
        return []
    samples = []
    for work in works:
        for server in servers:
            try:
                with Running(server, cpus=cpus[:1]) as running:
                    loads = [wrk.run(work, running, plan.work_seconds, cpus[-1:]) for _ in range(rounds)]
            except ServerFailed as failure:
                say(f"{server.name}, a core each, {work.title}: {failure}")
                continue
            detail = {"server_share": mean_share(load.server_cpu_s / load.seconds for load in loads),
                      "wrk_share": mean_share(load.wrk_cpu_s / load.seconds for load in loads)}
            detail["limit"] = limit(**detail)
            samples.append(Sample("separate_cores", "requests_s", work.name, server.name,
                                  [load.units / load.seconds for load in loads], detail))
    return samples


def mean_share(shares: Iterable[float]) -> float:
    return round(min(1, statistics.mean(shares)), 3)


def limit(server_share: float, wrk_share: float) -> str:
    if server_share >= FULL_SHARE:
        return "server"
    return "load generator" if wrk_share >= FULL_SHARE else "neither"
