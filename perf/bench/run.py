"""./dev bench: measures, and writes a result with its page."""

import argparse
import shlex
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench import (allocations, instructions, latency, memory, page, results, same_core, separate_cores, servers,
                   system_calls, work, wrk)
from bench.plan import FULL, QUICK, TINY, Plan
from bench.results import ROOT, Results, Sample
from bench.servers import Running, Server, ServerFailed

Say = Callable[[str], None]
TOOLS = ("wrk", "nghttp2-client", "valgrind", "linux-perf")


class Run:
    """What one command does: which servers, how much, and what was said on the way."""

    def __init__(self, given: argparse.Namespace, plan: Plan, chosen: list[Server]):
        self.given, self.plan, self.servers = given, plan, chosen
        self.notes: list[str] = []
        # The order in which they matter.
        self.measures: dict[str, Callable[[], list[Sample]]] = {
            "same_core": self.same_core,
            "system_calls": self.system_calls,
            "instructions": lambda: instructions.measure(plan, chosen, work.COUNTED, self.say),
            "memory": lambda: memory.measure(plan, chosen, self.say, plan.work_rounds),
            "latency": lambda: latency.measure(plan, chosen, self.say, plan.work_rounds, given.rate),
            "work": self.other_work,
            "separate_cores": lambda: separate_cores.measure(plan, chosen, work.MAIN, self.say, plan.work_rounds),
            "allocations": lambda: allocations.measure(plan, given.programs, chosen, work.COUNTED, self.say),
            "loops": lambda: instructions.measure_loops(plan, self.of_ours(), self.say),
        }

    def say(self, note: str):
        print(f"   {note}", flush=True)
        self.notes.append(note.partition("\n")[0])

    def of_ours(self) -> list[Server]:
        return [server for server in self.servers if server.kind in ("ours", "guest")]

    def same_core(self) -> list[Sample]:
        return [sample for one in work.MAIN for sample in same_core.measure(
            self.servers, one, self.say, self.plan.rounds, self.plan.round_seconds, self.plan.tries)]

    def system_calls(self) -> list[Sample]:
        return [sample for one in work.MAIN
                for sample in system_calls.measure(self.plan, self.servers, one, self.say, self.plan.work_rounds)]

    def other_work(self) -> list[Sample]:
        return [sample for one in work.OTHERS if self.plan.works is None or one.name in self.plan.works
                for sample in same_core.measure(self.servers, one, self.say, self.plan.work_rounds,
                                                self.plan.work_seconds, self.plan.tries)]


def arguments() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer and shorter rounds: under 15 minutes")
    options.add_argument("--tiny", action="store_true", help="everything once, for tests; its timings mean nothing")
    options.add_argument("--only", help="measures, with commas between: same_core, system_calls, instructions, memory, "
                                        "latency, work, separate_cores, allocations, loops")
    options.add_argument("--servers", help="names, with commas between (default: all that are here)")
    options.add_argument("--server", action="append", default=[], metavar="NAME=COMMAND",
                         help="one more server; its command has {port} in it, and {loops}, {threads} or {folder}")
    options.add_argument("--rounds", type=int, help="of the figure of merit")
    options.add_argument("--rate", type=int, default=0, help="requests a second for latency (default: found)")
    options.add_argument("--out", type=Path, help="the result without its ending (default: perf/results/DATE-COMMIT)")
    options.add_argument("--programs", type=Path, default=ROOT / "build/release/perf", help=argparse.SUPPRESS)
    return options


def probe(chosen: list[Server], say: Say) -> list[Server]:
    """Those that start and answer; the others are named."""
    able = []
    for server in chosen:
        if not server.is_here():
            say(f"{server.name} is not measured: there is no {server.command[0]}")
            continue
        try:
            with Running(server):
                able.append(server)
        except ServerFailed as failure:
            say(f"{server.name} is not measured: {failure}")
    return able


def version(package: str) -> str:
    """Empty where there is no such package, or no Debian."""
    return results.output_of("dpkg-query", "-W", "-f=${Version}", package) if package else ""


def chosen_servers(given: argparse.Namespace) -> list[Server]:
    everything = servers.known(given.programs) + [servers.guest(definition) for definition in given.server]
    if not given.servers:
        return everything
    names = given.servers.split(",")
    if unknown := set(names) - {server.name for server in everything}:
        raise ValueError(f"there is no server {', '.join(sorted(unknown))}; there are "
                         f"{', '.join(server.name for server in everything)}")
    return [server for server in everything if server.name in names]


def out_path(given: argparse.Namespace) -> Path:
    if given.out:
        return given.out
    stem = f"{time.strftime('%Y-%m-%d')}-{results.commit()}" + ("-quick" if given.quick else "")
    path, number = ROOT / "perf/results" / stem, 1
    while path.with_name(path.name + ".json").exists():
        number += 1
        path = path.with_name(f"{stem}-{number}")
    return path


def of_programs(programs: Path, side: str) -> list[Server]:
    """Pinwheel alone, as it was built there: for comparing two builds in one run."""
    return [servers.pinwheel(programs, backend, f"pinwheel-{backend}@{side}") for backend in servers.BACKENDS]


def measure(run: Run) -> Results:
    given = run.given
    names = given.only.split(",") if given.only else list(run.measures)
    if unknown := set(names) - set(run.measures):
        raise ValueError(f"there is no measure {', '.join(sorted(unknown))}; there are {', '.join(run.measures)}")
    run.servers[:] = probe(run.servers, run.say)
    if not run.servers:
        raise ValueError("no server is left to measure")
    samples, began = [], time.monotonic()
    for name in [name for name in run.measures if name in names]:
        start = time.monotonic()
        print(f"\n== {name.replace('_', ' ')}", flush=True)
        samples += run.measures[name]()
        print(f"   {time.monotonic() - start:.0f} s", flush=True)
    how = "tiny" if given.tiny else "quick" if given.quick else "full"
    return Results(
        machine=results.machine(), build=results.build(given.programs.parent),
        run={"date": time.strftime("%Y-%m-%d"), "command": shlex.join(["./dev", "bench", *sys.argv[1:]]), "length": how,
             "rounds": run.plan.rounds, "seconds": round(time.monotonic() - began),
             "tools": {tool: version(tool) for tool in TOOLS}},
        servers=[{"name": server.name, "kind": server.kind, "version": version(server.package),
                  "not_offered": sorted(server.not_offered)} for server in run.servers],
        works={one.name: one.title for one in work.ALL}, notes=run.notes, samples=samples)


def summary(found: Results) -> str:
    """The figure of merit, for the terminal."""
    rows = []
    for one in work.MAIN:
        samples = found.find("same_core", "ratio", one.name)
        for server, sample in sorted(samples.items(), key=lambda pair: pair[1].median):
            rows.append(f"   {one.title:<26}{server:<22}{sample.median:>8.3f}   ± {100 * sample.spread:.1f} %")
    return "\n".join(["\n== server CPU / wrk CPU on one core", *rows]) if rows else ""


def measure_and_save(given: argparse.Namespace, chosen: list[Server]) -> Results:
    given.programs = given.programs.resolve()
    plan = TINY if given.tiny else QUICK if given.quick else FULL
    if given.rounds:
        plan = replace(plan, rounds=given.rounds)
    wrk.allow_many_descriptors()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # As Ctrl-C does: servers are ended on the way out.
    found = measure(Run(given, plan, chosen))
    path = out_path(given)
    found.save(path.with_name(path.name + ".json"))
    path.with_name(path.name + ".html").write_text(page.page(found), encoding="utf-8")
    print(summary(found))
    print(f"\n   {path}.json\n   {path}.html")
    return found


def main(words: list[str]) -> int:
    given = arguments().parse_args(words)
    try:
        measure_and_save(given, chosen_servers(given))
    except ValueError as wrong:
        print(f"bench: {wrong}", file=sys.stderr)
        return 2
    return 0
