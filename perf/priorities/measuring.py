"""Runs the measuring program for each loop, and holds what it prints against what is promised."""

import subprocess
import sys
from collections import defaultdict
from typing import NamedTuple

from picture import Series

# As the program names them, and as the pictures do.
LOOPS = {
    "pinwheel-strict": "Pinwheel strict",
    "pinwheel-strict-budget": "Pinwheel strict, budget",
    "pinwheel-aged-budget": "Pinwheel aged, budget",
    "libevent": "libevent",
    "libevent-budget": "libevent, budget",
}
AGED = "pinwheel-aged-budget"
WITH_BUDGET = ("pinwheel-strict-budget", AGED)

# As in measured_loop.h and priority_latency.cc.
PRIORITIES = 8
BUDGET = 16
INTERVAL = 16
BOUND_NS = 10_000_000
CALLBACK_NS = 20_000
FLOOD = 500

PROMISED_LATENESS_CALLBACKS = BUDGET + 1
PROMISED_GAP_CALLBACKS = PRIORITIES * (INTERVAL + 1)
PROMISED_LATENESS_NS = PROMISED_LATENESS_CALLBACKS * CALLBACK_NS
PROMISED_GAP_NS = BOUND_NS + PROMISED_GAP_CALLBACKS * CALLBACK_NS
PROMISED_SHARE = 1 / (INTERVAL + 1)


class Wait(NamedTuple):
    nanoseconds: int
    callbacks: int  # That began meanwhile, by the rule of the measurement.


Round = dict[int, list[Wait]]  # By row.
Measured = dict[str, list[Round]]  # By loop.


def run(program: str, what: str, loop: str, how_much: int) -> Round:
    done = subprocess.run([program, what, loop, str(how_much)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{program} {what} {loop} failed:\n{done.stderr}")
    rows = defaultdict(list)
    for each in done.stdout.splitlines():
        row, nanoseconds, callbacks = map(int, each.split())
        rows[row].append(Wait(max(nanoseconds, 1000), callbacks))  # A clock of microseconds may call a little early.
    return dict(rows)


def measure(program: str, what: str, how_much: int, rounds: int) -> Measured:
    measured = {loop: [] for loop in LOOPS}
    for _ in range(rounds):  # Interleaved, so that whatever else the machine does meets all of them.
        for loop, results in measured.items():
            results.append(run(program, what, loop, how_much))
    return measured


def all_rounds(measured: Measured) -> list[Series]:
    series = []
    for loop, title in LOOPS.items():
        rows = defaultdict(list)
        for results in measured[loop]:
            for row, waits in results.items():
                rows[row] += [wait.nanoseconds for wait in waits]
        series.append(Series(loop, title, dict(rows)))
    return series


def most_callbacks(rounds: list[Round], row: int) -> int:
    return max((wait.callbacks for results in rounds for wait in results.get(row, [])), default=0)


def aged_share(gaps: Measured) -> float:
    """Of all callbacks, those of any priority but the most important one."""
    counts = [(row, len(waits)) for results in gaps[AGED] for row, waits in results.items()]
    return sum(count for row, count in counts if row != 0) / sum(count for _, count in counts)


def broken_promises(lateness: Measured, gaps: Measured) -> list[str]:
    """In callbacks, which do not depend on what else the machine does."""
    broken = []
    for loop in WITH_BUDGET:
        if (most := most_callbacks(lateness[loop], 0)) > PROMISED_LATENESS_CALLBACKS:
            broken.append(f"{LOOPS[loop]}: a timer was late by {most} callbacks, not {PROMISED_LATENESS_CALLBACKS}")
    for row in range(PRIORITIES):
        if (most := most_callbacks(gaps[AGED], row)) > PROMISED_GAP_CALLBACKS:
            broken.append(f"{LOOPS[AGED]}: priority {row} was overdue for {most} callbacks, not {PROMISED_GAP_CALLBACKS}")
    return broken
