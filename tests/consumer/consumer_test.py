#!/usr/bin/env python3
"""The README's programs, unchanged, built by a project outside the tree against an installed Pinwheel, and asked.

Installs the given build into a fresh prefix, takes the programs out of the README, builds them twice (find_package
without optimisation; pkg-config with -O2 -DNDEBUG, so that debug and release code must agree on every class), and runs
them in a network namespace of their own, because the ports they listen on are fixed.
"""

import argparse
import ctypes
import fcntl
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HTTP_HEADER = "pinwheel/framework/http_server.h"
HTTP_PORT = 8080
ECHO_PORT = 7000
START_SECONDS_MAX = 10
STOP_SECONDS_MAX = 20


def run(*command, **options) -> subprocess.CompletedProcess:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done


def programs_of(readme: Path) -> dict[str, str]:
    found = [block for block in PROGRAM.findall(readme.read_text(encoding="utf-8")) if "int main" in block]
    named = {"hello" if HTTP_HEADER in block else "echo": block for block in found}
    if len(found) != 2 or set(named) != {"hello", "echo"}:
        sys.exit(f"{readme}: expected two whole programs in ```cpp blocks, one of them using {HTTP_HEADER}; "
                 f"found {len(found)}: {sorted(named)}")
    return named


def build_by_find_package(cmake: str, compiler: str, prefix: Path, sources: list[Path], out: Path) -> Path:
    run(cmake, "-G", "Ninja", "-S", Path(__file__).parent / "project", "-B", out, f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCMAKE_CXX_COMPILER={compiler}", f"-DPROGRAMS={';'.join(map(str, sources))}")
    run(cmake, "--build", out)
    return out


def build_by_pkg_config(compiler: str, prefix: Path, sources: list[Path], out: Path) -> Path:
    out.mkdir()
    file = next(prefix.rglob("pinwheel.pc"))
    flags = run("pkg-config", "--cflags", "--libs", "pinwheel",
                env=os.environ | {"PKG_CONFIG_PATH": str(file.parent)}).stdout.split()
    for source in sources:
        run(compiler, "-std=c++20", "-O2", "-DNDEBUG", source, "-o", out / source.stem, *flags)
    return out


def enter_own_network():
    """Leaves the machine's network: from here on only this process and its children share 127.0.0.1."""
    clone_newuser, clone_newnet = 0x10000000, 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    spaces = clone_newnet if os.geteuid() == 0 else clone_newuser | clone_newnet
    if libc.unshare(spaces) != 0:
        sys.exit(f"cannot make a network namespace (unshare: {os.strerror(ctypes.get_errno())}). This test needs root, "
                 "or user namespaces (sysctl kernel.unprivileged_userns_clone=1); in a container, the right to unshare.")
    siocgifflags, siocsifflags, iff_up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = fcntl.ioctl(any_socket, siocgifflags, struct.pack("16sH22x", b"lo", 0))
        flags = struct.unpack("16sH22x", request)[1] | iff_up
        fcntl.ioctl(any_socket, siocsifflags, struct.pack("16sH22x", b"lo", flags))


def connect(server: subprocess.Popen, port: int) -> socket.socket:
    """A connection to the program, as soon as it listens."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while server.poll() is None and time.monotonic() < deadline:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS_MAX)
        except ConnectionRefusedError:
            time.sleep(0.01)
    sys.exit(f"{server.args}: exit code {server.poll()}, nothing listens on port {port}")


def ask(path: str) -> str:
    return run("curl", "--silent", "--fail", "--max-time", "10", f"http://127.0.0.1:{HTTP_PORT}{path}").stdout


def expect(what: str, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r}, expected {wanted!r}")


def try_hello(server: subprocess.Popen):
    connect(server, HTTP_PORT).close()
    expect("/hello/Ada", ask("/hello/Ada"), "Hello, Ada!")
    expect("/slow", ask("/slow"), "done")


def try_echo(server: subprocess.Popen):
    sent = os.urandom(100_000)
    with connect(server, ECHO_PORT) as peer:
        peer.sendall(sent)
        peer.shutdown(socket.SHUT_WR)
        got = b""
        while part := peer.recv(65536):
            got += part
    expect("the echo of 100,000 bytes is the same", got == sent, True)


def try_program(program: Path, questions):
    server = subprocess.Popen([program])
    try:
        questions(server)
        server.send_signal(signal.SIGTERM)
        expect(f"{program}: exit code after SIGTERM", server.wait(STOP_SECONDS_MAX), 0)
    finally:
        server.kill()
        server.wait()
    print(f"{program.parent.name}/{program.name}: answered, and left with 0")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--readme", type=Path, required=True)
    options.add_argument("--build", type=Path, required=True, help="a build of Pinwheel")
    options.add_argument("--cmake", required=True)
    options.add_argument("--compiler", required=True)
    given = options.parse_args()

    with tempfile.TemporaryDirectory() as scratch_name:
        scratch = Path(scratch_name)
        sources = []
        for name, text in programs_of(given.readme).items():
            sources.append(scratch / f"{name}.cc")
            sources[-1].write_text(text, encoding="utf-8")
        prefix = scratch / "prefix"
        run(given.cmake, "--install", given.build, "--prefix", prefix)
        builds = [
            build_by_find_package(given.cmake, given.compiler, prefix, sources, scratch / "find_package"),
            build_by_pkg_config(given.compiler, prefix, sources, scratch / "pkg_config"),
        ]
        enter_own_network()
        for build in builds:
            try_program(build / "hello", try_hello)
            try_program(build / "echo", try_echo)


if __name__ == "__main__":
    main()
