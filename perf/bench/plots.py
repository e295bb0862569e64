"""Plots as inline SVG. Colours are classes that the page gives, so that one picture reads in light and dark."""

import math
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH = 520
LABEL_RIGHT = 112
VALUE_WIDTH = 92
ROW = 27
BAR = 13


class Row(NamedTuple):
    name: str
    kind: str  # A class: ours, floor, peer, guest.
    value: float
    rounds: Sequence[float] = ()
    note: str = ""  # Shown when pointed at.


class Stack(NamedTuple):
    name: str
    kind: str
    parts: Sequence[float]


class Series(NamedTuple):
    name: str
    kind: str
    values: Sequence[float | None]


def number(value: float) -> str:
    """Three figures, as people write them."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 100:
        return f"{value:.0f}"
    if size >= 10:
        return f"{value:.1f}"
    if size >= 1:
        return f"{value:.2f}"
    return f"{value:.3f}" if size >= 0.0095 else f"{value:.2g}"


def tick_words(value: float) -> str:
    return f"{value:,.10g}"


def text(x: float, y: float, words: str, css: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{css}" text-anchor="{anchor}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{css}"/>'


def box(x: float, y: float, width: float, height: float, css: str, note: str, round_by: float = 2) -> str:
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{round_by}" class="{css}">'
            f"<title>{escape(note)}</title></rect>")


def dot(x: float, y: float, radius: float, css: str, note: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" class="{css}"><title>{escape(note)}</title></circle>'


def svg(height: float, parts: Sequence[str], title: str, width: float = WIDTH) -> str:
    return (f'<svg viewBox="0 0 {width} {height:.0f}" role="img" aria-label="{escape(title, {chr(34): "&quot;"})}">'
            + "".join(parts) + "</svg>")


def nice_ticks(most: float, wanted: int = 4) -> list[float]:
    """Round numbers from 0 to beyond `most`."""
    if most <= 0:
        return [0, 1]
    step = 10 ** math.floor(math.log10(most / wanted))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10) if most / (step * factor) <= wanted)
    return [step * i for i in range(math.ceil(most / step - 1e-9) + 1)]


def label(name: str, kind: str, y: float) -> str:
    shown = name if len(name) <= 16 else name[:15] + "…"
    return f'<g><title>{escape(name)}</title>{text(LABEL_RIGHT - 8, y + 4, shown, f"label {kind}-text", "end")}</g>'


def grid(ticks: Sequence[float], x, top: float, bottom: float) -> list[str]:
    parts = []
    for tick in ticks:
        parts += [line(x(tick), top, x(tick), bottom, "grid"),
                  text(x(tick), bottom + 15, tick_words(tick), "tick", "middle")]
    return parts


def bars(rows: Sequence[Row], title: str, reference: float | None = None, label_width: int = LABEL_RIGHT) -> str:
    """Shorter is better; a mark for each round, and a dashed line at the reference."""
    left = label_width
    ticks = nice_ticks(max([row.value for row in rows] + [value for row in rows for value in row.rounds]))
    right = WIDTH - VALUE_WIDTH
    bottom = len(rows) * ROW + 6

    def x(value: float) -> float:
        return left + max(0.0, value) / ticks[-1] * (right - left)

    parts = grid(ticks, x, 2, bottom)
    for number_of_row, row in enumerate(rows):
        y = 6 + number_of_row * ROW + ROW / 2 - 3
        parts.append(label(row.name, row.kind, y) if left == LABEL_RIGHT
                     else text(left - 8, y + 4, row.name, "label function", "end"))
        parts.append(box(left, y - BAR / 2, max(1, x(row.value) - left), BAR, row.kind,
                         row.note or f"{row.name}: {number(row.value)}"))
        if len(row.rounds) > 1:
            parts += [line(x(value), y - BAR / 2 - 2.5, x(value), y + BAR / 2 + 2.5, "round") for value in row.rounds]
        parts.append(text(WIDTH - 4, y + 4, number(row.value), f"value {row.kind}-text", "end"))
    if reference is not None:
        parts.append(line(x(reference), 2, x(reference), bottom, "reference"))
    return svg(bottom + 22, parts, title)


def stacked(rows: Sequence[Stack], names: Sequence[str], title: str) -> str:
    ticks = nice_ticks(max(sum(row.parts) for row in rows))
    right = WIDTH - VALUE_WIDTH
    top = 26
    bottom = top + len(rows) * ROW + 4

    def x(value: float) -> float:
        return LABEL_RIGHT + value / ticks[-1] * (right - LABEL_RIGHT)

    parts = legend([(name, f"part{i}") for i, name in enumerate(names)])
    parts += grid(ticks, x, top - 4, bottom)
    for number_of_row, row in enumerate(rows):
        y = top + number_of_row * ROW + ROW / 2 - 2
        parts.append(label(row.name, row.kind, y))
        so_far = 0.0
        for i, part in enumerate(row.parts):
            if part > 0:
                parts.append(box(x(so_far), y - BAR / 2, x(so_far + part) - x(so_far), BAR, f"part{i}",
                                 f"{row.name}, {names[i]}: {number(part)}", 0))
            so_far += part
        parts.append(text(WIDTH - 4, y + 4, number(so_far), f"value {row.kind}-text", "end"))
    return svg(bottom + 22, parts, title)


def legend(entries: Sequence[tuple[str, str]]) -> list[str]:
    parts, x = [], float(LABEL_RIGHT)
    for name, css in entries:
        parts += [box(x, 4, 10, 10, css, name), text(x + 15, 13, name, "tick")]
        x += 34 + 7 * len(name)
    return parts


def log_axis(low: float, high: float, left: float, right: float):
    first = math.floor(math.log10(max(low, 1e-9)))
    last = max(math.ceil(math.log10(max(high, 1e-9))), first + 1)

    def x(value: float) -> float:
        return left + (math.log10(max(value, 10.0**first)) - first) / (last - first) * (right - left)

    return x, [10.0**power for power in range(first, last + 1)]


def ranges(rows: Sequence[Series], names: Sequence[str], title: str) -> str:
    """A line from the first value to the last, with a dot at each, over a logarithmic axis."""
    values = [value for row in rows for value in row.values if value]
    right = WIDTH - 24
    x, ticks = log_axis(min(values), max(values), LABEL_RIGHT, right)
    top = 26
    bottom = top + len(rows) * ROW + 4
    parts = legend([(name, f"dot{i}") for i, name in enumerate(names)]) + grid(ticks, x, top - 4, bottom)
    for number_of_row, row in enumerate(rows):
        y = top + number_of_row * ROW + ROW / 2 - 2
        parts.append(label(row.name, row.kind, y))
        parts.append(line(x(row.values[0]), y, x(row.values[-1]), y, f"range {row.kind}-line"))
        for i, value in enumerate(row.values):
            parts.append(dot(x(value), y, 4.5, f"dot{i}", f"{row.name}, {names[i]}: {number(value)} µs"))
    return svg(bottom + 22, parts, title)


def lines(rows: Sequence[Series], names: Sequence[str], title: str, unit: str) -> str:
    """Values over a few steps; the series' names stand at their ends, apart."""
    left, right, top, bottom = 44, WIDTH - 130, 12, 250
    ticks = nice_ticks(max(value for row in rows for value in row.values if value is not None))

    def y(value: float) -> float:
        return bottom - value / ticks[-1] * (bottom - top)

    xs = [left + 14 + i * (right - left - 14) / max(1, len(names) - 1) for i in range(len(names))]
    parts = [line(left, y(tick), right, y(tick), "grid") for tick in ticks]
    parts += [text(left - 8, y(tick) + 4, tick_words(tick), "tick", "end") for tick in ticks]
    parts += [text(x, bottom + 17, name, "tick", "middle") for x, name in zip(xs, names)]
    parts.append(text(left, bottom + 36, unit, "tick"))
    ends = []
    for row in rows:
        points = [(x, y(value), value) for x, value in zip(xs, row.values) if value is not None]
        if not points:
            continue
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py, _ in points)
        parts.append(f'<polyline points="{path}" class="curve {row.kind}-line"/>')
        parts += [dot(px, py, 3.5, row.kind, f"{row.name}: {number(value)}") for px, py, value in points]
        ends.append([points[-1][1], row, points[-1][0]])
    above = -math.inf
    for end, row, px in sorted(ends, key=lambda each: each[0]):
        at = max(end, above + 14)
        above = at
        parts.append(text(right + 12, at + 4, row.name, f"label {row.kind}-text"))
        if px >= right - 1:
            parts.append(line(right + 5, end, right + 10, at, f"leader {row.kind}-line"))
    return svg(max(bottom + 44, above + 12), parts, title)


def shares(rows: Sequence[tuple[Row, Row, str]], title: str) -> str:
    """Two bars a row, of a whole: the server's core and wrk's; and what was the limit."""
    height = 34
    top = 26
    left, right = LABEL_RIGHT, WIDTH - 150
    bottom = top + len(rows) * height
    parts = legend([("server's core", "ours"), ("wrk's core", "wrk")])
    for share in (0, 0.5, 1):
        x = left + share * (right - left)
        parts += [line(x, top - 4, x, bottom, "grid"), text(x, bottom + 15, f"{100 * share:.0f} %", "tick", "middle")]
    for i, (server, load, words) in enumerate(rows):
        y = top + i * height + 4
        parts.append(label(server.name, server.kind, y + 11))
        for row, offset, css in ((server, 0, server.kind), (load, 11, "wrk")):
            parts.append(box(left, y + offset, max(1, row.value * (right - left)), 9, css, f"{100 * row.value:.0f} %"))
        parts.append(text(WIDTH - 4, y + 14, words, f"value {server.kind}-text", "end"))
    return svg(bottom + 22, parts, title)
