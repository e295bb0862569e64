#!/usr/bin/env python3
"""Brings back the bug that a page tells of: copies a folder's sources, with the page's ```diff block undone in them.

usage: undo_fix.py PAGE FROM TO    leaves alone what is the same already
"""

import re
import sys
from pathlib import Path

DIFF = re.compile(r"^```diff\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def sides_of(diff: str) -> tuple[str, str]:
    """Before and after."""
    lines = diff.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if not line.startswith("+"))
    after = "".join(line[1:] for line in lines if not line.startswith("-"))
    return before, after


def main():
    page, source, target = map(Path, sys.argv[1:])
    [diff] = DIFF.findall(page.read_text(encoding="utf-8"))
    before, after = sides_of(diff)
    texts = {file.name: file.read_text(encoding="utf-8") for file in source.iterdir() if file.suffix in (".h", ".cc")}
    if sum(text.count(after) for text in texts.values()) != 1:
        sys.exit(f"{page}: what its ```diff block leaves behind has to stand exactly once in {source}")
    target.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        wanted = text.replace(after, before)
        file = target / name
        if not file.exists() or file.read_text(encoding="utf-8") != wanted:
            file.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
