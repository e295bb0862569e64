"""How much of everything a run does."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Plan:
    rounds: int = 9            # Of the figure of merit.
    round_seconds: float = 3
    tries: int = 3             # Of a round that was disturbed.
    work_rounds: int = 3       # Of the rest of the work.
    work_seconds: float = 2
    count_seconds: float = 2   # While system calls are counted.
    requests_short: int = 4_000   # The two lengths whose difference is counted.
    requests_long: int = 24_000
    idle_few: int = 3_000
    idle_many: int = 15_000
    idle_loops_more: int = 4   # Than one, to see what another one takes.
    latency_seconds: float = 8
    works: tuple[str, ...] | None = None  # Of work.OTHERS; none: all.
    loops: tuple[int, ...] = (1, 2, 64)


FULL = Plan()
QUICK = replace(FULL, rounds=5, round_seconds=1, work_rounds=1, work_seconds=1, count_seconds=1,
                requests_short=2_048, requests_long=10_240, latency_seconds=3)
# Everything once, for a test.
TINY = replace(FULL, rounds=1, round_seconds=1, tries=1, work_rounds=1, work_seconds=1, count_seconds=1,
               requests_short=1_024, requests_long=3_072, idle_few=50, idle_many=150, latency_seconds=1,
               works=("browser", "one_request", "echo_1k", "stream"), loops=(1, 2))
