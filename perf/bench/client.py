"""A client that asks an exact number of requests: for what is counted and not timed.

Every connection is sent its batch, then every connection's answers are read, unless the work is to be done one at a
time; so the server sees the same work each time.
"""

import socket
from contextlib import AbstractContextManager

from bench.servers import ADDRESS, HELLO, Running, ServerFailed
from bench.work import Work, request_bytes

ANSWER_SECONDS_MAX = 120  # Under valgrind, with many loops.


class CountingClient(AbstractContextManager):
    def __init__(self, server: Running, work: Work):
        self._server = server
        self._request = request_bytes(work)
        self._depth = work.depth
        self._one_at_a_time = work.one_at_a_time
        self._peers = []
        for _ in range(work.connections):
            peer = socket.create_connection((ADDRESS, server.port), timeout=ANSWER_SECONDS_MAX)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peers.append(peer)
        self._answer_bytes = self._measure_answer()

    def _measure_answer(self) -> int:
        """All answers are as long as the first; the first is read until its body is whole."""
        peer = self._peers[0]
        peer.sendall(self._request)
        answer = b""
        while not answer.endswith(HELLO):
            part = peer.recv(4096)
            if not part:
                raise ServerFailed(f"{self._server.server.name} closed the connection; it had answered {answer!r}")
            answer += part
        return len(answer)

    def ask(self, requests: int) -> int:
        """Asks at least so many; answers how many it were."""
        batch = self._request * self._depth
        room = bytearray(self._answer_bytes * self._depth)
        rounds = -(-requests // (len(self._peers) * self._depth))
        for _ in range(rounds):
            for group in ([peer] for peer in self._peers) if self._one_at_a_time else [self._peers]:
                for peer in group:
                    peer.sendall(batch)
                for peer in group:
                    self._read_whole(peer, room)
        return rounds * len(self._peers) * self._depth

    def _read_whole(self, peer: socket.socket, room: bytearray):
        view = memoryview(room)
        while view:
            got = peer.recv_into(view)
            if got == 0:
                raise ServerFailed(f"{self._server.server.name} closed a connection while it was asked")
            view = view[got:]
        if not room.endswith(HELLO):
            raise ServerFailed(f"{self._server.server.name} answered with another length than before")

    def __exit__(self, *_):
        for peer in self._peers:
            peer.close()
