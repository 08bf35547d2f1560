"""Where statements come from: a text, or a pipe whose lines are handed on as they arrive."""

import os
import select
import time
from typing import Protocol


class Lines(Protocol):
    """A source of lines, without their ends."""

    def next(self, timeout_s: float | None) -> str | None:
        """Return the next line; None at the end.

        Raises:
            TimeoutError: none within `timeout_s` seconds (None: wait as long as it takes).
        """


class TextLines:
    """The lines of a text that is there as a whole."""

    def __init__(self, text: str) -> None:
        self._lines = iter(text.splitlines())

    def next(self, timeout_s: float | None) -> str | None:
        """See `Lines.next`; never waits."""
        del timeout_s
        return next(self._lines, None)


class PipeLines:
    """The lines of a pipe, by its descriptor: a buffered reader would hold the first back."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._bytes = b""
        self._ended = False

    def next(self, timeout_s: float | None) -> str | None:
        """See `Lines.next`."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while b"\n" not in self._bytes and not self._ended:
            left_s = None if until is None else max(0.0, until - time.monotonic())
            if not select.select([self._descriptor], [], [], left_s)[0]:
                raise TimeoutError
            chunk = os.read(self._descriptor, 65536)
            self._bytes += chunk
            self._ended = not chunk
        if not self._bytes:
            return None
        line, _, self._bytes = self._bytes.partition(b"\n")
        return line.removesuffix(b"\r").decode("utf-8", "replace")
