"""How the page looks, in light and dark."""

CSS = """
:root { color-scheme: light dark; --paper: #fbfaf7; --card: #ffffff; --ink: #1c2430; --soft: #5d6878; --line: #e2dfd7;
  --ours: #0a7d86; --floor: #a3a9b3; --peer: #7089b8; --guest: #c0703c; --wrk: #d9b36c; --round: #1c243099;
  --p0: #3b78b4; --p1: #0a9483; --p2: #dfa03a; --p3: #b9bec7; --d0: #0a7d86; --d1: #4f9ba0; --d2: #dfa03a;
  --d3: #d3703f; --d4: #b83a4b; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #12161c; --card: #191f27; --ink: #e4e8ee; --soft: #98a4b3; --line: #2b333d;
    --ours: #3cc2c9; --floor: #6d7683; --peer: #7f9bd2; --guest: #e09a63; --wrk: #b8904a; --round: #ffffffa0;
    --p0: #5aa0e0; --p1: #35c0ac; --p2: #e3b053; --p3: #66707d; --d0: #3cc2c9; --d1: #8fd3d6; --d2: #e3b053;
    --d3: #ee9565; --d4: #ee7183; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', sans-serif; }
main { max-width: 1160px; margin: 0 auto; padding: 2.6rem 1.2rem 4rem; }
h1 { margin: 0; font-size: 2.1rem; letter-spacing: -.02em; line-height: 1.15; }
h2 { margin: 2.8rem 0 .2rem; font-size: 1.3rem; letter-spacing: -.01em; }
h3 { margin: 0 0 .5rem; font-size: .95rem; font-weight: 600; }
h3 small { color: var(--soft); font-weight: 400; font-size: .85rem; }
p { margin: .4rem 0 .9rem; max-width: 46rem; color: var(--soft); text-wrap: pretty; }
p strong, .lead strong { color: var(--ink); }
.lead { font-size: 1.08rem; }
code { font: .88em ui-monospace, monospace; }
.facts { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 0; padding: 0; list-style: none; }
.facts li { padding: .25rem .7rem; border: 1px solid var(--line); border-radius: 999px; background: var(--card);
  font-size: .85rem; color: var(--soft); }
.facts b { color: var(--ink); font-weight: 600; }
.key { display: flex; flex-wrap: wrap; gap: 1.1rem; margin: 1.2rem 0 0; font-size: .9rem; color: var(--soft); }
.key i { display: inline-block; width: .8em; height: .8em; margin-right: .4em; border-radius: 2px;
  vertical-align: -.05em; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 1rem; }
figure { margin: 0; padding: 1rem 1rem .6rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .7rem; min-width: 0; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 12.5px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: var(--ink);
  font-variant-numeric: tabular-nums; }
svg .tick { font-size: 11px; fill: var(--soft); }
svg .value { font-weight: 600; }
svg .function { font: 11px ui-monospace, monospace; }
.label { fill: var(--ink); } svg .ours-text { fill: var(--ours); font-weight: 600; }
svg .floor-text { fill: var(--soft); }
.grid { stroke: var(--line); } .reference { stroke: var(--soft); stroke-dasharray: 4 3; }
.round { stroke: var(--round); }
.ours { fill: var(--ours); } .floor { fill: var(--floor); } .peer { fill: var(--peer); }
.guest { fill: var(--guest); } .wrk { fill: var(--wrk); }
.ours-line { stroke: var(--ours); } .floor-line { stroke: var(--floor); } .peer-line { stroke: var(--peer); }
.guest-line { stroke: var(--guest); }
.curve { fill: none; stroke-width: 2; } .ours-line.curve { stroke-width: 3; } .leader { stroke-width: 1;
  opacity: .6; }
.range { stroke-width: 5; opacity: .35; stroke-linecap: round; }
.part0 { fill: var(--p0); } .part1 { fill: var(--p1); } .part2 { fill: var(--p2); } .part3 { fill: var(--p3); }
.dot0 { fill: var(--d0); } .dot1 { fill: var(--d1); } .dot2 { fill: var(--d2); } .dot3 { fill: var(--d3); }
.dot4 { fill: var(--d4); }
details { margin-top: 2.4rem; } summary { cursor: pointer; font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .82rem; margin: .8rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .8rem .25rem 0; border-top: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { font-weight: 600; }
ul.notes { color: var(--soft); font-size: .88rem; padding-left: 1.2rem; }
"""
