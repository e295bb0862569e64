"""What callgrind wrote: the instructions of a run, by function."""

import re
from collections import Counter
from pathlib import Path

FUNCTION = re.compile(r"^fn=\((\d+)\)(?: (.*))?$")
NAMED = re.compile(r"^c?fn=\((\d+)\) (.+)$")


def by_function(folder: Path) -> Counter[str]:
    """Of all processes that wrote into the folder; each function with what it spent itself."""
    spent: Counter[str] = Counter()
    for path in folder.glob("callgrind.*"):
        spent.update(of_file(path))
    return spent


def of_file(path: Path) -> Counter[str]:
    names: dict[str, str] = {}
    spent: Counter[str] = Counter()
    function = ""
    is_call = False  # The next line is what a call cost, which belongs to the called.
    with path.open(encoding="utf-8", errors="replace") as rows:
        for row in rows:
            if match := NAMED.match(row):
                names[match[1]] = match[2]
            if match := FUNCTION.match(row):
                function = names[match[1]]
            elif row.startswith("calls="):
                is_call = True
            elif row[0] in "0123456789+-*":
                if not is_call:
                    spent[function] += int(row.split()[1])
                is_call = False
    return spent


def without_arguments(name: str) -> str:
    """A C++ function's name as people say it: neither arguments nor our own namespaces."""
    depth, kept = 0, []
    for character in name.replace("(anonymous namespace)::", "").replace("operator()", "operator\0"):
        if character in "(<":
            depth += 1
        if depth == 0:
            kept.append(character)
        if character in ")>":
            depth = max(0, depth - 1)
    short = "".join(kept).replace("\0", "()")
    return re.sub(r"'\d+$| const$|\[clone .*?\]", "", short).replace("pinwheel::v0::", "").strip() or name
