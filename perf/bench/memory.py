"""Memory of an idle connection: how the server's proportional set size grows from a few thousand of them to many.

Each connection has asked once and been answered. What the kernel keeps for a socket is not the server's, and not
counted. The clients are processes of their own, as a process may have only so many descriptors.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.plan import Plan
from bench.processes import memory_bytes
from bench.results import Sample
from bench.servers import Running, Server, ServerFailed

CLIENT = Path(__file__).with_name("idle_clients.py")
CONNECTIONS_OF_A_CLIENT = 3000
SETTLE_SECONDS = 0.3  # What a server still does after its last answer.


def measure(plan: Plan, servers: list[Server], say: Callable[[str], None], rounds: int) -> list[Sample]:
    samples = []
    for server in servers:
        try:
            slopes = []
            for _ in range(rounds):
                with Running(server) as running:
                    slopes.append(slope(plan, running))
        except (ServerFailed, OSError) as failure:
            say(f"{server.name}, memory: {failure}")
            continue
        samples.append(Sample("memory", "connection_bytes", "idle", server.name, slopes))
    return samples


def slope(plan: Plan, server: Running) -> float:
    clients: list[subprocess.Popen] = []
    try:
        hold(server.port, plan.idle_few, clients)
        few = memory_bytes(server.pids)
        hold(server.port, plan.idle_many - plan.idle_few, clients)
        return (memory_bytes(server.pids) - few) / (plan.idle_many - plan.idle_few)
    finally:
        for client in clients:
            client.stdin.close()
        for client in clients:
            client.wait()
            client.stdout.close()


def hold(port: int, connections: int, clients: list[subprocess.Popen]):
    """Starts clients that hold so many more; returns when each connection was answered."""
    started = []
    while connections > 0:
        part = min(connections, CONNECTIONS_OF_A_CLIENT)
        source = f"127.0.1.{len(clients) + 1}"  # Each has an address of its own, so that ports do not run out.
        started.append(subprocess.Popen([sys.executable, str(CLIENT), str(port), str(part), source],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        clients.append(started[-1])
        connections -= part
    for client in started:
        if client.stdout.readline() != "holding\n":
            raise ServerFailed("a client could not open its connections")
    time.sleep(SETTLE_SECONDS)
