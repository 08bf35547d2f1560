"""A raw client of the command channel: bytes out, bytes in, and proof that nothing more comes."""

import contextlib
import socket
import struct
import time
from typing import Self

from tests.system.nodes import eventually

LIMIT_S = 10.0


def braced(text: str, surplus: int = 0) -> bytes:
    """Frame a message as the rule says; `surplus`: declare so many bytes more."""
    payload = text.encode() + b"\r\n"
    return b"{%04X}" % (6 + len(payload) + surplus) + payload


class WireClient:
    """One connection to a node on this computer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self, limit_s: float = LIMIT_S) -> bytes:
        """Return the next reply with its line end; b"" where the node closed instead."""
        ends_by = time.monotonic() + limit_s
        while b"\r\n" not in self._rest:
            self.socket.settimeout(max(0.001, ends_by - time.monotonic()))
            data = self.socket.recv(65536)
            if not data:
                assert not self._rest, f"closed inside the reply {self._rest!r}"
                return b""
            self._rest += data
        line, end, self._rest = self._rest.partition(b"\r\n")
        return line + end

    def ask(self, data: bytes, limit_s: float = LIMIT_S) -> bytes:
        """Send bytes and return the next reply."""
        self.send(data)
        return self.reply(limit_s)

    def command(self, text: str, limit_s: float = LIMIT_S) -> str:
        """Send one braced message; return its reply's text, without its fields."""
        answer = self.ask(braced(text), limit_s)
        assert int(answer[1:5], 16) == len(answer), answer
        return answer[6:-2].decode().partition("\t")[0]

    def hello(self, name: str = "tester") -> int:
        """Introduce ourselves; return the node's monotonic clock in ms."""
        return int(self.command(f"Hello 1 {name} -").split()[5])

    def proves_quiet(self) -> None:
        """Show that no reply is left over: the next one belongs to a question of another answer."""
        answer = self.command("Quiet4711")
        assert answer.startswith("ERROR 003 : invalid command: Quiet4711"), f"a reply was left over: {answer}"
        assert not self._rest

    def no_more_to_say(self) -> None:
        """Close our side only."""
        self.socket.shutdown(socket.SHUT_WR)

    def all_until_closed(self, limit_s: float = LIMIT_S) -> bytes:
        """Return everything that comes until the node closes; a reset counts as closed."""
        came, self._rest = self._rest, b""
        self.socket.settimeout(limit_s)
        with contextlib.suppress(ConnectionResetError):
            while data := self.socket.recv(65536):
                came += data
        return came

    def reset(self) -> None:
        """Break the connection off hard."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_why: object) -> None:
        self.close()


def wait_until_known(port: int, *valves: str, limit_s: float = LIMIT_S) -> None:
    """Wait until a controller has read these valves' relays."""
    with WireClient(port) as client:
        for valve in valves or "A":
            eventually(
                lambda valve=valve: client.command(f"GetValveState {valve}") in ("True", "False"),
                f"the state of {valve} was read",
                limit_s,
            )
