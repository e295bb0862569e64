"""Holds idle connections for memory.py, as a process of its own: idle_clients.py PORT CONNECTIONS SOURCE_ADDRESS

Each connection asks once and is answered; then it says "holding", and holds them until its standard input ends.
"""

import socket
import sys

REQUEST = b"GET /plaintext HTTP/1.1\r\nHost: bench\r\n\r\n"
BODY = b"Hello, World!"
ANSWER_SECONDS_MAX = 30


def open_one(port: int, source: str) -> socket.socket:
    peer = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS_MAX, source_address=(source, 0))
    peer.sendall(REQUEST)
    answer = b""
    while not answer.endswith(BODY):
        part = peer.recv(1024)
        if not part:
            sys.exit("the server closed the connection")
        answer += part
    return peer


def main():
    port, connections, source = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    peers = [open_one(port, source) for _ in range(connections)]
    print("holding", flush=True)
    sys.stdin.read()
    del peers


if __name__ == "__main__":
    main()
