#!/usr/bin/env python3
"""Says which includes break the layers of ARCHITECTURE.md: nothing includes upwards.

usage: check_layers.py [ROOT]    prints one line for each violation; exit code 1 if there is any
"""

import re
import sys
from pathlib import Path
from typing import Iterator, NamedTuple

# A room is a folder and what lies below it; a file belongs to the longest room that holds it. Each room may include
# itself and what is listed here. Tests and benchmarks of a layer see what the layer sees, and what is there for them.
MAY_INCLUDE = {
    "reactor/base": [],
    "reactor": ["reactor/base"],
    "net": ["reactor", "reactor/base"],
    "net/simulation": ["net", "reactor", "reactor/base"],
    "framework/http/codec": [],
    "framework": ["framework/http/codec", "net", "reactor", "reactor/base"],
    "framework/testing": ["framework", "framework/http/codec", "net", "net/simulation", "reactor", "reactor/base"],
    "http_example": ["framework", "framework/http/codec"],
}
MIRRORS = ["tests", "perf"]
FOR_TESTS_OF = {"net": ["net/simulation"], "framework": ["net/simulation", "framework/testing"]}
CONSUMER = "http_example"

# Implementation details of a layer: a public header that includes one forces it on every user.
PRIVATE_LIBRARIES = re.compile(r"^(liburing|hwloc|openssl/|nghttp2/|spdlog/|fmt/)")
# The codec is bytes in, values out: no socket, no loop, no thread. (A calendar in <chrono> is no clock.)
NOT_IN_CODEC = re.compile(r"^(sys/(?!types\.h)|netinet/|arpa/|unistd\.h|fcntl\.h|thread|mutex|atomic|boost/)")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
PROJECT_PATH = re.compile(r"^(\.\.?/|(reactor|net|framework|http_example)/)")


class Include(NamedTuple):
    file: str
    line: int
    quote: str
    path: str


def room_of(path: str) -> str | None:
    rooms = [room for room in MAY_INCLUDE if path.startswith(room + "/")]
    return max(rooms, key=len, default=None)


def includes_of(root: Path, file: str) -> Iterator[Include]:
    text = (root / file).read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        if match := INCLUDE.match(line):
            yield Include(file, number, match[1], match[2])


def is_public(file: str) -> bool:
    return file.endswith(".h") and "/detail/" not in file


def violation(include: Include) -> str | None:
    """Why this include is wrong, or None."""
    mirror, _, mirrored = include.file.partition("/")
    is_mirror = mirror in MIRRORS
    room = room_of(mirrored if is_mirror else include.file)

    if PROJECT_PATH.match(include.path):
        return f'spell it "pinwheel/{include.path.removeprefix("../")}"'
    if include.path.startswith("pinwheel/"):
        target = room_of(include.path.removeprefix("pinwheel/"))
        if target is None:
            return "there is no such layer"
        if include.quote == "<" and room != CONSUMER:
            return "the project's own headers stand in quotes"
        is_for_tests = is_mirror and target in FOR_TESTS_OF.get(room, [])
        if room is not None and target != room and target not in MAY_INCLUDE[room] and not is_for_tests:
            return f"{room} must not include {target}"
        public_asks_for_private = is_public(include.file) and "/detail/" in include.path
        if public_asks_for_private and not is_mirror:
            return "a public header must not include a private one (detail/)"
        return None
    if is_mirror or room is None:
        return None
    if is_public(include.file) and PRIVATE_LIBRARIES.match(include.path):
        return "a public header must not bring this library to every user"
    if room == "framework/http/codec" and NOT_IN_CODEC.match(include.path):
        return "the codec knows no socket, loop or thread"
    return None


def check(root: Path) -> tuple[int, list[str]]:
    """How many files were read, and what is wrong in them."""
    top_folders = {room.partition("/")[0] for room in MAY_INCLUDE} | set(MIRRORS)
    files = sorted(
        str(path.relative_to(root))
        for folder in top_folders
        for path in (root / folder).rglob("*")
        if path.suffix in (".h", ".cc")
    )
    found = []
    for file in files:
        for include in includes_of(root, file):
            if reason := violation(include):
                found.append(f"{include.file}:{include.line}: #include {include.path}: {reason}")
    return len(files), found


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    count, found = check(root)
    if count == 0:
        print(f"check_layers: no sources below {root}; is this the root of the project?", file=sys.stderr)
        return 1
    for line in found:
        print(line)
    if found:
        print("check_layers: who may include whom stands in cmake/check_layers.py (MAY_INCLUDE).", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
