"""What is asked of the servers."""

from dataclasses import dataclass, field

STREAM_PIECE_BYTES = 8256  # As perf/peers/routes.h and http_example have it: 96 lines of 86 bytes.
STREAM_PIECES = 100_000

# What a browser of today sends with a navigation.
BROWSER_FIELDS = {
    "Host": "127.0.0.1",
    "Connection": "keep-alive",
    "Cache-Control": "max-age=0",
    "Upgrade-Insecure-Requests": "1",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
                  "Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Sec-Fetch-Site": "none",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-GB,en;q=0.9,de;q=0.8",
    "Cookie": "session=8c1f0a52d4e94b7b; theme=dark; seen=1",
}


@dataclass(frozen=True)
class Work:
    name: str
    title: str
    path: str = "/plaintext"
    connections: int = 64
    depth: int = 1  # Requests in flight on each connection, sent as one batch.
    fields: dict[str, str] = field(default_factory=dict)
    body_bytes: int = 0  # More than none: POST.
    loops: int = 1
    seconds_min: float = 0  # Where setting up takes long.
    counts_pieces: bool = False  # The unit is a piece of the stream and not a request.
    one_at_a_time: bool = False  # The client that counts waits for an answer before it asks on another connection.

    @property
    def unit(self) -> str:
        return "chunk" if self.counts_pieces else "request"


MAIN = [
    Work("64", "64 connections"),
    Work("16_deep", "64 connections, 16 deep", depth=16),
]
BROWSER = Work("browser", "a browser's 12 fields", fields=BROWSER_FIELDS)
OTHERS = [
    BROWSER,
    Work("1000", "1,000 connections", connections=1000, seconds_min=2),
    Work("10000", "10,000 connections", connections=10_000, seconds_min=4),
    Work("one_request", "one request a connection", fields={"Connection": "close"}),
    Work("bytes_1k", "1 KiB out", path="/bytes/1k"),
    Work("bytes_1m", "1 MiB out", path="/bytes/1m", connections=16),
    Work("echo_1k", "1 KiB in and out", path="/echo", body_bytes=1024),
    Work("echo_1m", "1 MiB in and out", path="/echo", connections=16, body_bytes=1 << 20),
    Work("stream", "/stream in 100,000 chunks", path=f"/stream?bytes={STREAM_PIECES * STREAM_PIECE_BYTES}",
         connections=4, counts_pieces=True),
    Work("two_loops", "64 connections, two loops", loops=2),
]
ALL = MAIN + OTHERS
# However many loops share the connections, each request is a turn of its own.
IN_TURN = Work("in_turn", "64 connections, one request at a time", one_at_a_time=True)
COUNTED = [*MAIN, BROWSER]  # Whose instructions and allocations are counted.


# Of the client that counts, unless the work has its own: as many and as long as h2load's.
PLAIN_FIELDS = {"Host": "127.0.0.1:8080", "User-Agent": "bench/1 (it counts)"}


def request_bytes(work: Work) -> bytes:
    """One request, for the client that counts."""
    fields = work.fields or PLAIN_FIELDS
    return "".join([f"GET {work.path} HTTP/1.1\r\n", *(f"{name}: {value}\r\n" for name, value in fields.items()),
                    "\r\n"]).encode()
