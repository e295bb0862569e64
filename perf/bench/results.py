"""What a run measured, as JSON: perf/results/<name>.json.

{"schema": 1, "machine": {…}, "build": {…}, "run": {…}, "servers": […], "works": {…}, "notes": […],
 "samples": [
  {"measure": "same_core", "quantity": "ratio", "work": "64", "server": "nginx",
   "rounds": […], "median": …, "low": …, "high": …, "spread": …}]}

The spread is half of what lies between the lowest and the highest round, as a share of the median.
"""

import json
import os
import platform
import re
import statistics
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

SCHEMA = 1
ROOT = Path(__file__).resolve().parents[2]
# Results may be compared when these agree.
SAME_MACHINE = ("cpu", "cpus", "memory_gib", "kernel")


@dataclass(frozen=True)
class Sample:
    measure: str
    quantity: str
    work: str
    server: str
    rounds: list[float]
    detail: dict = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.measure, self.quantity, self.work, self.server

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def low(self) -> float:
        return min(self.rounds)

    @property
    def high(self) -> float:
        return max(self.rounds)

    @property
    def spread(self) -> float:
        return (self.high - self.low) / 2 / abs(self.median) if self.median else 0.0

    def as_json(self) -> dict:
        def short(value: float) -> float:
            return float(f"{value:.6g}")

        said = {"measure": self.measure, "quantity": self.quantity, "work": self.work, "server": self.server,
                "rounds": [short(value) for value in self.rounds], "median": short(self.median),
                "low": short(self.low), "high": short(self.high), "spread": short(self.spread)}
        return said | ({"detail": self.detail} if self.detail else {})


@dataclass
class Results:
    machine: dict
    build: dict
    run: dict
    servers: list[dict]
    works: dict[str, str]
    notes: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    def find(self, measure: str, quantity: str, work: str) -> dict[str, Sample]:
        """By server."""
        return {sample.server: sample for sample in self.samples
                if (sample.measure, sample.quantity, sample.work) == (measure, quantity, work)}

    def works_of(self, measure: str, quantity: str) -> list[str]:
        found = dict.fromkeys(sample.work for sample in self.samples
                              if (sample.measure, sample.quantity) == (measure, quantity))
        return list(found)

    def save(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        facts = {"schema": SCHEMA, "machine": self.machine, "build": self.build, "run": self.run,
                 "servers": self.servers, "works": self.works, "notes": self.notes}
        head = json.dumps(facts, indent=1, ensure_ascii=False).rstrip("\n}")
        rows = ",\n".join("  " + json.dumps(sample.as_json(), ensure_ascii=False) for sample in self.samples)
        path.write_text(f'{head},\n "samples": [\n{rows}\n ]\n}}\n', encoding="utf-8")


def load(path: Path) -> Results:
    said = json.loads(path.read_text(encoding="utf-8"))
    if said.get("schema") != SCHEMA:
        raise ValueError(f"{path} is not a result of this bench (schema {said.get('schema')}, not {SCHEMA})")
    samples = [Sample(row["measure"], row["quantity"], row["work"], row["server"], row["rounds"],
                      row.get("detail", {})) for row in said["samples"]]
    return Results(said["machine"], said["build"], said["run"], said["servers"], said["works"], said["notes"], samples)


# ---- where and of what ----------------------------------------------------------------------------------------------


def output_of(*command: str) -> str:
    """What a command says; empty if it cannot."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return (done.stdout or done.stderr).strip() if done.returncode == 0 else ""


def machine() -> dict:
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"^model name\s*:\s*(.*)$", info, re.MULTILINE)
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"cpu": model[1] if model else platform.machine(), "cpus": len(os.sched_getaffinity(0)),
            "memory_gib": round(pages / 2**30), "kernel": f"{platform.system()} {platform.release().partition('-')[0]}"}


def commit() -> str:
    """The short hash, with a mark where the tree has changes."""
    name = output_of("git", "rev-parse", "--short=12", "HEAD")
    return (name + ("+changes" if output_of("git", "status", "--porcelain") else "")) if name else "unknown"


def build(folder: Path) -> dict:
    """Compiler and flags, as the build remembers them."""
    cache = folder / "CMakeCache.txt"
    if not cache.is_file():
        return {"commit": commit()}
    said = dict(re.findall(r"^(\w+):\w+=(.*)$", cache.read_text(encoding="utf-8"), re.MULTILINE))
    kind = said.get("CMAKE_BUILD_TYPE", "")
    flags = f"{said.get('CMAKE_CXX_FLAGS', '')} {said.get(f'CMAKE_CXX_FLAGS_{kind.upper()}', '')}".strip()
    compiler = output_of(said.get("CMAKE_CXX_COMPILER", "c++"), "--version").partition("\n")[0]
    return {"commit": commit(), "compiler": compiler, "flags": flags, "type": kind}


def differences(a: Results, b: Results) -> list[str]:
    """Why the two are not of the same machine."""
    return [f"{fact}: {a.machine.get(fact)} and {b.machine.get(fact)}" for fact in SAME_MACHINE
            if a.machine.get(fact) != b.machine.get(fact)]
