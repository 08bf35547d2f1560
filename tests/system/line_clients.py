"""Clients that ask without waiting, each on a connection of its own, and keep what became of each command."""

import contextlib
import itertools
import socket
import threading
import time
from dataclasses import dataclass, field

from tests.system.wire import LIMIT_S, braced


@dataclass
class Asked:
    """One command on its way. `reply`: None: none has come; `lost`: its connection ended first."""

    client: str
    id: str
    verb: str
    valve: str
    sent_at: float
    reply: str | None = None
    told: dict[str, str] = field(default_factory=dict)
    replied_at: float = 0.0
    lost: bool = False
    done: threading.Event = field(default_factory=threading.Event)


class LineClient:
    """One client that has said Hello. `answered(asked)` is called with each reply, on the reader's thread."""

    _ids = itertools.count(1)

    def __init__(self, name: str, port: int, answered) -> None:
        self.name = name
        self._answered = answered
        self._pending: dict[str, Asked] = {}
        self._lock = threading.Lock()
        self._connect(port)

    def _connect(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(braced(f"Hello 1 {self.name} -"))
        self._reader = threading.Thread(target=self._read, args=(self.socket,), daemon=True)
        self._reader.start()

    def ask(self, verb: str, valve: str = "", same: Asked | None = None, **fields: str) -> Asked:
        """Send a command; `same`: send that one again, with its id."""
        asked = Asked(self.name, same.id if same else f"{self.name}-{next(self._ids)}", verb, valve, time.monotonic())
        text = f"{verb} {valve}".strip() + "".join(
            f"\t{key}={value}" for key, value in {"id": asked.id, **fields}.items()
        )
        with self._lock:
            earlier = self._pending.get(asked.id)
            if earlier is not None and not earlier.done.is_set():
                return earlier  # its reply is still due on this connection
            self._pending[asked.id] = asked
        try:
            self.socket.sendall(braced(text))
        except OSError:
            self._lose(asked)
        return asked

    def drop(self, port: int) -> None:
        """Break the connection off hard, and connect anew."""
        self.hang_up()
        self._connect(port)

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
            waiting = [asked for asked in self._pending.values() if not asked.done.is_set()]
        for asked in waiting:
            self._lose(asked)

    def _take(self, line: str) -> None:
        text, *parts = line.split("\t")
        told = dict(part.split("=", 1) for part in parts)
        with self._lock:
            asked = self._pending.get(told.get("id", ""))
        if asked is None or asked.done.is_set():
            assert text.startswith("HELLO"), f"a reply that nobody asked for: {line}"
            return
        asked.reply, asked.told, asked.replied_at = text, told, time.monotonic()
        self._answered(asked)
        asked.done.set()

    def _lose(self, asked: Asked) -> None:
        asked.lost = True
        asked.done.set()
