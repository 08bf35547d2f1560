"""Questions to another node's REP: one at a time, each on a socket of its own, so that a lost answer wedges nothing."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import zmq

from actors.loop import Loop
from transports.broadcast.events import BadEvent, Event, pack, unpack, unpack_events
from transports.broadcast.sockets import CONNECTORS, ZmqContext, ZmqSocket, endpoint, open_socket

LARGEST_REPLY_BYTES = 1 << 26


@dataclass(frozen=True, slots=True)
class Reply:
    """A snapshot or replay as it was answered.

    Attributes:
        op: the question.
        key: (node, boot) of who answered.
        seq: how many events it had published by then.
        events: oldest first; of a snapshot the last one of each topic.
        topic, complete: of a replay; complete: what is not among the events has never been.
    """

    op: str
    key: tuple[str, str]
    seq: int
    events: tuple[Event, ...]
    topic: str = ""
    complete: bool = False


def parse_reply(frames: list[bytes]) -> Reply:
    """Return the reply of the frames that REP has sent.

    Raises:
        BadEvent: it is an error, or not a reply.
    """
    if len(frames) != 1 or frames[0].startswith(b"error"):
        raise BadEvent(f"answered with {b' '.join(frames)[:200]!r}")
    fields = unpack(frames[0])
    if "error" in fields:
        raise BadEvent(f"answered with {fields['error']!r:.200}")
    node, boot, seq = fields.get("node"), fields.get("boot"), fields.get("seq")
    if not (type(node) is str and type(boot) is str and type(seq) is int):
        raise BadEvent(f"expected node, boot and seq, got {node!r:.40}, {boot!r:.40}, {seq!r:.40}")
    events = tuple(event for event in unpack_events(fields) if (event.node, event.boot) == (node, boot))
    op, topic = str(fields.get("op")), str(fields.get("topic", ""))
    return Reply(op, (node, boot), seq, events, topic, fields.get("complete") is True)


class Inquiry:
    """The question that is open now, if there is one. On the news loop's thread only.

    Args:
        answered: called on that thread when an answer can be taken.
        timeout_s: after so many seconds an open question is overdue.
    """

    def __init__(self, context: ZmqContext, loop: Loop, answered: Callable[[], None], timeout_s: float) -> None:
        self._context, self._loop, self._answered, self._timeout_s = context, loop, answered, timeout_s
        self._socket: ZmqSocket | None = None
        self._asked_at = 0.0

    @property
    def open(self) -> bool:
        """Whether an answer is awaited."""
        return self._socket is not None

    @property
    def overdue(self) -> bool:
        """Whether it has been awaited for too long."""
        return self.open and time.monotonic() - self._asked_at >= self._timeout_s

    def ask(self, host: str, port: int, question: Mapping[str, Any]) -> None:
        """Put a question, in place of an open one."""
        self.drop()
        socket = open_socket(self._context, zmq.REQ, thread=CONNECTORS, largest_bytes=LARGEST_REPLY_BYTES)
        self._socket, self._asked_at = socket, time.monotonic()
        socket.connect(endpoint(socket, host, port))
        socket.send(pack(question), zmq.NOBLOCK)
        self._loop.watch(socket, read=self._answered)

    def take(self) -> Reply | None:
        """Return the answer and end the question; None: there is none yet.

        Raises:
            BadEvent: the answer is an error, or none of ours; the question has ended.
        """
        if self._socket is None:
            return None
        try:
            frames = self._socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None
        self.drop()
        return parse_reply(frames)

    def drop(self) -> None:
        """End the question; a later answer reaches nobody."""
        if self._socket is not None:
            self._loop.watch(self._socket)
            self._socket.close()
            self._socket = None
