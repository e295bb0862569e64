"""What stands around the pictures: head, facts, notes, and the table of every number."""

from html import escape

from bench.page_style import CSS
from bench.plots import number
from bench.results import Results

DISTURBED_BELOW = 0.9  # Of the core's time.


def figure(title: str, unit: str, drawn: str) -> str:
    return f"<figure><h3>{escape(title)} <small>{escape(unit)}</small></h3>{drawn}</figure>"


def facts(found: Results) -> str:
    said = {"machine": f"{found.machine['cpus']} × {found.machine['cpu']}", "kernel": found.machine["kernel"],
            "memory": f"{found.machine['memory_gib']} GiB", "commit": found.build.get("commit"),
            "compiler": found.build.get("compiler"), "flags": found.build.get("flags"),
            "rounds": f"{found.run['rounds']} ({found.run['length']})", "took": f"{found.run['seconds'] / 60:.0f} min"}
    said |= {server["name"]: server.get("version") for server in found.servers}
    return "".join(f"<li>{escape(key)} <b>{escape(value)}</b></li>" for key, value in said.items() if value)


def notes(found: Results) -> str:
    rows = list(found.notes)
    disturbed = [f"{sample.server} at {found.works[sample.work]} ({100 * sample.detail['core_share']:.0f} %)"
                 for sample in found.samples if sample.detail.get("core_share", 1) < DISTURBED_BELOW]
    if disturbed:
        rows.append("Something else ran on the core that server and wrk should have had to themselves. Their share at "
                    f"the least: {', '.join(disturbed)}.")
    items = "".join(f"<li>{escape(row)}</li>" for row in rows)
    return f'<h2>Notes of the run</h2><ul class="notes">{items}</ul>' if rows else ""


def table(found: Results) -> str:
    rows = []
    for sample in found.samples:
        cells = [sample.server, sample.measure.replace("_", " "), sample.quantity.replace("_", " "),
                 found.works.get(sample.work, sample.work), number(sample.median), number(sample.low),
                 number(sample.high), f"± {100 * sample.spread:.1f} %"]
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    columns = ("server", "measure", "quantity", "work", "median", "lowest", "highest", "spread")
    head = "".join(f"<th>{name}</th>" for name in columns)
    return (f'<details><summary>Every number</summary><div class="scroll"><table><tr>{head}</tr>{"".join(rows)}'
            "</table></div></details>")


def key() -> str:
    kinds = {"ours": "Pinwheel", "floor": "floor: a server that parses nothing, the practical limit", "peer": "peer",
             "guest": "named on the command line"}
    return "".join(f'<span><i style="background:var(--{kind})"></i>{words}</span>' for kind, words in kinds.items())


def frame(found: Results, sections: list[str]) -> str:
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pinwheel beside its peers</title><link rel="icon" href="data:,"><style>{CSS}</style></head>
<body><main>
<h1>Pinwheel beside its peers</h1>
<p class="lead">What one request costs, measured in one run on one machine on
<strong>{escape(found.run['date'])}</strong>.</p>
<ul class="facts">{facts(found)}</ul>
<div class="key">{key()}</div>
{"".join(sections)}
{notes(found)}
{table(found)}
<p><code>{escape(found.run['command'])}</code></p>
</main></body></html>
"""
