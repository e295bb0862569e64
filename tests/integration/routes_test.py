#!/usr/bin/env python3
"""Every route of the example, asked by curl and by clients that behave in odd but legal ways."""

import json
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from example import Example, expect

SECONDS_MAX = 30


def curl(server: Example, path: str, *options: str) -> str:
    command = ["curl", "--silent", "--show-error", "--fail", "--max-time", str(SECONDS_MAX), *options,
               f"http://127.0.0.1:{server.port}{path}"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.decode()}")
    return done.stdout.decode()


def status(server: Example, path: str, *options: str) -> str:
    command = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--max-time",
               str(SECONDS_MAX), *options, f"http://127.0.0.1:{server.port}{path}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def try_every_route(server: Example, version: str):
    ask = lambda path, *options: curl(server, path, version, *options)
    expect("the page says what it is", "Pinwheel" in ask("/"), True)
    expect("/plaintext", ask("/plaintext"), "Hello, World!")
    expect("/json", json.loads(ask("/json")), {"message": "Hello, World!"})
    expect("/echo", ask("/echo", "--data-binary", "a body of bytes"), "a body of bytes")
    expect("/hello", ask("/hello/Ada"), "Hello, Ada!")
    expect("/hello, escaped", ask("/hello/Ad%C3%A9la%C3%AFde"), "Hello, Ad\u00e9la\u00efde!")
    expect("/slow is an answer", ask("/slow?ms=5") != "", True)
    expect("/stream", len(ask("/stream?bytes=1000000")), 1_000_000)
    expect("/metrics", "pinwheel_" in ask("/metrics"), True)
    expect("HEAD /plaintext", "13" in ask("/plaintext", "--head").lower().split("content-length:")[1], True)


def try_bodies_both_ways(server: Example):
    with tempfile.NamedTemporaryFile() as body:
        body.write(bytes(range(256)) * 2000)
        body.flush()
        wanted = Path(body.name).read_bytes()
        for chunked in ([], ["--header", "Transfer-Encoding: chunked"]):
            command = ["curl", "--silent", "--fail", "--max-time", str(SECONDS_MAX), *chunked, "--data-binary",
                       f"@{body.name}", f"http://127.0.0.1:{server.port}/echo"]
            expect("a large body comes back", subprocess.run(command, capture_output=True, check=True).stdout, wanted)


def try_refusals(server: Example):
    expect("unknown path", status(server, "/nowhere"), "404")
    expect("known path, other method", status(server, "/plaintext", "--request", "DELETE"), "405")
    expect("unknown method", status(server, "/plaintext", "--request", "BREW"), "501")
    expect("a bad parameter", status(server, "/slow?ms=many"), "400")
    expect("expectation", status(server, "/echo", "--header", "Expect: miracles", "--data", "x"), "417")


def try_parallel(server: Example):
    url = f"http://127.0.0.1:{server.port}/hello/[1-100]"
    command = ["curl", "--silent", "--fail", "--parallel", "--parallel-max", "50", "--max-time", str(SECONDS_MAX), url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wanted = sorted(f"Hello, {at}!" for at in range(1, 101))
    expect("curl --parallel", sorted(f"{part}!" for part in done.stdout.split("!")[:-1]), wanted)


def connect(server: Example) -> socket.socket:
    peer = socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS_MAX)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer


def read_to_end(peer: socket.socket) -> bytes:
    got = b""
    while part := peer.recv(65536):
        got += part
    return got


def try_byte_by_byte(server: Example):
    with connect(server) as peer:
        for byte in b"GET /hello/slowly HTTP/1.1\r\nHost: bytes\r\nConnection: close\r\n\r\n":
            peer.sendall(bytes([byte]))
        expect("a request a byte a time", read_to_end(peer).endswith(b"Hello, slowly!"), True)


def try_pipeline(server: Example):
    requests = [f"GET /hello/{at} HTTP/1.1\r\nHost: p\r\n".encode() for at in range(200)]
    last = requests.pop() + b"Connection: close\r\n\r\n"
    with connect(server) as peer:
        peer.sendall(b"\r\n".join([*requests, last]))
        got = read_to_end(peer)
    bodies = [part.split(b"!")[0] for part in got.split(b"Hello, ")[1:]]
    expect("200 pipelined requests in order", bodies, [str(at).encode() for at in range(200)])


def try_http_1_0(server: Example):
    with connect(server) as peer:
        peer.sendall(b"GET /stream?bytes=100000 HTTP/1.0\r\n\r\n")
        head, _, body = read_to_end(peer).partition(b"\r\n\r\n")
    expect("no chunks for HTTP/1.0", b"chunked" in head, False)
    expect("the body ends with the connection", len(body), 100_000)


def main():
    with Example(sys.argv[1]) as server:
        try_every_route(server, "--http1.1")
        try_every_route(server, "--http1.0")
        try_bodies_both_ways(server)
        try_refusals(server)
        try_parallel(server)
        try_byte_by_byte(server)
        try_pipeline(server)
        try_http_1_0(server)
    for wrong in ("--listen=nowhere", "--loops=-1", "--backend=kqueue", "--no_such_flag"):
        done = subprocess.run([sys.argv[1], wrong], capture_output=True, text=True, check=False, timeout=SECONDS_MAX)
        expect(f"exit code of {wrong}", done.returncode, 1)
        expect(f"lines said about {wrong}", len(done.stderr.strip().splitlines()), 1)
    print("every route answers, and wrong flags are refused in one line")


if __name__ == "__main__":
    main()
