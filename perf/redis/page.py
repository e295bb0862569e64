"""The result as tables."""

from bench.page_frame import DISTURBED_BELOW
from bench.results import Results, Sample

OURS, THEIRS = "pinwheel", "redis-server"
QUANTITIES = {
    "cpu_us": ("CPU of the server for a request", "In microseconds, by the scheduler, of all of the server's threads, "
               "the kernel's work for them included."),
    "ratio": ("CPU of the server for each second of redis-benchmark's", "How the two divide the core; lower is cheaper."),
}


def cell(sample: Sample) -> str:
    return f"{sample.median:.3g} ± {100 * sample.spread:.0f} %"


def table(found: Results, quantity: str) -> str:
    rows = [f"| work | {OURS} | {THEIRS} | {OURS} / {THEIRS} |", "| --- | ---: | ---: | ---: |"]
    for work, title in found.works.items():
        by_server = found.find("redis", quantity, work)
        ours, theirs = by_server[OURS], by_server[THEIRS]
        rows.append(f"| {title} | {cell(ours)} | {cell(theirs)} | {ours.median / theirs.median:.2f} |")
    return "\n".join(rows)


def disturbed(found: Results) -> str:
    names = [f"{sample.server} at {found.works[sample.work]}" for sample in found.samples
             if sample.quantity == "cpu_us" and sample.detail["core_share"] < DISTURBED_BELOW]
    return f"Something else ran on the core meanwhile, in one round at the least: {'; '.join(names)}.\n" if names else ""


def page(found: Results) -> str:
    version = next(server["version"] for server in found.servers if server["name"] == THEIRS)
    facts = found.machine | found.build | found.run | {THEIRS: version}
    origin = "\n".join(f"| {name} | {f'`{value}`' if name == 'command' else value} |" for name, value in facts.items())
    tables = "\n\n".join(f"## {title}\n\n{words}\n\n{table(found, quantity)}"
                         for quantity, (title, words) in QUANTITIES.items())
    return f"""# A small Redis server beside redis-server

| | |
| --- | --- |
{origin}

Written by that command. Both servers have one thread that serves, and keep everything in memory alone; ours knows PING,
GET and SET, theirs much more. Server and redis-benchmark share one core; the servers take turns in each round. Medians of
the rounds; ± is half of what lies between the lowest and the highest, as a share of the median.
{disturbed(found)}
{tables}
"""
