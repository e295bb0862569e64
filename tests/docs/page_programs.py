#!/usr/bin/env python3
"""Takes the programs out of a page: every ```cpp block, and what the ```text block behind it says that it prints.

usage: page_programs.py PAGE FOLDER    writes FOLDER/example_1.cc and so on, and leaves alone what is the same already
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Program(NamedTuple):
    source: str
    prints: str | None  # None: the page does not say.


def programs_of(page: Path) -> list[Program]:
    blocks = FENCE.findall(page.read_text(encoding="utf-8"))
    programs = []
    for at, (language, text) in enumerate(blocks):
        if language == "cpp":
            behind = blocks[at + 1] if at + 1 < len(blocks) else ("", "")
            programs.append(Program(text, behind[1] if behind[0] == "text" else None))
    return programs


def main():
    page, folder = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {folder / f"example_{number}.cc": program.source
              for number, program in enumerate(programs_of(page), start=1)}
    if not wanted:
        sys.exit(f"{page}: no ```cpp block")
    for old in set(folder.glob("*.cc")) - set(wanted):
        old.unlink()
    for file, source in wanted.items():
        if not file.exists() or file.read_text(encoding="utf-8") != source:
            file.write_text(source, encoding="utf-8")


if __name__ == "__main__":
    main()
