"""One run of wrk against a running server, with what both of them cost."""

import json
import os
import re
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bench.processes import cpu_ns, on_cpus
from bench.servers import Running, ServerFailed
from bench.work import STREAM_PIECE_BYTES, Work

SCRIPT = Path(__file__).with_name("wrk_work.lua")
TIMEOUT = "15s"  # Of one answer.


@dataclass(frozen=True)
class Load:
    units: float  # Requests, or chunks of a stream.
    seconds: float
    server_cpu_s: float
    wrk_cpu_s: float
    errors: int

    @property
    def ratio(self) -> float:
        return self.server_cpu_s / self.wrk_cpu_s

    @property
    def cpu_us(self) -> float:
        return self.server_cpu_s * 1e6 / self.units


def allow_many_descriptors():
    """For this process and those it starts."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def run(work: Work, server: Running, seconds: float, cpus: list[int],
        before: tuple[str, ...] = ()) -> Load:
    """Loads the server for about so long from these CPUs, a thread for each. What stands before wrk counts as wrk."""
    command = [*before, *on_cpus(cpus), "wrk", "--threads", str(len(cpus)), "--connections", str(work.connections),
               "--duration", f"{max(1, round(max(seconds, work.seconds_min)))}s", "--timeout", TIMEOUT,
               "--script", str(SCRIPT)]
    for name, value in work.fields.items():
        command += ["--header", f"{name}: {value}"]
    command += [server.url(work.path), "--", str(work.depth), str(work.body_bytes)]

    before = cpu_ns(server.pids)
    began = time.monotonic()
    wrk = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = wrk.stdout.read().decode(errors="replace")
    wrk.stdout.close()
    _, status, usage = os.wait4(wrk.pid, 0)
    wrk.returncode = os.waitstatus_to_exitcode(status)
    seconds_taken = time.monotonic() - began
    spent = cpu_ns(server.pids) - before

    match = re.search(r"^result (.*)$", output, re.MULTILINE)
    if wrk.returncode != 0 or not match:
        raise ServerFailed(f"wrk failed against {server.server.name}:\n{output}")
    result = json.loads(match[1])
    units = result["bytes"] / STREAM_PIECE_BYTES if work.counts_pieces else result["requests"]
    if units == 0:
        raise ServerFailed(f"{server.server.name} answered nothing; wrk said:\n{output}")
    return Load(units, seconds_taken, spent / 1e9, usage.ru_utime + usage.ru_stime, sum(result["errors"].values()))
