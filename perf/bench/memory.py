"""Memory of idle connections, by the server's proportional set size (in bytes):

connection_bytes  what another connection takes: the slope from a few thousand of them to many
loop_bytes        what another loop takes, with a few thousand connections over all of them
start_bytes       what the server takes with one loop, before the connections come
kept_bytes        how much more it is when they have left

Each connection has asked once and been answered. What the kernel keeps for a socket is not the server's, and not
counted. The clients are processes of their own, as a process may have only so many descriptors.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from bench.plan import Plan
from bench.processes import descriptors, memory_bytes
from bench.results import Sample
from bench.servers import Running, Server, ServerFailed

CLIENT = Path(__file__).with_name("idle_clients.py")
CONNECTIONS_OF_A_CLIENT = 3000
SETTLE_SECONDS = 0.3  # What a server still does after its last answer.
LEAVE_SECONDS_MAX = 10
LEFT_SECONDS = 1  # From when a server has closed the last connection until its memory is read.


def measure(plan: Plan, servers: list[Server], say: Callable[[str], None], rounds: int) -> list[Sample]:
    samples = []
    for server in servers:
        try:
            found = [measure_once(plan, server) for _ in range(rounds)]
        except (ServerFailed, OSError) as failure:
            say(f"{server.name}, memory: {failure}")
            continue
        detail = {"connections": [plan.idle_few, plan.idle_many]}
        samples += [Sample("memory", quantity, "idle", server.name, [each[quantity] for each in found], detail)
                    for quantity in found[0]]
    return samples


def measure_once(plan: Plan, server: Server) -> dict[str, float]:
    with Running(server) as running:
        start, descriptors_before = memory_bytes(running.pids), descriptors(running.pids)
        with Clients(running.port) as clients:
            clients.hold(plan.idle_few)
            few = memory_bytes(running.pids)
            clients.hold(plan.idle_many - plan.idle_few)
            many = memory_bytes(running.pids)
        wait_until_closed(running, descriptors_before)
        left = memory_bytes(running.pids)
    with Running(server, loops=1 + plan.idle_loops_more) as running, Clients(running.port) as clients:
        clients.hold(plan.idle_few)
        few_on_more_loops = memory_bytes(running.pids)
    return {"connection_bytes": (many - few) / (plan.idle_many - plan.idle_few),
            "loop_bytes": (few_on_more_loops - few) / plan.idle_loops_more,
            "start_bytes": start, "kept_bytes": left - start}


def wait_until_closed(server: Running, descriptors_before: int):
    """Of its connections. One that never closes them is measured as it is."""
    deadline = time.monotonic() + LEAVE_SECONDS_MAX
    while descriptors(server.pids) > descriptors_before and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(LEFT_SECONDS)


class Clients(AbstractContextManager):
    """Processes that hold idle connections until the end of the block."""

    def __init__(self, port: int):
        self.port = port
        self.processes: list[subprocess.Popen] = []

    def hold(self, connections: int):
        """So many more; returns when each was answered."""
        started = []
        while connections > 0:
            part = min(connections, CONNECTIONS_OF_A_CLIENT)
            source = f"127.0.1.{len(self.processes) + 1}"  # An address for each, so that ports do not run out.
            started.append(subprocess.Popen([sys.executable, str(CLIENT), str(self.port), str(part), source],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            self.processes.append(started[-1])
            connections -= part
        for client in started:
            if client.stdout.readline() != "holding\n":
                raise ServerFailed("a client could not open its connections")
        time.sleep(SETTLE_SECONDS)

    def __exit__(self, *_):
        for client in self.processes:
            client.stdin.close()
        for client in self.processes:
            client.wait()
            client.stdout.close()
