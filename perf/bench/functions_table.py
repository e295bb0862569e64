"""./dev bench table RESULT: where a request of ours spends its instructions and system calls, as a table.

With --write it goes into docs/performance.md, between the two comments that name it.
"""

import argparse
import re
import sys
from pathlib import Path

from bench import results, work
from bench.results import ROOT, Results
from bench.system_calls import GROUPS

DOCUMENT = ROOT / "docs/performance.md"
BETWEEN = re.compile(r"(<!-- table: begin -->\n).*?(<!-- table: end -->)", re.DOTALL)
SHOWN = 25


def instructions_table(found: Results, server: str) -> list[str]:
    columns = []
    for one in work.COUNTED:
        sample = found.find("instructions", "total", one.name).get(server)
        if sample and sample.detail.get("functions"):
            columns.append((one.title, sample.median, dict(map(tuple, sample.detail["functions"]))))
    if not columns:
        raise ValueError(f"the result has no instructions of {server}")
    rows = ["| function | " + " | ".join(title for title, _, _ in columns) + " |", "| --- |" + " ---: |" * len(columns)]
    shown = [name for name in columns[0][2] if name != "all others"][:SHOWN]  # They come ordered, the most first.
    for name in shown:
        rows.append(f"| `{name}` | " + " | ".join(f"{spent.get(name, 0):,.0f}" for _, _, spent in columns) + " |")
    rest = [total - sum(spent.get(name, 0) for name in shown) for _, total, spent in columns]
    rows.append("| all others | " + " | ".join(f"{value:,.0f}" for value in rest) + " |")
    rows.append("| **a request** | " + " | ".join(f"**{total:,.0f}**" for _, total, _ in columns) + " |")
    return rows


def calls_table(found: Results, server: str) -> list[str]:
    parts = [*GROUPS, "other", "total"]
    rows = ["| system calls a request | " + " | ".join(parts) + " |", "| --- |" + " ---: |" * len(parts)]
    for one in work.MAIN:
        values = [found.find("system_calls", part, one.name).get(server) for part in parts]
        if all(values):
            rows.append(f"| {one.title} | " + " | ".join(f"{sample.median:.3f}" for sample in values) + " |")
    return rows if len(rows) > 2 else []


def table(found: Results, server: str, source: str) -> str:
    commit = found.build.get("commit", "")
    said = f"Written by `./dev bench table {source} --write`: `{server}` at commit {commit}."
    calls = calls_table(found, server)
    return "\n".join([said, "", *instructions_table(found, server), "", *calls, *([""] if calls else [])])


def main(words: list[str]) -> int:
    options = argparse.ArgumentParser(prog="./dev bench table", description=__doc__)
    options.add_argument("result", type=Path)
    options.add_argument("--of", default="pinwheel-epoll", metavar="SERVER")
    options.add_argument("--write", action="store_true", help="into docs/performance.md")
    given = options.parse_args(words)
    try:
        path = given.result.resolve()
        source = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
        written = table(results.load(path), given.of, source)
    except (ValueError, OSError) as wrong:
        print(f"bench table: {wrong}", file=sys.stderr)
        return 2
    if not given.write:
        print(written)
        return 0
    text = DOCUMENT.read_text(encoding="utf-8")
    if not BETWEEN.search(text):
        print(f"bench table: {DOCUMENT} has no place for the table", file=sys.stderr)
        return 2
    DOCUMENT.write_text(BETWEEN.sub(lambda place: f"{place[1]}{written}\n{place[2]}", text), encoding="utf-8")
    return 0
