"""Histograms on a logarithmic axis of time, as SVG that reads in light and dark: rows above each other, series in rows."""

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH = 960
PLOT_LEFT = 200
NEVER_WIDTH = 92
BINS_PER_DECADE = 24
STYLE = """
  text { font: 13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #1c2430; }
  .title { font-size: 19px; font-weight: 600; }
  .soft { fill: #5d6878; }
  .number { font-variant-numeric: tabular-nums; }
  .paper { fill: #ffffff; }
  .lane { fill: #f3f2ee; }
  .grid { stroke: #e4e2db; }
  .axis { stroke: #9aa3ae; }
  .promise { stroke: #1c2430; stroke-dasharray: 5 4; }
  .median { stroke: #1c2430; stroke-width: 2; }
  .area { fill-opacity: .30; stroke-width: 1.6; stroke-linejoin: round; }
  .c0 { stroke: #7b52a8; fill: #7b52a8; } .c1 { stroke: #0b74b5; fill: #0b74b5; } .c2 { stroke: #078267; fill: #078267; }
  .c3 { stroke: #b85c00; fill: #b85c00; } .c4 { stroke: #c2334d; fill: #c2334d; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e8ee; } .soft { fill: #98a4b3; } .paper { fill: #14181e; } .lane { fill: #1c222b; }
    .grid { stroke: #2b323c; } .axis { stroke: #5a6573; } .promise, .median { stroke: #e4e8ee; }
    .c0 { stroke: #b794e0; fill: #b794e0; } .c1 { stroke: #58b4ef; fill: #58b4ef; }
    .c2 { stroke: #3fc9a5; fill: #3fc9a5; } .c3 { stroke: #f0a050; fill: #f0a050; }
    .c4 { stroke: #f27d92; fill: #f27d92; }
  }
"""


class Series(NamedTuple):
    name: str
    title: str
    rows: dict[int, list[int]]  # Nanoseconds by row; a row that is missing was measured and never came.


class Row(NamedTuple):
    number: int
    title: str
    note: str
    series: Sequence[str]  # By name, the last one in front.


class Picture(NamedTuple):
    title: str
    lines: Sequence[str]  # Below the title.
    axis: str
    promise_ns: int
    promise: str
    never: str  # Heads the lane of what never came; empty: no lane.
    rows: Sequence[Row]
    row_height: int


def in_words(nanoseconds: float) -> str:
    """Three figures and a unit."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


class LogAxis:
    """Whole decades around everything measured."""

    def __init__(self, values: Sequence[int], right: float):
        self.first = math.floor(math.log10(min(values)))
        self.last = max(math.ceil(math.log10(max(values))), self.first + 1)
        self.right = right

    def x(self, nanoseconds: float) -> float:
        share = (math.log10(nanoseconds) - self.first) / (self.last - self.first)
        return PLOT_LEFT + share * (self.right - PLOT_LEFT)

    def bins(self, values: Sequence[int]) -> list[int]:
        counts = [0] * ((self.last - self.first) * BINS_PER_DECADE)
        for value in values:
            at = int((math.log10(value) - self.first) * BINS_PER_DECADE)
            counts[min(at, len(counts) - 1)] += 1
        return counts

    def edge(self, number: int) -> float:
        return self.x(10 ** (self.first + number / BINS_PER_DECADE))


def text(x: float, y: float, words: str, css: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{css}" text-anchor="{anchor}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{css}"/>'


def histogram(axis: LogAxis, values: Sequence[int], base: float, height: float, css: str) -> str:
    """Steps, as high as the share of the values in each bin, the fullest one as high as the row."""
    counts = axis.bins(values)
    fullest = max(counts)
    steps = []
    for at, count in enumerate(counts):
        before = counts[at - 1] if at > 0 else 0
        after = counts[at + 1] if at + 1 < len(counts) else 0
        if count == before == after == 0:
            continue
        y = base - height * count / fullest
        steps += [f"{axis.edge(at):.1f},{y:.1f}", f"{axis.edge(at + 1):.1f},{y:.1f}"]
    first, last = steps[0].split(",")[0], steps[-1].split(",")[0]
    return f'<path class="area {css}" d="M{first},{base:.1f} L{" L".join(steps)} L{last},{base:.1f} Z"/>'


def legend(series: Sequence[Series], y: float) -> list[str]:
    parts = []
    for number, each in enumerate(series):
        x = 24 + number * (WIDTH - 48) / len(series)
        parts.append(f'<rect x="{x:.1f}" y="{y - 11:.1f}" width="14" height="12" class="area c{number}"/>')
        parts.append(text(x + 21, y, each.title))
    return parts


def grid(axis: LogAxis, top: float, bottom: float) -> list[str]:
    parts = []
    for power in range(axis.first, axis.last + 1):
        x = axis.x(10**power)
        parts += [line(x, top, x, bottom, "grid"), text(x, bottom + 18, in_words(10**power), "soft number", "middle")]
    return parts


def never_dot(number: int, place: float, x: float, y: float) -> str:
    return f'<circle cx="{x + 16 * place:.1f}" cy="{y:.1f}" r="4.5" class="c{number}"/>'


def median_line(axis: LogAxis, values: Sequence[int], base: float, height: float) -> str:
    x = axis.x(statistics.median(values))
    return line(x, base - height, x, base, "median")


class Drawing:
    """A picture's parts: what lies under the series, each series, and what lies over them."""

    def __init__(self, picture: Picture, series: Sequence[Series]):
        self.picture = picture
        self.series = series
        self.right = WIDTH - 24 - (NEVER_WIDTH + 8 if picture.never else 0)
        values = [value for each in series for row in each.rows.values() for value in row]
        self.axis = LogAxis([*values, picture.promise_ns], self.right)
        self.legend_y = 70 + 19 * len(picture.lines)
        self.top = self.legend_y + 44
        self.bottom = self.top + picture.row_height * len(picture.rows)
        self.never_x = WIDTH - 24 - NEVER_WIDTH / 2

    def under(self) -> list[str]:
        parts = [text(24, 38, self.picture.title, "title")]
        parts += [text(24, 62 + 19 * at, words, "soft") for at, words in enumerate(self.picture.lines)]
        parts += legend(self.series, self.legend_y) + grid(self.axis, self.top, self.bottom)
        if self.picture.never:
            parts.append(f'<rect x="{self.never_x - NEVER_WIDTH / 2}" y="{self.top}" width="{NEVER_WIDTH}" '
                         f'height="{self.bottom - self.top}" class="lane"/>')
            parts.append(text(self.never_x, self.top - 8, self.picture.never, "soft", "middle"))
        return parts

    def drawn_series(self) -> list[str]:
        parts: dict[str, list[str]] = {each.name: [] for each in self.series}
        for at, row in enumerate(self.picture.rows):
            base, height = self.row_base(at), self.picture.row_height - 14
            by_name = {each.name: (number, each.rows.get(row.number)) for number, each in enumerate(self.series)}
            never = [name for name in row.series if not by_name[name][1]]
            for name in row.series:
                number, values = by_name[name]
                if values:
                    parts[name].append(histogram(self.axis, values, base, height, f"c{number}"))
                    if len(row.series) == 1:
                        parts[name].append(median_line(self.axis, values, base, height))
                else:
                    place = never.index(name) - (len(never) - 1) / 2
                    parts[name].append(never_dot(number, place, self.never_x, base - height / 2))
        in_front = list(dict.fromkeys(name for row in self.picture.rows for name in row.series))
        titles = {each.name: each.title for each in self.series}
        return [f'<g id="{name}"><title>{escape(titles[name])}</title>{"".join(parts[name])}</g>' for name in in_front]

    def over(self) -> list[str]:
        x = self.axis.x(self.picture.promise_ns)
        parts = [line(x, self.top, x, self.bottom, "promise"),
                 text(x, self.top - 8, self.picture.promise, "", "middle"),
                 text((PLOT_LEFT + self.right) / 2, self.bottom + 42, self.picture.axis, "soft", "middle")]
        for at, row in enumerate(self.picture.rows):
            base, middle = self.row_base(at), self.row_base(at) - (self.picture.row_height - 14) / 2
            parts += [line(PLOT_LEFT, base, self.right, base, "axis"), text(24, middle, row.title),
                      text(24, middle + 17, row.note, "soft number")]
        return parts

    def row_base(self, at: int) -> float:
        return self.top + self.picture.row_height * (at + 1)


def draw(picture: Picture, series: Sequence[Series]) -> str:
    drawing = Drawing(picture, series)
    height = drawing.bottom + 60
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
        f'height="{height:.0f}" role="img" aria-label="{escape(picture.title)}">',
        f"<style>{STYLE}</style>", '<rect width="100%" height="100%" class="paper"/>',
        *drawing.under(), *drawing.drawn_series(), *drawing.over(), "</svg>", ""])
