"""./dev bench ceilings RESULT: holds our own counts to what is recorded in ceilings.json, with 5 % slack.

Counts do not depend on the machine's mood, so that they may fail a test; timings never do. Debug and release builds
have ceilings of their own. With --write the result's counts become the ceilings: for a change that is meant.
"""

import argparse
import json
import sys
from pathlib import Path

from bench import results
from bench.results import Results

FILE = Path(__file__).with_name("ceilings.json")
SLACK = 1.05
LEAST = 0.02  # A count of nothing may be so much: what comes now and then and not with each request.
# What is counted exactly enough. How many requests a wait finds depends on the moment.
HELD = {("instructions", "total"), ("allocations", "total"), ("system_calls", "receive"), ("system_calls", "send")}


def counts(found: Results) -> dict[str, dict[str, float]]:
    """By server and then by what was counted."""
    held: dict[str, dict[str, float]] = {}
    kinds = {server["name"]: server["kind"] for server in found.servers}
    for sample in found.samples:
        if kinds.get(sample.server) == "ours" and (sample.measure, sample.quantity) in HELD:
            name = f"{sample.measure} {sample.quantity} {sample.work}"
            held.setdefault(sample.server, {})[name] = round(sample.median, 3)
    return held


def check(found: Results, recorded: dict) -> list[str]:
    """What is over its ceiling, and what has none."""
    of_build = recorded.get(found.build.get("type", ""), {})
    wrong = []
    for server, counted in counts(found).items():
        for name, value in counted.items():
            ceiling = of_build.get(server, {}).get(name)
            if ceiling is None:
                wrong.append(f"{server}: {name} has no ceiling; it is {value:,.3f}")
            elif value > max(ceiling * SLACK, ceiling + LEAST):
                wrong.append(f"{server}: {name} is {value:,.3f}; its ceiling is {ceiling:,.3f} and 5 %")
    return wrong


def main(words: list[str]) -> int:
    options = argparse.ArgumentParser(prog="./dev bench ceilings", description=__doc__)
    options.add_argument("result", type=Path)
    options.add_argument("--write", action="store_true", help="record the result's counts as the ceilings of its build")
    given = options.parse_args(words)
    try:
        found = results.load(given.result)
        recorded = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    except (ValueError, OSError) as wrong:
        print(f"bench ceilings: {wrong}", file=sys.stderr)
        return 2
    if not counts(found):
        print("bench ceilings: the result has no count of ours", file=sys.stderr)
        return 2
    if given.write:
        of_build = recorded.setdefault(found.build.get("type", ""), {})
        for server, counted in counts(found).items():
            of_build.setdefault(server, {}).update(counted)
        FILE.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return 0
    wrong = check(found, recorded)
    for row in wrong:
        print(row)
    if wrong:
        print("If that is meant, record it: ./dev bench ceilings RESULT --write")
    return 1 if wrong else 0
