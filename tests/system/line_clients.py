"""Clients that ask without waiting, each on a connection of its own, and keep what became of each command."""

import contextlib
import math
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.system.line_holds import Change
from tests.system.wire import LIMIT_S, braced

LOST_S = 10.0  # after which a command has ended whose reply nobody will get: it waits 2 s at most, then it acts
ALREADY, MOVED = "ok", "OK"


@dataclass(eq=False)
class Asked:
    """One command, however often it was sent. `valve`: its first argument.

    Attributes:
        boot: in which life of the controller: the next one remembers no ids.
        sent_at: when it was sent first.
        ends_by: when it has ended: its reply came, or it was lost so long ago.
        replies: all that came for it, text by text; told: the fields of the first.
        due: how many replies are outstanding on the present connection.
        changes: what it changes, if it is not refused.
        done: it was answered or lost.
    """

    client: str
    id: str
    verb: str
    valve: str
    more: str = ""
    deadline: float | None = None
    boot: int = 0
    sent_at: float = 0.0
    ends_by: float = math.inf
    replies: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    replied_at: float = 0.0
    due: int = 0
    changes: list[Change] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def reply(self) -> str:
        return self.replies[0] if self.replies else ""

    @property
    def refused(self) -> bool:
        return self.reply.startswith("ERROR") and self.told.get("outcome", "refused") == "refused"

    @property
    def goes_on(self) -> bool:
        """Whether it was answered as one that may go on, as the controller is stopping."""
        return self.reply.startswith("ERROR 021") and not self.refused

    @property
    def ok(self) -> bool:
        return self.reply in (MOVED, ALREADY)

    @property
    def text(self) -> str:
        text = f"{self.verb} {self.valve}{self.more}".strip() + f"\tid={self.id}"
        return text if self.deadline is None else f"{text}\tdeadline={int(self.deadline * 1000)}"

    def __str__(self) -> str:
        return f"{self.id} {self.verb} {self.valve}{self.more}"


class LineClient:
    """One client that has said Hello. `answered(asked, text)` is called with each reply, on the reader's thread."""

    def __init__(self, name: str, port: int, answered: Callable[[Asked, str], None]) -> None:
        self.name = name
        self._port = port
        self._answered = answered
        self._pending: dict[str, Asked] = {}
        self._lock = threading.Lock()
        self.strays: list[str] = []
        self._connect()

    def _connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self._port), timeout=LIMIT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(braced(f"Hello 1 {self.name} -"))
        self._reader = threading.Thread(target=self._read, args=(self.socket,), daemon=True)
        self._reader.start()

    def send(self, *all_asked: Asked) -> None:
        """Send commands, in one piece; one that was sent before is sent again, with its id."""
        with self._lock:
            for asked in all_asked:
                asked.due += 1
                asked.ends_by = asked.replied_at if asked.replies else math.inf
                for change in asked.changes:
                    change.done = asked.ends_by
                asked.done.clear()
                self._pending[asked.id] = asked
        try:
            self.socket.sendall(b"".join(braced(asked.text) for asked in all_asked))
        except OSError:
            for asked in all_asked:
                self._lose(asked)

    def drop(self) -> None:
        """Break the connection off hard, and connect anew."""
        self.hang_up()
        self._connect()

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.socket.shutdown(socket.SHUT_RD)
        self._reader.join(LIMIT_S)
        self.socket.close()

    def _read(self, connection: socket.socket) -> None:
        rest = b""
        with contextlib.suppress(OSError):
            connection.settimeout(None)
            while data := connection.recv(65536):
                *lines, rest = (rest + data).split(b"\r\n")
                for line in lines:
                    self._take(line[6:].decode())
        with self._lock:
            waiting = [asked for asked in self._pending.values() if asked.due]
        for asked in waiting:
            self._lose(asked)

    def _take(self, line: str) -> None:
        text, *parts = line.split("\t")
        told = dict(part.split("=", 1) for part in parts)
        with self._lock:
            asked = self._pending.get(told.get("id", ""))
        if asked is None or not asked.due:
            if not text.startswith("HELLO"):
                self.strays.append(line)
            return
        if not asked.replies:
            asked.told, asked.replied_at = told, time.monotonic()
        asked.replies.append(text)
        if not asked.goes_on:
            asked.ends_by = asked.replied_at
        with self._lock:
            asked.due -= 1
        self._answered(asked, text)
        if not asked.due:
            asked.done.set()

    def _lose(self, asked: Asked) -> None:
        with self._lock:
            asked.due = 0
        answered = asked.replies and not asked.goes_on
        asked.ends_by = asked.replied_at if answered else time.monotonic() + LOST_S
        for change in asked.changes:
            change.done = min(change.done, asked.ends_by)
        asked.done.set()
