#!/usr/bin/env python3
"""./dev bench: every measure runs once with tiny numbers, our counts keep under their ceilings, two results compare.

usage: bench_test.py FOLDER     the folder has the programs of the target perf_servers
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from html.parser import HTMLParser
from pathlib import Path

PERF = Path(__file__).resolve().parents[2] / "perf"
sys.path.insert(0, str(PERF))
from bench.callgrind import of_file, without_arguments  # noqa: E402
from bench.memory import measure_once  # noqa: E402
from bench.plan import TINY  # noqa: E402
from bench.results import Sample  # noqa: E402
from bench.servers import Running, free_port, guest, known  # noqa: E402
from bench.system_calls import count_by_strace  # noqa: E402
from bench.work import MAIN  # noqa: E402

FOLDER = Path(sys.argv.pop())
MEASURES = {"same_core", "system_calls", "instructions", "memory", "latency", "separate_cores", "allocations"}
OURS = "pinwheel-epoll"
PEER = "nginx"  # Answers from a child process.


def bench(*words: object) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "bench", *map(str, words)], env=os.environ | {"PYTHONPATH": str(PERF)},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


class Elements(HTMLParser):
    """Counts what is begun and what is left open."""

    VOID = {"meta", "link", "line", "polyline"}

    def __init__(self):
        super().__init__()
        self.begun: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.begun.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag, tag


class TinyRunTest(unittest.TestCase):
    """One run of everything, looked at from all sides."""

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.out = Path(scratch.name) / "tiny"
        cls.done = bench("--tiny", "--servers", f"{OURS},{PEER}", "--programs", FOLDER, "--out", cls.out)
        if cls.done.returncode != 0:
            raise AssertionError(cls.done.stdout)
        cls.json = cls.out.with_name("tiny.json")
        cls.result = json.loads(cls.json.read_text(encoding="utf-8"))

    def changed(self, change) -> Path:
        """The result once more, with a change."""
        result = json.loads(self.json.read_text(encoding="utf-8"))
        change(result)
        path = self.out.with_name("changed.json")
        path.write_text(json.dumps(result), encoding="utf-8")
        return path

    def test_each_measure_has_numbers_of_each_server(self):
        self.assertEqual([note for note in self.result["notes"] if "perf may not" not in note], [])
        for server in (OURS, PEER):
            measured = {sample["measure"] for sample in self.result["samples"] if sample["server"] == server}
            self.assertEqual(measured, MEASURES, server)
        for sample in self.result["samples"]:
            self.assertGreaterEqual(sample["high"], sample["median"], sample)
            self.assertGreaterEqual(sample["median"], sample["low"], sample)
            self.assertEqual(sample.get("detail", {}).get("errors", 0), 0, sample)

    def test_memory_is_that_of_a_connection_of_a_loop_of_the_start_and_what_is_kept(self):
        for server in (OURS, PEER):
            found = {sample["quantity"]: sample["median"] for sample in self.result["samples"]
                     if (sample["measure"], sample["server"]) == ("memory", server)}
            self.assertEqual(set(found), {"connection_bytes", "loop_bytes", "start_bytes", "kept_bytes"}, server)
            self.assertGreater(found["start_bytes"], 100 << 10, server)
            self.assertGreater(found["loop_bytes"], 0, server)

    def test_the_result_says_where_and_of_what_it_is(self):
        for part, facts in {"machine": ("cpu", "cpus", "kernel"), "build": ("commit", "compiler", "type"),
                            "run": ("date", "command", "rounds")}.items():
            for fact in facts:
                self.assertTrue(self.result[part][fact], fact)

    def test_our_counts_are_under_their_ceilings(self):
        checked = bench("ceilings", self.json)
        self.assertEqual(checked.returncode, 0, checked.stdout)

    def test_a_count_over_its_ceiling_is_found(self):
        def double(result):
            for sample in result["samples"]:
                if sample["measure"] == "instructions":
                    sample["rounds"] = [2 * value for value in sample["rounds"]]

        checked = bench("ceilings", self.changed(double))
        self.assertEqual(checked.returncode, 1, checked.stdout)
        self.assertIn(f"{OURS}: instructions total 64 is", checked.stdout)

    def test_the_page_is_whole_and_needs_nothing_beside_it(self):
        page = self.out.with_name("tiny.html").read_text(encoding="utf-8")
        elements = Elements()
        elements.feed(page)
        self.assertEqual(elements.open, [])
        self.assertGreater(elements.begun.count("svg"), 15)
        self.assertNotRegex(page, r"(src|href)=\"(?!data:,)|@import|url\(")
        self.assertIn("prefers-color-scheme: dark", page)
        self.assertNotIn("nan", re.sub(r"<title>.*?</title>", "", page).lower().split())

    def test_a_result_agrees_with_itself(self):
        compared = bench("compare", self.json, self.json, "--agree", "2")
        self.assertEqual(compared.returncode, 0, compared.stdout)
        self.assertIn("inside the noise", compared.stdout)
        self.assertNotIn("WORSE", compared.stdout)

    def test_what_got_worse_is_said_and_does_not_agree(self):
        def add_a_tenth(result):
            for sample in result["samples"]:
                if sample["quantity"] == "ratio":
                    sample["rounds"] = [1.1 * value for value in sample["rounds"]]

        compared = bench("compare", self.json, self.changed(add_a_tenth), "--agree", "2")
        self.assertEqual(compared.returncode, 1, compared.stdout)
        self.assertRegex(compared.stdout, rf"{OURS} +same core +ratio .* WORSE")

    def test_results_of_different_machines_are_refused(self):
        def move(result):
            result["machine"]["kernel"] = "Another 1.0"

        compared = bench("compare", self.json, self.changed(move))
        self.assertEqual(compared.returncode, 2, compared.stdout)
        self.assertIn("different machines: kernel", compared.stdout)

    def test_the_table_of_functions_sums_up_to_the_request(self):
        table = bench("table", self.json)
        self.assertEqual(table.returncode, 0, table.stdout)
        rows = [[cell.strip(" *`") for cell in row.split("|")[1:-1]] for row in table.stdout.splitlines() if "|" in row]
        spent = {row[0]: float(row[1].replace(",", "")) for row in rows if re.fullmatch(r"-?[\d,]+", row[1])}
        whole = spent.pop("a request")
        self.assertGreater(whole, 500)
        self.assertAlmostEqual(sum(spent.values()), whole, delta=len(spent))


class StraceTest(unittest.TestCase):
    def test_where_perf_may_not_count_strace_does(self):
        for server in known(FOLDER):
            if server.name in (OURS, PEER):
                with self.subTest(server=server.name), Running(server) as running:
                    calls = count_by_strace(TINY, running, MAIN[0])
                    self.assertAlmostEqual(calls["receive"], 1, delta=0.1)
                    self.assertAlmostEqual(calls["send"], 1, delta=0.1)
                    self.assertGreater(calls["wait"], 0)


# Holds 100 KiB for each connection, and those of every second one for ever. They are no allocator's, which might
# keep the others as well.
KEEPING = """
import asyncio, mmap, signal, sys

kept = []

async def serve(reader, writer):
    held = mmap.mmap(-1, 100 << 10)
    held.write(b"x" * (100 << 10))
    kept.append(held if len(kept) % 2 else None)
    while (await reader.read(1000)):
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 13\\r\\n\\r\\nHello, World!")
    writer.close()

async def main():
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, sys.exit)
    await (await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))).serve_forever()

asyncio.run(main())
"""


class MemoryTest(unittest.TestCase):
    def test_what_a_connection_holds_and_what_is_kept_of_it_are_told_apart(self):
        with tempfile.TemporaryDirectory() as scratch:
            program = Path(scratch) / "keeping.py"
            program.write_text(KEEPING, encoding="utf-8")
            server = guest(f"keeping={sys.executable} {program} {{port}}")
            found = measure_once(TINY, server)
        self.assertAlmostEqual(found["connection_bytes"], 100 << 10, delta=20 << 10)
        self.assertAlmostEqual(found["kept_bytes"] / (TINY.idle_many / 2), 100 << 10, delta=20 << 10)


class GuestTest(unittest.TestCase):
    def test_any_server_joins_by_its_command_line(self):
        with tempfile.TemporaryDirectory() as scratch:
            out = Path(scratch) / "guest"
            command = f"{FOLDER}/beast_server --listen=127.0.0.1:{{port}} --loops={{loops}}"
            done = bench("--tiny", "--only", "separate_cores", "--servers", "mine", "--server", f"mine={command}",
                         "--programs", FOLDER, "--out", out)
            self.assertEqual(done.returncode, 0, done.stdout)
            samples = json.loads(out.with_name("guest.json").read_text(encoding="utf-8"))["samples"]
            self.assertEqual({sample["server"] for sample in samples}, {"mine"})

    def test_a_command_without_a_port_is_refused(self):
        with self.assertRaisesRegex(ValueError, "NAME=COMMAND"):
            guest("mine=server --loops=1")

    def test_a_free_port_can_be_listened_on(self):
        self.assertIn(free_port(), range(1024, 65536))


class PiecesTest(unittest.TestCase):
    def test_callgrinds_functions_have_what_they_spent_themselves(self):
        written = ("events: Ir\n\nfn=(1) outer(int)\n10 5\n+1 7\ncfn=(2) inner\ncalls=3 20\n+2 300\n* 1\n"
                   "fn=(2)\n20 100\nfn=(1)\n11 4\n\ntotals: 117\n")
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
            file.write(written)
            file.flush()
            self.assertEqual(of_file(Path(file.name)), {"outer(int)": 17, "inner": 100})

    def test_a_functions_short_name_has_neither_arguments_nor_namespace(self):
        for name, short in {
                "pinwheel::v0::http::session::on_data(pinwheel::v0::connection&, char)": "http::session::on_data",
                "void pinwheel::v0::http::(anonymous namespace)::find<char, 3>(char const*) const": "void http::find",
                "recv'2": "recv",
                "std::function<void ()>::operator()() const": "std::function::operator()",
        }.items():
            self.assertEqual(without_arguments(name), short)

    def test_the_spread_is_half_the_range_as_a_share_of_the_median(self):
        sample = Sample("same_core", "ratio", "64", OURS, [0.9, 1.0, 1.3])
        self.assertEqual((sample.median, sample.low, sample.high), (1.0, 0.9, 1.3))
        self.assertAlmostEqual(sample.spread, 0.2)


if __name__ == "__main__":
    unittest.main()
