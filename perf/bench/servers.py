"""The servers that are measured side by side: how each is started and ended, and what it does not offer.

Any other server joins by its command line (--server 'name=command {port} {loops}'); docs/performance.md says what it
must answer.
"""

import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import descendants, on_cpus

TEMPLATES = Path(__file__).resolve().parents[1] / "peers"
ADDRESS = "127.0.0.1"
START_SECONDS_MAX = 60  # Valgrind's start-up included.
STOP_SECONDS_MAX = 30
HELLO = b"Hello, World!"


class ServerFailed(Exception):
    """A server did not start, or ended while it was measured."""


@dataclass(frozen=True)
class Server:
    """One row of every table. `command` may hold {port}, {loops} or {threads}, and {folder}, a scratch folder."""

    name: str
    kind: str  # "ours", "floor", "peer" or "guest": how the page draws it.
    command: tuple[str, ...]
    template: str | None = None  # A configuration of perf/peers, filled in and written to {folder}.
    not_offered: frozenset[str] = frozenset()  # Works by name.
    package: str = ""  # Debian's, whose version is the server's.
    children_serve: bool = False  # Requests are answered by child processes.

    def offers(self, work) -> bool:
        return work.name not in self.not_offered

    def is_here(self) -> bool:
        return shutil.which(self.command[0]) is not None


BODIES = frozenset({"echo_1k", "echo_1m", "bytes_1k", "bytes_1m", "stream"})
# A floor answers everything alike, and leaves it to the client to close.
FLOOR_LACKS = BODIES | {"one_request"}


BACKENDS = ("epoll", "io_uring", "poll")


def pinwheel(programs: Path, backend: str, name: str = "") -> Server:
    listen = f"--listen={ADDRESS}:{{port}}"
    return Server(name or f"pinwheel-{backend}", "ours",
                  (str(programs / "bench_server"), listen, "--loops={loops}", f"--backend={backend}"))


def known(programs: Path) -> list[Server]:
    """Those of this project, as they were built there, and the peers that Debian packages."""
    listen = f"--listen={ADDRESS}:{{port}}"

    def small(name: str, kind: str, lacks=frozenset(), package: str = "") -> Server:
        program = programs / name.replace("-", "_") if kind == "floor" else programs / f"{name}_server"
        return Server(name, kind, (str(program), listen, "--loops={loops}"), not_offered=lacks, package=package)

    return [
        *(pinwheel(programs, backend) for backend in BACKENDS),
        small("epoll-floor", "floor", FLOOR_LACKS),
        small("io_uring-floor", "floor", FLOOR_LACKS),
        Server("nginx", "peer", ("/usr/sbin/nginx", "-p", "{folder}", "-c", "{folder}/nginx.conf", "-e", "stderr"),
               template="nginx.conf", not_offered=frozenset({"echo_1k", "echo_1m", "stream"}),
               package="nginx", children_serve=True),
        Server("h2o", "peer", ("/usr/bin/h2o", "--conf", "{folder}/h2o.conf"), template="h2o.conf",
               not_offered=frozenset({"stream"}), package="h2o"),
        small("beast", "peer", package="libboost1.81-dev"),
        small("evhttp", "peer", package="libevent-dev"),
    ]


def guest(definition: str) -> Server:
    """One of --server: NAME=COMMAND."""
    name, equals, command = definition.partition("=")
    words = tuple(shlex.split(command))
    if not equals or not words or not re.fullmatch(r"[\w.@+-]+", name) or "{port}" not in command:
        raise ValueError(f"'{definition}' is not NAME=COMMAND with {{port}} in it")
    return Server(name, "guest", words)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return probe.getsockname()[1]


def write_files(folder: Path):
    """What nginx and h2o answer from files."""
    (folder / "files" / "bytes").mkdir(parents=True)
    (folder / "files" / "plaintext.text").write_bytes(HELLO)
    (folder / "files" / "bytes" / "1k").write_bytes(b"x" * 1024)
    (folder / "files" / "bytes" / "1m").write_bytes(b"x" * (1 << 20))
    folder.chmod(0o755)


class Running(AbstractContextManager):
    """A server that was started, until the end of the block. Its output is kept and shown if it fails."""

    def __init__(self, server: Server, loops: int = 1, cpus: list[int] | None = None,
                 before: tuple[str, ...] = (), environment: dict[str, str] | None = None):
        self.server = server
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="pinwheel-bench-")
        folder = Path(self._folder.name)
        self._output = (folder / "output").open("w+b")
        command = [*before, *self._command(server, folder, loops)]
        self._process = subprocess.Popen((on_cpus(cpus) if cpus else []) + command, stdin=subprocess.DEVNULL,
                                         stdout=self._output, stderr=subprocess.STDOUT,
                                         env=os.environ | (environment or {}))
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        self.pids = descendants(self._process.pid)

    def _command(self, server: Server, folder: Path, loops: int) -> list[str]:
        if server.template:
            write_files(folder)
            user = {"nginx.conf": "user root;", "h2o.conf": "user: root"}[server.template] if os.geteuid() == 0 else ""
            text = (TEMPLATES / f"{server.template}.in").read_text(encoding="utf-8")
            for key, value in {"FOLDER": folder, "ADDRESS": ADDRESS, "PORT": self.port, "LOOPS": loops,
                               "AS_USER": user}.items():
                text = text.replace(f"@{key}@", str(value))
            (folder / server.template).write_text(text, encoding="utf-8")
        words = {"{port}": str(self.port), "{loops}": str(loops), "{threads}": str(loops), "{folder}": str(folder)}
        command = []
        for word in server.command:
            for key, value in words.items():
                word = word.replace(key, value)
            command.append(word)
        return command

    def _wait_until_it_answers(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                with socket.create_connection((ADDRESS, self.port), timeout=START_SECONDS_MAX) as probe:
                    probe.sendall(b"GET /plaintext HTTP/1.1\r\nHost: bench\r\n\r\n")
                    if probe.recv(1):
                        return
            except OSError:
                pass
            time.sleep(0.02)
        said = self.said().strip().splitlines() or ["it said nothing"]
        raise ServerFailed("\n".join([f"it does not answer: {said[-1]}", *said[:-1]]))

    def said(self) -> str:
        self._output.flush()
        self._output.seek(0)
        return self._output.read().decode(errors="replace")[-2000:]

    @property
    def serving_pids(self) -> list[int]:
        return self.pids[1:] if self.server.children_serve else self.pids

    def url(self, path: str) -> str:
        return f"http://{ADDRESS}:{self.port}{path}"

    def stop(self) -> int:
        """Its exit code."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._output.close()
        self._folder.cleanup()
        return self._process.returncode

    def __exit__(self, *_):
        self.stop()
