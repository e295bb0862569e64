"""The links of a page: to files beside it, to headings of its own, and to anchors of other pages."""

import re
from pathlib import Path

CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def prose_of(page: Path) -> str:
    return CODE.sub("", page.read_text(encoding="utf-8"))


def heading_anchors(page: Path) -> set[str]:
    """As code hosts make them."""
    titles = re.findall(r"^#+ (.*)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken_links(page: Path) -> list[str]:
    """Those that lead nowhere."""
    broken = []
    for target in re.findall(r"\]\(([^)]+)\)", prose_of(page)):
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        if not file.exists() or (anchor and anchor not in heading_anchors(file)):
            broken.append(target)
    return broken
