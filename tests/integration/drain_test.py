#!/usr/bin/env python3
"""SIGTERM under load, again and again: every request that the kernel had delivered before the signal is answered.

A request counts as delivered when the client's kernel has nothing left to send (SIOCOUTQ is 0): the server's kernel has
acknowledged its last byte, be the connection accepted yet or not. Every second round stops the server (SIGSTOP) before
the requests are sent, so that all of the new connections lie in its listen backlog when the signal comes. Meanwhile other
clients go on connecting and asking; what they send is not proven, but it is load.
"""

import fcntl
import selectors
import signal
import socket
import struct
import sys
import termios
import threading

from example import Example, expect

ROUNDS = 20
OPEN_CONNECTIONS = 40  # Used before, and asked again just before the signal.
NEW_CONNECTIONS = 80   # Connected just before the signal.
PIPELINED = 5          # Requests that each of them sends at once.
LOADING_THREADS = 3
SECONDS_MAX = 20

REQUEST = b"GET /plaintext HTTP/1.1\r\nHost: drain\r\n\r\n"
BODY = b"Hello, World!"


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX)


def unsent_bytes(peer: socket.socket) -> int:
    return struct.unpack("i", fcntl.ioctl(peer, termios.TIOCOUTQ, b"\0" * 4))[0]


def wait_until_delivered(peers: list[socket.socket]):
    for peer in peers:
        while unsent_bytes(peer) != 0:
            pass


def read_answers(peer: socket.socket, answers: int) -> bytes:
    got = b""
    while got.count(BODY) < answers:
        part = peer.recv(65536)
        if not part:
            break
        got += part
    return got


class Load:
    """Clients that connect and ask for as long as anybody answers."""

    def __init__(self, port: int):
        self.port = port
        self.answered = threading.Semaphore(0)
        self.threads = [threading.Thread(target=self.run) for _ in range(LOADING_THREADS)]
        for thread in self.threads:
            thread.start()

    def run(self):
        try:
            while True:
                with connect(self.port) as peer:
                    for _ in range(10):
                        peer.sendall(REQUEST)
                        if read_answers(peer, 1).count(BODY) != 1:
                            break
                        self.answered.release()
        except OSError:
            pass  # The server drains.

    def wait_until_busy(self):
        for _ in range(LOADING_THREADS * 20):
            self.answered.acquire(timeout=SECONDS_MAX)

    def join(self):
        for thread in self.threads:
            thread.join()


def read_all(peers: list[socket.socket]) -> dict[socket.socket, bytearray]:
    """What each peer is sent until its end; a reset is a failure."""
    got = {peer: bytearray() for peer in peers}
    with selectors.DefaultSelector() as waiting:
        for peer in peers:
            waiting.register(peer, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(timeout=SECONDS_MAX)
            if not ready:
                sys.exit(f"{len(waiting.get_map())} connections neither answered nor closed")
            for key, _ in ready:
                part = key.fileobj.recv(65536)
                got[key.fileobj] += part
                if not part:
                    waiting.unregister(key.fileobj)
                    key.fileobj.close()
    return got


def run_round(program: str, stopped: bool) -> int:
    with Example(program) as server:
        peers = [connect(server.port) for _ in range(OPEN_CONNECTIONS)]
        for peer in peers:
            peer.sendall(REQUEST)
            expect("answers before the drain", read_answers(peer, 1).count(BODY), 1)
        load = Load(server.port)
        load.wait_until_busy()
        if stopped:
            server.send(signal.SIGSTOP)
        peers += [connect(server.port) for _ in range(NEW_CONNECTIONS)]
        for peer in peers:
            peer.sendall(REQUEST * PIPELINED)
        wait_until_delivered(peers)
        server.send(signal.SIGTERM)
        if stopped:
            server.send(signal.SIGCONT)
        answers = [got.count(BODY) for got in read_all(peers).values()]
        expect("answers to each connection", sorted(set(answers)), [PIPELINED])
        expect("exit code", server.wait(), 0)
        load.join()
        return sum(answers)


def finish_what_is_open(program: str):
    """Answers that are owed or streamed, with more requests behind them, and a request of which half has arrived."""
    with Example(program) as server:
        deferred, streamed, half = (connect(server.port) for _ in range(3))
        deferred.sendall(REQUEST.replace(b"/plaintext", b"/slow?ms=200") + REQUEST * PIPELINED)
        streamed.sendall(REQUEST.replace(b"/plaintext", b"/stream?bytes=20000000") + REQUEST * PIPELINED)
        half.sendall(b"POST /echo HTTP/1.1\r\nHost: drain\r\nContent-Length: 13\r\n\r\nHello, ")
        wait_until_delivered([deferred, streamed, half])
        server.send(signal.SIGTERM)
        half.sendall(b"World!")
        got = read_all([deferred, streamed, half])
        expect("answers behind a later one", got[deferred].count(BODY), PIPELINED)
        expect("answers behind a streamed one", got[streamed].count(BODY), PIPELINED)
        expect("the request that was half there", got[half].count(BODY), 1)
        expect("exit code", server.wait(), 0)


def main():
    finish_what_is_open(sys.argv[1])
    answered = 0
    for at in range(ROUNDS):
        answered += run_round(sys.argv[1], stopped=at % 2 == 1)
    print(f"{ROUNDS} drains under load: {answered} of {answered} delivered requests answered, exit code 0 each time")


if __name__ == "__main__":
    main()
