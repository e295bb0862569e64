"""The two servers, and one run of redis-benchmark against one of them, with what both cost."""

import csv
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import cpu_ns, descendants, on_cpus
from bench.servers import ADDRESS, free_port

KEYS = 10_000
VALUE_BYTES = 64
START_SECONDS_MAX = 20
STOP_SECONDS_MAX = 20


@dataclass(frozen=True)
class Command:
    name: str
    words: tuple[str, ...]  # {port} and {folder}, a scratch folder, may stand in them.


def ours(program: Path) -> Command:
    return Command("pinwheel", (str(program), f"--listen={ADDRESS}:{{port}}"))


def theirs() -> Command:
    """In memory alone, as ours is."""
    return Command("redis-server", ("redis-server", "--bind", ADDRESS, "--port", "{port}", "--dir", "{folder}",
                                    "--save", "", "--appendonly", "no", "--daemonize", "no"))


class RedisServer(AbstractContextManager):
    """A server that was started on these CPUs, until the end of the block."""

    def __init__(self, command: Command, cpus: list[int]):
        self.name = command.name
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="pinwheel-redis-")
        words = [word.format(port=self.port, folder=self._folder.name) for word in command.words]
        self._output = (Path(self._folder.name) / "output").open("w+b")
        self._process = subprocess.Popen(on_cpus(cpus) + words, stdin=subprocess.DEVNULL, stdout=self._output,
                                         stderr=subprocess.STDOUT)
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        self.pids = descendants(self._process.pid)

    def _wait_until_it_answers(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                with socket.create_connection((ADDRESS, self.port), timeout=START_SECONDS_MAX) as probe:
                    probe.sendall(b"PING\r\n")
                    if probe.recv(16) == b"+PONG\r\n":
                        return
            except OSError:
                pass
            time.sleep(0.02)
        self._output.seek(0)
        sys.exit(f"{self.name} does not answer; it said: {self._output.read().decode(errors='replace')}")

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()
        self._folder.cleanup()


@dataclass(frozen=True)
class Load:
    requests: int
    seconds: float
    server_cpu_s: float
    benchmark_cpu_s: float

    @property
    def server_us(self) -> float:
        """CPU of the server for one request."""
        return self.server_cpu_s * 1e6 / self.requests

    @property
    def ratio(self) -> float:
        return self.server_cpu_s / self.benchmark_cpu_s

    @property
    def core_share(self) -> float:
        return (self.server_cpu_s + self.benchmark_cpu_s) / self.seconds


def load(server: RedisServer, command: str, clients: int, depth: int, requests: int, cpus: list[int]) -> Load:
    """redis-benchmark ends at the first error that it is answered."""
    words = [*on_cpus(cpus), "redis-benchmark", "-h", ADDRESS, "-p", str(server.port), "-t", command, "-c", str(clients),
             "-P", str(depth), "-n", str(requests), "-r", str(KEYS), "-d", str(VALUE_BYTES), "--csv"]
    before = cpu_ns(server.pids)
    began = time.monotonic()
    client = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    output = client.stdout.read()
    client.stdout.close()
    _, status, usage = os.wait4(client.pid, 0)
    client.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - began
    spent = cpu_ns(server.pids) - before
    rows = list(csv.DictReader(output.splitlines()))
    if client.returncode != 0 or [row.get("test") for row in rows] != [command.upper()]:
        sys.exit(f"redis-benchmark failed against {server.name}:\n{output}")
    return Load(requests, seconds, spent / 1e9, usage.ru_utime + usage.ru_stime)
