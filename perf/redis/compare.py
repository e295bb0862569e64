#!/usr/bin/env python3
"""What one request costs Pinwheel's small Redis server, and what it costs redis-server, under redis-benchmark.

    python3 perf/redis/compare.py build/release/perf/redis_server              seven to twenty minutes
    python3 perf/redis/compare.py --quick build/release/perf/redis_server      about one

Server and redis-benchmark share one core, as in ./dev bench: how they divide it depends less on the machine's mood than
what they do in a second. Both servers stand ready the whole time and take turns in each round. Writes
<results>/redis-<commit>.json, as perf/bench/results.py says, and the same as tables, redis-<commit>.md, which it also
prints.
"""

import argparse
import shlex
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

sys.dont_write_bytecode = True
PERF = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PERF))

from bench import results  # noqa: E402
from bench.processes import allowed_cpus  # noqa: E402
from bench.results import Results, Sample  # noqa: E402
from bench.wrk import allow_many_descriptors  # noqa: E402
from page import page  # noqa: E402
from servers import KEYS, Load, RedisServer, load, ours, theirs  # noqa: E402

CORE_SHARE_MIN = 0.95  # Of the core's time that both must have had together: else others were on it.
TRIES = 3
COMMANDS = ("ping_mbulk", "set", "get")


@dataclass(frozen=True)
class Work:
    command: str
    clients: int
    depth: int

    @property
    def name(self) -> str:
        return f"{self.command} {self.clients} {self.depth}"

    @property
    def title(self) -> str:
        return f"{self.command.partition('_')[0].upper()}, {self.clients:,} clients, {self.depth} in flight each"


WORKS = [Work(command, clients, depth) for depth in (1, 16) for clients in (50, 1000) for command in COMMANDS]


@dataclass(frozen=True)
class Plan:
    rounds: int
    requests: dict[int, int]  # By depth; about two seconds.


FULL = Plan(9, {1: 100_000, 16: 800_000})
QUICK = Plan(3, {1: 50_000, 16: 400_000})
TINY = Plan(1, {1: 2_000, 16: 4_000})


def undisturbed(work: Work, plan: Plan, server: RedisServer, cpus: list[int]) -> Load:
    """A round in which the core was theirs; after some tries the best there was."""
    tries = []
    for _ in range(TRIES if plan is not TINY else 1):
        tries.append(load(server, work.command, work.clients, work.depth, plan.requests[work.depth], cpus))
        if tries[-1].core_share >= CORE_SHARE_MIN:
            break
    return max(tries, key=lambda each: each.core_share)


def measure(plan: Plan, order: list[RedisServer], work: Work, cpus: list[int]) -> list[Sample]:
    loads: dict[str, list[Load]] = {server.name: [] for server in order}
    for at in range(plan.rounds):
        for server in order if at % 2 == 0 else reversed(order):
            loads[server.name].append(undisturbed(work, plan, server, cpus))
    samples = []
    for name, rounds in loads.items():
        detail = {"core_share": round(min(each.core_share for each in rounds), 3), "requests": rounds[0].requests}
        samples += [Sample("redis", "cpu_us", work.name, name, [each.server_us for each in rounds], detail),
                    Sample("redis", "ratio", work.name, name, [each.ratio for each in rounds], detail)]
    return samples


def measure_all(plan: Plan, program: Path) -> list[Sample]:
    cpus = allowed_cpus()[-1:]  # As interrupts and the rest of the system tend to the first.
    with ExitStack() as stack:
        order = [stack.enter_context(RedisServer(command, cpus)) for command in (ours(program), theirs())]
        for server in order:
            load(server, "set", 1, 64, 8 * KEYS, cpus)  # So that what is asked for is there, but one key in 3,000.
        samples = []
        for work in WORKS:
            print(f"   {work.title}", flush=True)
            samples += measure(plan, order, work, cpus)
        return samples


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("program", type=Path, help="redis_server, of a release build")
    options.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    options.add_argument("--tiny", action="store_true", help="everything once and small, to see that it works")
    options.add_argument("--results", type=Path, default=PERF / "results")
    given = options.parse_args()
    plan = TINY if given.tiny else QUICK if given.quick else FULL
    program = given.program.resolve()
    allow_many_descriptors()
    samples = measure_all(plan, program)
    found = Results(
        machine=results.machine(), build=results.build(program.parents[1]),
        run={"date": date.today().isoformat(), "rounds": plan.rounds,
             "command": shlex.join(["python3", *sys.argv])},
        servers=[{"name": "pinwheel", "version": ""},
                 {"name": "redis-server",
                  "version": results.output_of("dpkg-query", "-W", "-f=${Version}", "redis-server")}],
        works={work.name: work.title for work in WORKS}, samples=samples)
    name = f"redis-{found.build['commit']}"
    found.save(given.results / f"{name}.json")
    text = page(found)
    (given.results / f"{name}.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
