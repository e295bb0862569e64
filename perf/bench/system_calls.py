"""System calls a request, counted by the kernel's tracepoints on the live server while wrk loads it from another core.

Where perf(1) may not, strace counts instead, while an exact number of requests is asked; a note says so.
"""

import re
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import wrk
from bench.client import CountingClient
from bench.plan import Plan
from bench.processes import allowed_cpus
from bench.results import Sample
from bench.servers import Running, Server, ServerFailed
from bench.work import Work

GROUPS = {
    "receive": ("recvfrom", "recvmsg", "read", "readv"),
    "send": ("sendto", "sendmsg", "write", "writev", "sendfile64"),
    "wait": ("epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "io_uring_enter"),
}
# As strace writes those that the tracepoints name otherwise.
STRACE_NAMES = {"sendfile": "sendfile64"}
ALL = "raw_syscalls:sys_enter"


def perf_works() -> bool:
    try:
        return subprocess.run(["perf", "stat", "-e", ALL, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def measure(plan: Plan, servers: list[Server], work: Work, say: Callable[[str], None], rounds: int) -> list[Sample]:
    count = count_by_perf if perf_works() else count_by_strace
    if count is count_by_strace:
        say("perf may not count system calls here: strace counts them")
    samples = []
    for server in servers:
        try:
            with Running(server, cpus=allowed_cpus()[:1]) as running:
                counts = [count(plan, running, work) for _ in range(rounds)]
        except ServerFailed as failure:
            say(f"{server.name}, system calls, {work.title}: {failure}")
            continue
        for quantity in counts[0]:
            samples.append(Sample("system_calls", quantity, work.name, server.name, [each[quantity] for each in counts],
                                  {"by": "perf" if count is count_by_perf else "strace"}))
    return samples


def per_request(calls: dict[str, int], total: int, requests: float) -> dict[str, float]:
    grouped = {group: sum(calls.get(name, 0) for name in names) / requests for group, names in GROUPS.items()}
    whole = total / requests
    return {"total": whole} | grouped | {"other": max(0.0, whole - sum(grouped.values()))}


def count_by_perf(plan: Plan, server: Running, work: Work) -> dict[str, float]:
    names = [name for group in GROUPS.values() for name in group]
    with tempfile.NamedTemporaryFile("r", prefix="pinwheel-bench-", encoding="utf-8") as counts:
        before = ["perf", "stat", "--output", counts.name, "--field-separator", ",", "--event", ALL]
        for name in names:
            before += ["--event", f"syscalls:sys_enter_{name}"]
        before += ["--pid", ",".join(map(str, server.serving_pids)), "--"]
        load = wrk.run(work, server, plan.count_seconds, allowed_cpus()[-1:], before=tuple(before))
        rows = counts.read()
    calls = {}
    for number, name in re.findall(r"^(\d+),[^,]*,(?:raw_syscalls|syscalls):sys_enter_?(\w*),", rows, re.MULTILINE):
        calls[name] = int(number)
    if "" not in calls:
        raise ServerFailed(f"perf counted nothing:\n{rows}")
    return per_request(calls, calls.pop(""), load.units)


def count_by_strace(plan: Plan, server: Running, work: Work) -> dict[str, float]:
    attach = [option for pid in server.serving_pids for option in ("-p", str(pid))]
    with CountingClient(server, work) as client:
        client.ask(1)
        tracer = subprocess.Popen(["strace", "-f", "-c", "-S", "name", *attach], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True)
        wait_until_traced(server.serving_pids)
        requests = client.ask(plan.requests_short)
        tracer.send_signal(signal.SIGINT)
        table = tracer.communicate()[1]
    rows = re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", table, re.MULTILINE)
    calls = {STRACE_NAMES.get(name, name): int(number) for number, name in rows if name != "total"}
    return per_request(calls, sum(calls.values()), requests)


def wait_until_traced(pids: list[int]):
    """Returns when every thread has a tracer."""
    waiting = [Path(f"/proc/{pid}/task") for pid in pids]
    while any("TracerPid:\t0\n" in (thread / "status").read_text(encoding="ascii", errors="replace")
              for tasks in waiting for thread in tasks.iterdir()):
        pass
