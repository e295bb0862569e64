"""./dev bench compare A B: pairs two results, two commits or two presets, and says what is inside the noise.

Results are files that the bench wrote, of one machine. Commits and presets are built, and measured now, in turn, in one
run: that sees smaller differences than two runs do.
"""

import argparse
import json
import sys
from pathlib import Path

from bench import builds, results, run
from bench.results import ROOT, Results, Sample

# Two runs differ by so much though nothing changed, as a share of the median; times more than a ratio of times.
NOISE_SHARE = {"ratio": 0.01, "cpu_us": 0.05, "system_calls": 0.02, "instructions": 0.005, "memory": 0.03,
               "latency": 0.15, "separate_cores": 0.10, "allocations": 0.01}
# What is timed shows no spread of its own with fewer rounds, and is then trusted less.
TIMED = {"same_core", "latency", "separate_cores"}
ROUNDS_MIN = 3
FEW_ROUNDS_FACTOR = 3
# In their unit, by measure or quantity: for what is nearly nothing, and for memory that comes in pages and more.
NOISE_LEAST = {"system_calls": 0.01, "allocations": 0.01, "connection_bytes": 8, "loop_bytes": 32 << 10,
               "start_bytes": 128 << 10, "kept_bytes": 128 << 10}
MORE_IS_BETTER = {"requests_s"}
SHOWN_BY_DEFAULT = ("same_core", "instructions", "system_calls", "memory", "allocations", "latency", "separate_cores")


def noise(a: Sample, b: Sample) -> float:
    """Half of what both ranges of rounds span, or what runs are known to differ by, whichever is more."""
    ranges = ((a.high - a.low) + (b.high - b.low)) / 2
    known = NOISE_SHARE[a.quantity if a.measure == "same_core" else a.measure] * abs(a.median)
    if a.measure in TIMED and min(len(a.rounds), len(b.rounds)) < ROUNDS_MIN:
        known *= FEW_ROUNDS_FACTOR
    return max(ranges, known, NOISE_LEAST.get(a.quantity, NOISE_LEAST.get(a.measure, 0)))


def verdict(a: Sample, b: Sample) -> str:
    difference = b.median - a.median
    if abs(difference) <= noise(a, b):
        return "inside the noise"
    return "better" if (difference > 0) == (a.quantity in MORE_IS_BETTER) else "WORSE"


def row(a: Sample, b: Sample, titles: dict[str, str]) -> str:
    change = f"{100 * (b.median / a.median - 1):+.1f} %" if a.median else ""
    return (f"{a.server:<20}{a.measure.replace('_', ' '):<16}{a.quantity:<18}{titles.get(a.work, a.work):<28}"
            f"{a.median:>12,.4g}{b.median:>12,.4g}{change:>10}   {verdict(a, b)}")


def pairs(a: Results, b: Results) -> list[tuple[Sample, Sample]]:
    of_b = {sample.key: sample for sample in b.samples}
    found = [(sample, of_b[sample.key]) for sample in a.samples if sample.key in of_b]
    # Latency at another rate is another question.
    return [(x, y) for x, y in found if x.detail.get("rate") == y.detail.get("rate")]


def report(found: list[tuple[Sample, Sample]], titles: dict[str, str], agree: float | None) -> int:
    print(f"{'server':<20}{'measure':<16}{'quantity':<18}{'work':<28}{'A':>12}{'B':>12}{'change':>10}")
    order = {measure: i for i, measure in enumerate(SHOWN_BY_DEFAULT)}
    for a, b in sorted(found, key=lambda pair: (order.get(pair[0].measure, 99), pair[0].quantity, pair[0].work)):
        print(row(a, b, titles))
    if agree is None:
        return 0
    merit = [(a, b) for a, b in found if a.quantity == "ratio" and a.work in ("64", "16_deep")]
    apart = [(a, b) for a, b in merit if abs(b.median / a.median - 1) > agree / 100]
    for a, b in apart:
        print(f"apart by more than {agree:g} %: {a.server}, {titles.get(a.work, a.work)}: "
              f"{a.median:.3f} and {b.median:.3f}")
    print(f"{len(merit) - len(apart)} of {len(merit)} figures of merit agree within {agree:g} %")
    return 1 if apart or not merit else 0


def measured_now(a: str, b: str, words: list[str]) -> tuple[Results, Results]:
    """Both built, and measured in one run as two servers on each backend."""
    sides = {"A": builds.programs_of(a), "B": builds.programs_of(b)}
    out = ROOT / "build/bench" / f"{a}..{b}".replace("/", "_")
    given = run.arguments().parse_args([*words, "--out", str(out)])
    chosen = [server for side, programs in sides.items() for server in run.of_programs(programs, side)]
    given.programs = sides["A"]
    found = run.measure_and_save(given, chosen)

    def side_of(name: str) -> Results:
        mine = [Sample(s.measure, s.quantity, s.work, s.server.removesuffix(f"@{name}"), s.rounds, s.detail)
                for s in found.samples if s.server.endswith(f"@{name}")]
        return Results(found.machine, found.build, found.run, found.servers, found.works, found.notes, mine)

    return side_of("A"), side_of("B")


def main(words: list[str]) -> int:
    options = argparse.ArgumentParser(prog="./dev bench compare", description=__doc__,
                                      epilog="further options are those of ./dev bench, for commits and presets")
    options.add_argument("a", help="a result file, a commit or a preset")
    options.add_argument("b")
    options.add_argument("--agree", type=float, metavar="PERCENT",
                         help="exit with 1 unless every figure of merit agrees within so much")
    given, more = options.parse_known_args(words)
    try:
        if given.a.endswith(".json") and given.b.endswith(".json"):
            a, b = results.load(Path(given.a)), results.load(Path(given.b))
            if apart := results.differences(a, b):
                raise ValueError("these are results of different machines: " + "; ".join(apart))
        else:
            a, b = measured_now(given.a, given.b, more)
    except (ValueError, OSError, json.JSONDecodeError) as wrong:
        print(f"bench compare: {wrong}", file=sys.stderr)
        return 2
    found = pairs(a, b)
    if not found:
        print("bench compare: the two have nothing in common", file=sys.stderr)
        return 2
    return report(found, a.works | b.works, given.agree)
