"""What the kernel tells of processes: their descendants, CPU time and memory."""

import os
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """The process and all below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # It ended meanwhile.
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def cpu_ns(pids: list[int]) -> int:
    """What the scheduler gave all of their threads."""
    total = 0
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            total += int(thread.read_text(encoding="ascii").split()[0])
    return total


def memory_bytes(pids: list[int]) -> int:
    """Their proportional set size: what they share counts once."""
    total = 0
    for pid in pids:
        for row in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if row.startswith("Pss:"):
                total += int(row.split()[1]) * 1024
    return total


def descriptors(pids: list[int]) -> int:
    """How many they have open."""
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids)


def allowed_cpus() -> list[int]:
    return sorted(os.sched_getaffinity(0))


def on_cpus(cpus: list[int]) -> list[str]:
    """What to put before a command to pin it."""
    return ["taskset", "--cpu-list", ",".join(map(str, cpus))]
