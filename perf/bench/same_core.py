"""Server CPU / wrk CPU, with both pinned to one core: the figure of merit, and server CPU a request.

A share of one core does not depend on how fast that core is just now, nor on what the other one does. All servers stand
ready the whole time; in each round wrk loads one after the other, beginning with another one than the round before.
"""

from collections.abc import Callable
from contextlib import ExitStack

from bench import wrk
from bench.processes import allowed_cpus
from bench.results import Sample
from bench.servers import Running, Server, ServerFailed
from bench.work import Work

CORE_SHARE_MIN = 0.95  # Of the core's time that wrk and the server must have had together: else others were on it.


def measure(servers: list[Server], work: Work, say: Callable[[str], None], rounds: int, seconds: float,
            tries: int) -> list[Sample]:
    # The last core, as interrupts and the rest of the system tend to the first; for more loops as many as there are.
    cpus = allowed_cpus()[-work.loops:]
    samples = []
    for name, loads in in_turns(servers, work, say, rounds, seconds, tries, cpus).items():
        errors = sum(load.errors for load in loads)
        if errors:
            say(f"{name}, {work.title}: wrk counted {errors:,} errors")
        detail = {"errors": errors, "units": round(sum(load.units for load in loads)),
                  "core_share": round(min(core_share(load, cpus) for load in loads), 3)}
        samples += [Sample("same_core", "ratio", work.name, name, [load.ratio for load in loads], detail),
                    Sample("same_core", "cpu_us", work.name, name, [load.cpu_us for load in loads])]
    return samples


def in_turns(servers: list[Server], work: Work, say: Callable[[str], None], rounds: int, seconds: float, tries: int,
             cpus: list[int]) -> dict[str, list[wrk.Load]]:
    """The rounds of each server that offers the work, and could do it."""
    loads: dict[str, list[wrk.Load]] = {}
    with ExitStack() as stack:
        order = [stack.enter_context(Running(server, loops=work.loops, cpus=cpus)) for server in servers
                 if server.offers(work)]
        for _ in range(rounds):
            for running in order:
                try:
                    load = undisturbed(work, running, seconds, cpus, tries)
                    loads.setdefault(running.server.name, []).append(load)
                except ServerFailed as failure:
                    say(f"{running.server.name}, {work.title}: {failure}")
            order = order[1:] + order[:1]
    return loads


def core_share(load: wrk.Load, cpus: list[int]) -> float:
    return (load.server_cpu_s + load.wrk_cpu_s) / (load.seconds * len(cpus))


def undisturbed(work: Work, server: Running, seconds: float, cpus: list[int], tries_max: int) -> wrk.Load:
    """A round in which the core was theirs; after some tries the best there was."""
    tries = []
    for _ in range(tries_max):
        tries.append(wrk.run(work, server, seconds, cpus))
        if core_share(tries[-1], cpus) >= CORE_SHARE_MIN:
            break
    return max(tries, key=lambda load: core_share(load, cpus))
