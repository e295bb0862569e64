"""One result as one page that needs nothing beside it: what was measured, in pictures; then every number."""

from bench import work
from bench.latency import PERCENTILES
from bench.page_frame import figure, frame
from bench.plots import Row, Series, Stack, bars, lines, number, ranges, shares, stacked
from bench.results import Results, Sample
from bench.system_calls import GROUPS

CALL_PARTS = [*GROUPS, "other"]
FUNCTIONS_SHOWN = 22
FUNCTION_FIGURES = 2
FUNCTION_NAME_MAX = 38
FUNCTION_LABEL_WIDTH = 268
CONNECTION_STEPS = {"64": "64", "1000": "1,000", "10000": "10,000"}


def page(found: Results) -> str:
    drawn = Pictures(found)
    return frame(found, [drawn.merit(), drawn.system_calls(), drawn.instructions(), drawn.time(), drawn.latency(),
                         drawn.memory(), drawn.other_work(), drawn.limits(), drawn.functions()])


def section(title: str, words: str, figures: list[str]) -> str:
    """Empty where nothing of it was measured."""
    drawn = "".join(figures)
    return f'<section><h2>{title}</h2><p>{words}</p><div class="panels">{drawn}</div></section>' if drawn else ""


class Pictures:
    def __init__(self, found: Results):
        self.found = found
        self.kinds = {server["name"]: server["kind"] for server in found.servers}

    def kind(self, server: str) -> str:
        return self.kinds[server]

    def bars_of(self, measure: str, quantity: str, name: str, title: str, unit: str, of: float = 1) -> str:
        """A figure with a bar for each server, the shortest first; empty when it was not measured. The unit is so many
        of the result's."""
        samples = sorted(self.found.find(measure, quantity, name).values(), key=lambda sample: sample.median)
        if not samples:
            return ""
        rows = [Row(sample.server, self.kind(sample.server), sample.median / of, [value / of for value in sample.rounds],
                    f"{sample.server}: {number(sample.median / of)}, from {number(sample.low / of)} to "
                    f"{number(sample.high / of)}")
                for sample in samples]
        floors = [row.value for row in rows if row.kind == "floor"]
        return figure(title, unit, bars(rows, f"{title}, {unit}", min(floors, default=None)))

    def by_server(self, measure: str, quantities: list[str], name: str) -> dict[str, list[Sample]]:
        """The quantities of each server, in their order."""
        found: dict[str, list[Sample]] = {}
        for quantity in quantities:
            for server, sample in self.found.find(measure, quantity, name).items():
                found.setdefault(server, []).append(sample)
        return found

    # ---- sections ----

    def merit(self) -> str:
        return section(
            "CPU of the server for each second of wrk's",
            "Server and wrk share one core, so what counts is how they divide it: <strong>shorter is cheaper</strong>. "
            "Thin marks are single rounds, all servers in turn; the dashed line is the better floor.",
            [self.bars_of("same_core", "ratio", one.name, one.title, "server CPU / wrk CPU") for one in work.MAIN])

    def system_calls(self) -> str:
        return section(
            "System calls a request",
            "Counted by the kernel on the live server, under wrk from the other core. What io_uring does without a "
            "call is not seen here.", [self.system_calls_of(one) for one in work.MAIN])

    def system_calls_of(self, one: work.Work) -> str:
        rows = [Stack(server, self.kind(server), [sample.median for sample in samples])
                for server, samples in self.by_server("system_calls", CALL_PARTS, one.name).items()]
        rows.sort(key=lambda row: sum(row.parts))
        return figure(one.title, "calls a request", stacked(rows, CALL_PARTS, f"System calls, {one.title}")) \
            if rows else ""

    def instructions(self) -> str:
        figures = [self.bars_of("instructions", "total", one.name, one.title, "instructions") for one in work.COUNTED]
        figures.append(self.bars_of("allocations", "total", "64", "Allocations: 64 connections", "a request"))
        return section(
            "User instructions and allocations a request",
            "Instructions by callgrind: what a longer run spends more than a shorter one. The kernel's part is not in "
            "it.", figures)

    def time(self) -> str:
        figures = [self.bars_of("same_core", "cpu_us", one.name, one.title, "µs") for one in work.MAIN]
        return section(
            "Server CPU a request",
            "What the scheduler gave the server's threads, kernel included, on the core it shared with wrk. Time "
            "depends on the day; compare within a page.", [*figures, self.growth()])

    def growth(self) -> str:
        steps = [self.found.find("same_core", "cpu_us", name) for name in CONNECTION_STEPS]
        if not all(steps):
            return ""
        rows = [Series(name, self.kind(name), [step[name].median if name in step else None for step in steps])
                for name in steps[0]]
        title = "From 64 connections to 10,000"
        return figure(title, "server CPU", lines(rows, list(CONNECTION_STEPS.values()), title, "µs a request"))

    def latency(self) -> str:
        found = self.by_server("latency", list(PERCENTILES), "64")
        rows = [Series(server, self.kind(server), [sample.median for sample in samples])
                for server, samples in found.items()]
        rows.sort(key=lambda row: row.values[2])
        drawn, words = "", ""
        if rows:
            rate = next(iter(found.values()))[0].detail["rate"]
            words = (f"Latency at the same steady rate for all, <strong>{rate:,} requests a second</strong>: half of "
                     "what the slowest of them can answer.")
            drawn = figure("64 connections", "µs, logarithmic", ranges(rows, list(PERCENTILES), "Latency"))
        return section("Latency", words, [drawn])

    def memory(self) -> str:
        """The slope alone, and apart from it what does not grow with the connections."""
        detail = next((sample.detail for sample in self.found.samples if sample.measure == "memory"), {})
        few, many = detail.get("connections", (0, 0))  # Older results do not say.
        return section(
            "Memory",
            "The server's own (proportional) memory, each connection answered once and idle since: what one more "
            "connection takes, what one more loop takes, where a server with one loop begins, and how much more than "
            "there it keeps a second after all connections have left.",
            [self.bars_of("memory", "connection_bytes", "idle", "An idle connection", "bytes"),
             self.bars_of("memory", "loop_bytes", "idle", f"Another loop, with {few:,} connections", "KiB", 1024),
             self.bars_of("memory", "start_bytes", "idle", "Before any connection", "KiB", 1024),
             self.bars_of("memory", "kept_bytes", "idle", f"Kept after {many:,} connections left", "KiB", 1024)])

    def other_work(self) -> str:
        return section(
            "Other work",
            "Server CPU for one request, or for one chunk of the stream, on the core it shared with wrk. A server "
            "that does not offer the work is not in its picture.",
            [self.bars_of("same_core", "cpu_us", one.name, one.title, f"server CPU, µs a {one.unit}")
             for one in work.OTHERS if one.name not in CONNECTION_STEPS])

    def limits(self) -> str:
        return section(
            "With a core each",
            "Requests a second, and how full either core was. <strong>Where wrk's core is full and the server's is "
            "not, the number ranks wrk</strong>, not servers.", [self.limits_of(one) for one in work.MAIN])

    def limits_of(self, one: work.Work) -> str:
        samples = sorted(self.found.find("separate_cores", "requests_s", one.name).values(),
                         key=lambda sample: -sample.median)
        if not samples:
            return ""
        rows = [(Row(sample.server, self.kind(sample.server), sample.detail["server_share"]),
                 Row("wrk", "wrk", sample.detail["wrk_share"]), f"{number(sample.median)} /s") for sample in samples]
        by_wrk = [sample.server for sample in samples if sample.detail["limit"] == "load generator"]
        return figure(one.title, f"wrk was the limit for {', '.join(by_wrk) or 'none'}",
                      shares(rows, f"A core each, {one.title}"))

    def functions(self) -> str:
        samples = [sample for sample in self.found.find("instructions", "total", "64").values()
                   if self.kind(sample.server) == "ours" and sample.detail.get("functions")]
        return section(
            "Where a request of ours goes",
            "Each function with what it spent itself; what was inlined belongs to its caller. And the same request "
            "with more loops than there are CPUs.",
            [*(self.functions_of(sample) for sample in samples[:FUNCTION_FIGURES]), self.loops()])

    def functions_of(self, sample: Sample) -> str:
        rows = [Row(name[-FUNCTION_NAME_MAX:], "ours", value, (), f"{name}: {number(value)}")
                for name, value in sample.detail["functions"] if name != "all others"]
        title = f"{sample.server}: instructions by function"
        return figure(sample.server, "instructions a request, by function",
                      bars(rows[:FUNCTIONS_SHOWN], title, None, FUNCTION_LABEL_WIDTH))

    def loops(self) -> str:
        """Instructions a request by the number of loops: a flat line is what it should be."""
        steps = [name for name in self.found.works_of("instructions", "total") if name.endswith("_loops")]
        found = self.by_server_and_step(steps)
        if not found:
            return ""
        rows = [Series(server, self.kind(server), values) for server, values in found.items()]
        title = "More loops than CPUs"
        return figure(title, "instructions a request, each in a turn of its own",
                      lines(rows, [name.removesuffix("_loops") for name in steps], title, "by the number of loops"))

    def by_server_and_step(self, steps: list[str]) -> dict[str, list[float | None]]:
        by_step = [self.found.find("instructions", "total", name) for name in steps]
        servers = dict.fromkeys(server for step in by_step for server in step)
        return {server: [step[server].median if server in step else None for step in by_step] for server in servers}
