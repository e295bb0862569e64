#!/usr/bin/env python3
"""Measures what priorities do under load, for Pinwheel and libevent side by side, and draws it.

    python3 perf/priorities/draw.py build/release/perf/priority_latency

Runs the program for each loop in turn, as many rounds as asked for, and writes three files into perf/results: how late an
important timer is under a flood of unimportant callbacks (SVG), how long each priority waits when all of them are
saturated (SVG), and a page with the numbers. Exits with 1 when Pinwheel has not kept what it promises, which is counted
in callbacks.
"""

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from measuring import (AGED, BUDGET, CALLBACK_NS, FLOOD, LOOPS, PRIORITIES, PROMISED_GAP_NS,  # noqa: E402
                       PROMISED_LATENESS_NS, all_rounds, broken_promises, measure)
from page import Origin, page  # noqa: E402
from picture import Picture, Row, Series, draw, in_words  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]


def lateness_picture(series: list[Series]) -> str:
    rows = [Row(0, each.title, f"median {in_words(statistics.median(each.rows[0]))}", [each.name]) for each in series]
    return draw(Picture(
        title="How late is an important timer under a flood of unimportant callbacks?",
        lines=[f"{FLOOD} descriptors of the lowest of {PRIORITIES} priorities are always ready; each callback takes "
               f"{in_words(CALLBACK_NS)}. The timer has the highest priority.",
               f"A budget is {BUDGET} callbacks. Height: share of the timers, each row to its own scale. "
               "Upright line: median."],
        axis="from when the timer was due until its callback began (logarithmic)",
        promise_ns=PROMISED_LATENESS_NS, promise=f"one budget + one callback: {in_words(PROMISED_LATENESS_NS)}",
        never="", rows=rows, row_height=78), series)


def gaps_picture(series: list[Series], seconds: float) -> str:
    order = [name for name in LOOPS if name != AGED] + [AGED]
    aged = next(each for each in series if each.name == AGED)
    notes = {row: f"aged: median {in_words(statistics.median(values))}" for row, values in aged.rows.items()}
    return draw(Picture(
        title="How long does a priority wait when all of them are saturated?",
        lines=[f"Each of {PRIORITIES} priorities has more ready descriptors than a budget ({BUDGET} callbacks); each "
               f"callback takes {in_words(CALLBACK_NS)}.",
               "Height: share of the waits, each series to its own scale. A dot: not one callback of that priority "
               f"in {seconds:g} s."],
        axis="from one callback of the priority until its next (logarithmic)",
        promise_ns=PROMISED_GAP_NS, promise=f"what aged promises: {in_words(PROMISED_GAP_NS)}", never="never",
        rows=[Row(row, f"priority {row}", notes.get(row, ""), order) for row in range(PRIORITIES)],
        row_height=54), series)


def commit_of_tree() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--", "reactor", "perf/priorities")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + (" with changes" if changed else "")


def command(given: argparse.Namespace) -> str:
    return (f"python3 perf/priorities/draw.py build/release/perf/priority_latency --rounds {given.rounds} "
            f"--samples {given.samples} --gap-ms {given.gap_ms}")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("program", help="build/release/perf/priority_latency")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--samples", type=int, default=200, help="timers of each loop and round (default: 200)")
    options.add_argument("--gap-ms", type=int, default=2000, help="how long each loop is saturated (default: 2000)")
    options.add_argument("--results", type=Path, default=ROOT / "perf" / "results")
    options.add_argument("--commit", default=commit_of_tree(), help="what was measured (default: git rev-parse HEAD)")
    given = options.parse_args()

    lateness = measure(given.program, "lateness", given.samples, given.rounds)
    gaps = measure(given.program, "gaps", given.gap_ms, given.rounds)
    origin = Origin(given.commit, command(given), given.rounds, "priority_lateness.svg", "priority_gaps.svg")
    files = {
        origin.lateness_svg: lateness_picture(all_rounds(lateness)),
        origin.gaps_svg: gaps_picture(all_rounds(gaps), given.rounds * given.gap_ms / 1000),
        "priorities.md": page(origin, lateness, gaps),
    }
    given.results.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (given.results / name).write_text(content, encoding="utf-8")
        print(given.results / name)
    broken = broken_promises(lateness, gaps)
    for each in broken:
        print(f"draw: not as promised: {each}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
