"""The load: one client that waits for each reply, or many that one loop keeps busy. Every reply is looked at."""

import select
import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Self

GIVE_UP_S = 10
READ_BYTES = 65_536
_END = b"\r\n"


@dataclass(frozen=True)
class Lap:
    """What one stretch of load saw. `errors`: replies that did not hold what they must."""

    done: int
    errors: int
    elapsed_s: float
    waits_ns: tuple[int, ...] = ()

    @property
    def per_s(self) -> float:
        """Replies per second."""
        return self.done / self.elapsed_s

    def percentile_us(self, percent: float) -> float:
        """Return the round trip that so many percent did not exceed, in microseconds."""
        waits = sorted(self.waits_ns)
        return waits[min(len(waits) - 1, int(len(waits) * percent / 100))] / 1000


def frame(text: str) -> bytes:
    r"""Return `{HHHH}text\r\n` with its exact length."""
    return b"{%04X}%b\r\n" % (len(text) + 8, text.encode())


class Caller:
    """One client on a blocking socket: it sends the frames in turn, each when the reply before has come.

    Args:
        port: of a server on this computer.
        frames: what to send, over and over; the turn is kept from lap to lap.
        proof: what every reply must hold.
    """

    def __init__(self, port: int, frames: Sequence[bytes], proof: bytes) -> None:
        self._socket = connect(port)
        # the kernel's own timeouts: a Python one costs a poll() before every call
        limit = struct.pack("ll", GIVE_UP_S, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        self._frames = cycle(frames)
        self._proof = proof

    def run(self, count: int) -> Lap:
        """Make `count` round trips."""
        receive, send, proof, clock = self._socket.recv, self._socket.sendall, self._proof, time.perf_counter_ns
        waits: list[int] = []
        errors = 0
        began = clock()
        for request in (next(self._frames) for _ in range(count)):
            sent = clock()
            send(request)
            reply = receive(READ_BYTES)
            while reply and not reply.endswith(_END):
                more = receive(READ_BYTES)
                reply = reply + more if more else b""
            waits.append(clock() - sent)
            if proof not in reply:
                errors += 1
                if not reply:
                    raise ConnectionError("the server closed the connection")
        return Lap(count, errors, (clock() - began) / 1e9, tuple(waits))

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


class Crowd:
    """Many clients on non-blocking sockets in one loop: the bare minimum per reply, so that the server is the limit.

    Args:
        port: of a server on this computer.
        frames: per client what it sends, over and over.
        proof: what every reply must hold. A reply is at most one segment.
    """

    def __init__(self, port: int, frames: Sequence[Sequence[bytes]], proof: bytes) -> None:
        self._sockets = [connect(port) for _ in frames]
        self._proof = proof
        self._poll = getattr(select, "epoll", select.poll)()  # macOS has no epoll; for a few sockets poll is as good
        self._clients: dict[int, tuple[Callable[[int], bytes], Callable[[bytes], int], Callable[[], bytes]]] = {}
        for client, turns in zip(self._sockets, frames, strict=True):
            client.setblocking(False)
            self._poll.register(client, select.POLLIN)
            self._clients[client.fileno()] = (client.recv, client.send, cycle(turns).__next__)

    def run_timed(self, for_s: float) -> Lap:
        """As `run`, and note how long each reply took: it costs the load something, so it is no measure of the most."""
        clients, clock, poll = self._clients, time.perf_counter_ns, self._poll
        waits: list[int] = []
        sent = {}
        for fd, (_, send, turn) in clients.items():
            send(turn())
            sent[fd] = clock()
        began, errors = clock(), 0
        ends = began + int(for_s * 1e9)
        while (now := clock()) < ends:
            for fd, _ in poll.poll(_limit(poll)):
                receive, send, turn = clients[fd]
                errors += self._proof not in receive(READ_BYTES)
                now = clock()
                waits.append(now - sent[fd])
                sent[fd] = now
                send(turn())
        return Lap(len(waits), errors + self._drain(), (now - began) / 1e9, tuple(waits))

    def run(self, for_s: float) -> Lap:
        """Keep every client busy for `for_s` seconds, then wait for what is on its way.

        Raises:
            TimeoutError: no reply for 10 s.
            ConnectionError: the server has closed a connection.
        """
        clients, proof, clock, poll = self._clients, self._proof, time.perf_counter, self._poll
        poll_limit = _limit(poll)
        done = errors = 0
        for _, send, turn in clients.values():
            send(turn())
        began = clock()
        ends = began + for_s
        while clock() < ends:
            ready = poll.poll(poll_limit)
            for fd, _ in ready:
                receive, send, turn = clients[fd]
                if proof not in receive(READ_BYTES):
                    errors += 1
                send(turn())
            done += len(ready)
            if not ready:
                raise TimeoutError(f"no reply for {GIVE_UP_S} s")
        elapsed_s = clock() - began
        return Lap(done, errors + self._drain(), elapsed_s)

    def _drain(self) -> int:
        """Take each client's last reply; return how many were wrong."""
        waiting, errors = set(self._clients), 0
        while waiting:
            ready = self._poll.poll(_limit(self._poll))
            if not ready:
                raise TimeoutError(f"no reply for {GIVE_UP_S} s")
            for fd, _ in ready:
                reply = self._clients[fd][0](READ_BYTES)
                if not reply:
                    raise ConnectionError("the server closed a connection")
                errors += self._proof not in reply
                waiting.discard(fd)
        return errors

    def close(self) -> None:
        """Hang up."""
        for client in self._sockets:
            client.close()
        if hasattr(self._poll, "close"):
            self._poll.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


def connect(port: int) -> socket.socket:
    """Return a connected socket that sends at once."""
    client = socket.create_connection(("127.0.0.1", port))
    client.settimeout(None)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def _limit(poll: object) -> float:
    """Return the waiting limit in the poller's own unit: epoll counts in seconds, poll in milliseconds."""
    return GIVE_UP_S if type(poll).__name__ == "epoll" else GIVE_UP_S * 1000
