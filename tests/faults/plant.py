#!/usr/bin/env python3
"""Plants deliberate faults, one at a time, and shows which test catches each.

    python3 tests/faults/plant.py                 all of them; FAULT… for some, by name
    python3 tests/faults/plant.py --list          what there is
    python3 tests/faults/plant.py --check         each still applies to the sources, and its test exists; builds nothing
    python3 tests/faults/plant.py --write FILE    also writes the table, as Markdown
    python3 tests/faults/plant.py --whole FAULT   runs all tests of its program: what else would have caught it?

Works on a copy below build/faults, never on the tree itself. First the tests named must pass without a fault. Then, for
each fault: change the text, build the one program, run the one test. Caught means that this test failed; a fault that
does not compile, or that hangs a test unforeseen, is not. Exits with 1 when a fault was not caught.
"""

import argparse
import re
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
from catalogue import FAULTS  # noqa: E402
from fault import SECONDS_MAX, Fault  # noqa: E402
from report import markdown  # noqa: E402
from scratch import Scratch  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]


def objections(faults: list[Fault]) -> list[str]:
    """Why faults cannot be planted: in their own words, one line each."""
    found = []
    names = [fault.name for fault in faults]
    tests = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("*.cc")))
    for fault in faults:
        source = ROOT / fault.file
        times = source.read_text(encoding="utf-8").count(fault.find) if source.is_file() else 0
        if times != 1:
            found.append(f"{fault.name}: its text occurs {times} times in {fault.file}, not once")
        if fault.put == fault.find:
            found.append(f"{fault.name}: changes nothing")
        if not re.search(rf"\b{fault.test}[,)]", tests):
            found.append(f"{fault.name}: there is no test {fault.test}")
        if names.count(fault.name) != 1:
            found.append(f"{fault.name}: two faults have this name")
    return found


def without_faults(scratch: Scratch, faults: list[Fault]) -> list[str]:
    """Builds and runs every test that is to catch one of them; answers what is wrong with the first that is."""
    for where in sorted({fault.runs_in for fault in faults}):
        these = [fault for fault in faults if fault.runs_in == where]
        tests = sorted({fault.test for fault in these})
        program = these[0].program
        print(f"without a fault: {program}{these[0].conditions}", flush=True)
        error = scratch.build(program)
        if error:
            return [f"{program} does not build:\n{error}"]
        outcome = scratch.run(*where, tests, SECONDS_MAX)
        found = [f"fails without a fault: {name}" for name in outcome.failed]
        if outcome.timed_out:
            found.append(f"{program} does not end without a fault")
        found += [f"{program} does not run {test}" for test in tests if not any(test in name for name in outcome.ran)]
        if found:
            return [*found, f"what it wrote is in {scratch.output}"]
    return []


def verdict(scratch: Scratch, fault: Fault, whole: bool) -> tuple[str, list[str]]:
    """What became of one fault, and the tests that caught it."""
    with scratch.planted(fault):
        error = scratch.build(fault.program)
        if error:
            return f"does not compile:\n{error}", []
        outcome = scratch.run(*fault.runs_in, ["*"] if whole else [fault.test], fault.seconds_max)
    if outcome.timed_out != fault.hangs:
        return "hangs, which was not foreseen" if outcome.timed_out else "ends, though it was to hang", []
    return ("caught", outcome.failed) if outcome.failed else ("NOT CAUGHT", [])


def plant(scratch: Scratch, faults: list[Fault], whole: bool) -> dict[str, list[str]]:
    """Answers, by name, the tests that caught each fault: none where it was not caught."""
    caught = {}
    # Those of one file behind each other: what that file needs to be compiled again is compiled once less.
    for fault in sorted(faults, key=lambda each: (each.runs_in, each.file)):
        start = time.monotonic()
        what, caught[fault.name] = verdict(scratch, fault, whole)
        print(f"{fault.name}: {what} ({time.monotonic() - start:.0f} s)", flush=True)
        for test in caught[fault.name]:
            print(f"  {test}", flush=True)
    return caught


def selected(names: list[str]) -> list[Fault]:
    unknown = set(names) - {fault.name for fault in FAULTS}
    if unknown:
        sys.exit(f"there is no fault {', '.join(sorted(unknown))}; --list names them all")
    return [fault for fault in FAULTS if not names or fault.name in names]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="FAULT", help="only these")
    parser.add_argument("--list", action="store_true", help="name every fault, and what it breaks")
    parser.add_argument("--check", action="store_true", help="only whether every fault still applies")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table there when all were caught")
    parser.add_argument("--whole", action="store_true", help="run all tests of a fault's program")
    parser.add_argument("--scratch", type=Path, default=ROOT / "build" / "faults", help="where the copy lies")
    options = parser.parse_args()
    faults = selected(options.names)
    if options.list:
        for fault in faults:
            print(f"{fault.name} ({fault.rule}, {fault.file})\n  {fault.breaks}")
        return 0
    problems = objections(faults)
    if not problems and not options.check:
        scratch = Scratch(ROOT, options.scratch)
        problems = without_faults(scratch, faults)
    if problems or options.check:
        print("\n".join(problems) or f"{len(faults)} faults apply")
        return 1 if problems else 0
    caught = plant(scratch, faults, options.whole)
    missed = [fault.name for fault in faults if not caught[fault.name]]
    print(f"\n{len(faults) - len(missed)} of {len(faults)} faults caught")
    for name in missed:
        print(f"missed: {name}")
    if options.write and not missed:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text(markdown(faults, caught), encoding="utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
