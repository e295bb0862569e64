"""The table of faults and of what caught them, as Markdown."""

from fault import Fault

HEAD = """# Deliberate faults, and the tests that catch them

Written by `python3 tests/faults/plant.py --write docs/faults.md`, which plants each of these mistakes alone into a copy
of the sources, builds, and runs the test. What is listed is what failed.

| fault | rule | what a user would see | planted in | caught by |
| --- | --- | --- | --- | --- |
"""


def row(fault: Fault, tests: list[str]) -> str:
    limit = ", which does not end" if fault.hangs else ""
    by = "<br>".join(f"`{test}`" for test in tests) + fault.conditions + limit
    return f"| {fault.name.replace('_', ' ')} | {fault.rule} | {fault.breaks} | `{fault.file}` | {by} |\n"


def markdown(faults: list[Fault], caught: dict[str, list[str]]) -> str:
    return HEAD + "".join(row(fault, caught[fault.name]) for fault in faults)
