"""The page of numbers that stands beside the pictures."""

import platform
import statistics
from datetime import date
from pathlib import Path
from typing import NamedTuple

from measuring import (BOUND_NS, BUDGET, INTERVAL, PRIORITIES, PROMISED_GAP_CALLBACKS, PROMISED_GAP_NS,
                       PROMISED_LATENESS_CALLBACKS, PROMISED_LATENESS_NS, PROMISED_SHARE, Measured, aged_share,
                       all_rounds, most_callbacks)
from picture import in_words


class Origin(NamedTuple):
    commit: str
    command: str
    rounds: int
    lateness_svg: str
    gaps_svg: str


def machine() -> str:
    models = [row.partition(":")[2].strip() for row in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
              if row.startswith("model name")]
    return f"{len(models)} CPUs, {models[0]}" if models else platform.machine()


def table(head: list[str], rows: list[list[str]]) -> str:
    ruled = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in ruled)


def numbers(values: list[int]) -> list[str]:
    ordered = sorted(values)
    at_99 = ordered[min(len(ordered) * 99 // 100, len(ordered) - 1)]
    return [in_words(statistics.median(ordered)), in_words(at_99), in_words(ordered[-1])]


def spread(rounds: list[dict], row: int) -> str:
    medians = [statistics.median(wait.nanoseconds for wait in results[row]) for results in rounds if row in results]
    return f"{in_words(min(medians))} to {in_words(max(medians))}"


def lateness_table(lateness: Measured) -> str:
    rows = [[each.title, f"{len(each.rows[0]):,}", *numbers(each.rows[0]), spread(lateness[each.name], 0),
             f"{most_callbacks(lateness[each.name], 0):,}"] for each in all_rounds(lateness)]
    return table(["loop", "timers", "median", "99th percentile", "worst", "medians of the rounds",
                  "callbacks meanwhile, at most"], rows)


def gaps_table(gaps: Measured) -> str:
    rows = []
    for each in all_rounds(gaps):
        for row, values in sorted(each.rows.items()):
            rows.append([each.title, str(row), f"{len(values):,}", *numbers(values), spread(gaps[each.name], row),
                         f"{most_callbacks(gaps[each.name], row):,}"])
        if never := [row for row in range(PRIORITIES) if row not in each.rows]:
            rows.append([each.title, f"{never[0]} to {never[-1]}", "0", *["never"] * 3, "", ""])
    return table(["loop", "priority", "callbacks", "median wait", "99th percentile", "worst", "medians of the rounds",
                  "callbacks while overdue, at most"], rows)


def page(origin: Origin, lateness: Measured, gaps: Measured) -> str:
    return f"""# Priorities under load

| | |
| --- | --- |
| machine | {machine()} |
| kernel | {platform.system()} {platform.release().partition("-")[0]} |
| commit | {origin.commit} |
| date | {date.today().isoformat()} |
| command | `{origin.command}` |
| runs | {origin.rounds} rounds; in each, the five loops in turn |

Written by that command. Pinwheel runs over epoll. libevent is Debian's, with its precise timer
(`EVENT_BASE_FLAG_PRECISE_TIMER`) and without locks. A budget is {BUDGET} callbacks a pass, for libevent by
`event_config_set_max_dispatch_interval`.

## An important timer under a flood of unimportant callbacks

![Histograms of lateness]({origin.lateness_svg})

{lateness_table(lateness)}

With a budget, at most {PROMISED_LATENESS_CALLBACKS} callbacks may begin between the moment when the timer is due and its own callback: one
budget and one. They take {in_words(PROMISED_LATENESS_NS)}. What is beyond that is the poll between two passes, and whatever else takes the CPU
away for a while.

## Every priority saturated

![Histograms of waits]({origin.gaps_svg})

{gaps_table(gaps)}

A priority is overdue when it has waited for {in_words(BOUND_NS)}. Under `aged` it may be overdue for {PROMISED_GAP_CALLBACKS} callbacks at most:
{PRIORITIES} × ({INTERVAL} + 1). With the wait before, that is {in_words(PROMISED_GAP_NS)} of callbacks, and the polls between them.
All priorities but the most important one together had {100 * aged_share(gaps):.3g} % of the callbacks; at most {100 * PROMISED_SHARE:.3g} % are promised to what is
overdue, 1/({INTERVAL} + 1).
"""
