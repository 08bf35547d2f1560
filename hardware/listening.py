"""What comes from a wire: cut into replies, passed over, or thrown away; every byte is logged."""

import time
from collections.abc import Callable
from typing import Any

import structlog

from hardware.errors import BadReply, HungUp, NoAnswer
from hardware.links.handle import LinkHandle

LONGEST_REPLY_BYTES = 65536

Framing = Callable[[bytes], int | None]
"""How long the whole reply is at the start of these bytes; None: more bytes are needed."""


class Listening:
    """The receiving half of an `Exchange`, within its calls. What the link raises is passed on.

    Args:
        name: the device's name, in logs.
        handle, terminator, timeout_s: the link, what ends a reply, how many seconds it may take.
    """

    def __init__(self, name: str, handle: LinkHandle, terminator: bytes, timeout_s: float) -> None:
        self._handle = handle
        self._terminator = terminator
        self._timeout_s = timeout_s
        self._pending = b""
        self._log: Any = structlog.get_logger(device=name)  # structlog's is not typed

    def forget(self) -> None:
        """Forget what has come and was not read."""
        self._pending = b""

    def nobody_asked(self, *, keep_tail: bool) -> bytes:
        """Return what has come before anything was asked, and is thrown away; the caller says what that means.

        `keep_tail`: of a line that is still arriving the beginning is kept: its rest would look like a line of its own.
        """
        late = self._pending + self._handle.receive(0)
        end = late.rfind(self._terminator) + len(self._terminator) if self._terminator in late else 0
        late, self._pending = (late[:end], late[end:]) if keep_tail else (late, b"")
        return late

    def throw_away(self, until: float, why: str) -> None:
        """Throw away all that comes until `until`, in monotonic seconds."""
        while (left_s := until - time.monotonic()) > 0:
            if data := self._handle.receive(left_s):
                self._log.warning("bytes.discarded", data=repr(data), why=why)

    def wait(self, until: float) -> None:
        """Wait until `until`, in monotonic seconds; what comes is kept."""
        while (left_s := until - time.monotonic()) > 0:
            self._pending += self._handle.receive(left_s)

    def hears(self, question: bytes, accept: Callable[[bytes], bool], until: float) -> bool:
        """Whether a reply comes that `accept` takes, until `until` in monotonic seconds."""
        try:
            self.reply(question, None, accept, until)
        except NoAnswer:
            return False
        return True

    def reply(
        self,
        question: bytes,
        framing: Framing | None,
        accept: Callable[[bytes], bool] | None,
        deadline: float,
        *,
        may_hang_up: bool = False,
    ) -> bytes:
        """Return the reply to `question`; see `Exchange.ask`. Raises `NoAnswer` and `BadReply`."""
        while True:
            reply = self._frame(question, framing or self._line, deadline, may_hang_up=may_hang_up)
            self._log.debug("bytes.received", data=repr(reply))
            if framing is None:
                reply = reply.removesuffix(self._terminator)
            if accept is None or accept(reply):
                return reply
            self._log.warning("bytes.discarded", data=repr(reply), why="not the answer to what was asked")

    def _frame(self, question: bytes, framing: Framing, deadline: float, *, may_hang_up: bool) -> bytes:
        while True:
            length = framing(self._pending) if self._pending else None
            if length is not None:
                frame, self._pending = self._pending[:length], self._pending[length:]
                return frame
            if len(self._pending) > LONGEST_REPLY_BYTES:
                raise BadReply(f"the reply to {question!r} does not end: {self._pending[:40]!r}...")
            left_s = deadline - time.monotonic()
            try:
                data = self._handle.receive(left_s) if left_s > 0 else b""
            except HungUp:
                if not may_hang_up or not self._pending:
                    raise
                frame, self._pending = self._pending, b""
                return frame
            if not data and time.monotonic() >= deadline:
                so_far = f", only {self._pending!r}" if self._pending else ""
                raise NoAnswer(f"no answer to {question!r} within {self._timeout_s:g} s{so_far}")
            self._pending += data

    def _line(self, data: bytes) -> int | None:
        end = data.find(self._terminator)
        return None if end < 0 else end + len(self._terminator)
