#!/usr/bin/env python3
"""Runs the micro-benchmarks, every library in one interleaved run, and writes what they cost.

    python3 perf/micro/run.py build/release/perf/micro/perf_micro             nine repetitions: about six minutes
    python3 perf/micro/run.py --quick build/release/perf/micro/perf_micro     three, without a million timers: two

Writes <results>/micro-<commit>.json, as perf/bench/results.py says, and the same as tables, micro-<commit>.md, which it
also prints.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import date
from pathlib import Path

PERF = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PERF))

from bench import results  # pylint: disable=wrong-import-position

MEASURE = "micro"
OURS = "pinwheel"
QUANTITIES = {
    "ns": "Nanoseconds an operation, as a clock on the wall sees it",
    "cpu_ns": "CPU time an operation, of all threads together, in nanoseconds",
    "writes": "Calls of write(2) for a million posts",
}


def run_program(program: Path, arguments: list[str]) -> dict:
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out.json"
        done = subprocess.run([program, *arguments, f"--benchmark_out={out}", "--benchmark_out_format=json"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{program} failed:\n{done.stderr}")
        return json.loads(out.read_text(encoding="utf-8"))


def work_of(repetition: dict) -> str:
    """post/producers:4/libuv/real_time, where libuv is the label: post, producers 4."""
    subject, *sizes = repetition["run_name"].partition(f"/{repetition['label']}")[0].split("/")
    pairs = [size.partition(":") for size in sizes]
    return ", ".join([subject, *(f"{name} {int(number):,}" if number else name for name, _, number in pairs)])


def measured(repetition: dict) -> list[tuple[str, str, float]]:
    """(quantity, work, value) of each thing that one repetition of one benchmark measured."""
    work = work_of(repetition)
    parts = [(name.removesuffix("_ns"), value) for name, value in repetition.items() if name.endswith("_ns")]
    if parts:
        return [("ns", f"{work}: {part}", value) for part, value in parts]
    nanoseconds = 1e9 / repetition["items_per_second"]
    found = [("ns", work, nanoseconds)]
    if "/process_time" in repetition["run_name"]:
        found.append(("cpu_ns", work, nanoseconds * repetition["cpu_time"] / repetition["real_time"]))
    if "writes_per_million" in repetition:
        found.append(("writes", work, repetition["writes_per_million"]))
    return found


def samples_of(said: dict) -> list[results.Sample]:
    rounds = defaultdict(list)
    for repetition in sorted(said["benchmarks"], key=lambda each: each["family_index"]):  # As registered, not as run.
        if repetition["run_type"] != "iteration":
            continue
        if repetition.get("error_occurred"):
            sys.exit(f"{repetition['run_name']}: {repetition['error_message']}")
        for quantity, work, value in measured(repetition):
            rounds[quantity, work, repetition["label"]].append(value)
    return [results.Sample(MEASURE, quantity, work, library, values)
            for (quantity, work, library), values in rounds.items()]


def libraries_of(samples: list[results.Sample]) -> list[str]:
    return sorted({sample.server for sample in samples}, key=lambda library: (library != OURS, library))


def in_words(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == 0 else f"{value:.3g}"


def cell(sample: results.Sample) -> str:
    return f"{in_words(sample.median)} ± {100 * sample.spread:.0f} %"


def row(work: str, by_library: dict[str, results.Sample]) -> list[str]:
    peers = [sample.median for library, sample in by_library.items() if library != OURS]
    comparable = OURS in by_library and peers and min(peers) > 0
    share = f"{by_library[OURS].median / min(peers):.2f}" if comparable else "–"
    return [work, *(cell(sample) for sample in by_library.values()), share]


def table(quantity: str, measurement: results.Results) -> str:
    """Works that the same libraries do stand in one table."""
    by_libraries = defaultdict(list)
    for work in measurement.works_of(MEASURE, quantity):
        found = measurement.find(MEASURE, quantity, work)
        in_order = {library: found[library] for library in libraries_of(list(found.values()))}
        by_libraries[tuple(in_order)].append(row(work, in_order))
    tables = []
    for libraries, rows in by_libraries.items():
        ruled = [["work", *libraries, f"{OURS} / best peer"], ["---"] + ["---:"] * (len(libraries) + 1), *rows]
        tables.append("\n".join("| " + " | ".join(cells) + " |" for cells in ruled))
    return "\n\n".join(tables)


def page(measurement: results.Results) -> str:
    facts = measurement.machine | measurement.build | measurement.run
    versions = ", ".join(f"{each['name']} {each['version']}" for each in measurement.servers if each["version"])
    origin = "\n".join(f"| {name} | {value} |" for name, value in (facts | {"peers": versions}).items())
    tables = "\n\n".join(f"## {title}\n\n{table(quantity, measurement)}" for quantity, title in QUANTITIES.items()
                         if measurement.works_of(MEASURE, quantity))
    notes = "\n".join(f"- {note}" for note in measurement.notes)
    return f"""# Micro-benchmarks

| | |
| --- | --- |
{origin}

Medians of the repetitions; ± is half of what lies between the lowest and the highest, as a share of the median.
{notes}

{tables}
"""


NOTES = [
    "libevent and libuv bring no queue of work for other threads: theirs is a mutex and a vector of std::function, and "
    "a wake-up when it was empty, as their users write it; `libuv-bare` has a bare function and its argument in it.",
    "libevent and Asio are made without locks where one thread touches the loop. Asio has its reactor from the start.",
    "The consumer of posts has the first CPU for itself; producers share the others.",
    "A post's time is from the first post of 100,000 to the last one run. Few waiting: a producer stops while 100 of "
    "its posts wait. Flood: it does not.",
    "A ready descriptor includes the write that makes it ready and the read behind it, the same for all.",
]


def arguments_for(given: argparse.Namespace) -> list[str]:
    arguments = ["--benchmark_enable_random_interleaving=true", f"--benchmark_repetitions={given.repetitions}"]
    if given.tiny:
        return [*arguments, "--tiny", "--benchmark_min_time=0"]
    arguments.append("--benchmark_min_time=0.2")
    chosen = given.filter or ("-(armed|due):1000000" if given.quick else "")
    return [*arguments, f"--benchmark_filter={chosen}"] if chosen else arguments


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("program", type=Path, help="perf_micro, of a release build")
    options.add_argument("--quick", action="store_true", help="three repetitions, without a million timers")
    options.add_argument("--tiny", action="store_true", help="everything once and small, to see that it works")
    options.add_argument("--repetitions", type=int)
    options.add_argument("--filter", help="only benchmarks whose names match; a leading - turns it around")
    options.add_argument("--results", type=Path, default=PERF / "results")
    given = options.parse_args()
    if given.repetitions is None:
        given.repetitions = 1 if given.tiny else 3 if given.quick else 9

    said = run_program(given.program.resolve(), arguments_for(given))
    context = said["context"]
    samples = samples_of(said)
    if not samples:
        sys.exit("no benchmark has such a name")
    measurement = results.Results(
        machine=results.machine(), build=results.build(given.program.resolve().parents[2]),
        run={"date": date.today().isoformat(), "rounds": given.repetitions, "command": " ".join(sys.argv)},
        servers=[{"name": library, "version": context.get(library, "")} for library in libraries_of(samples)],
        works={sample.work: QUANTITIES[sample.quantity] for sample in reversed(samples)}, notes=NOTES, samples=samples)
    name = f"micro-{measurement.build['commit']}"
    measurement.save(given.results / f"{name}.json")
    text = page(measurement)
    (given.results / f"{name}.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
