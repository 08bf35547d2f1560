"""When the bytes of a stream may have arrived: a message may not be carried out too long after that. Pure."""

from collections import deque

BLINK_S = 0.05  # bytes that came within it of each other count as one arrival


class Arrivals:
    """Byte counts with their times (monotonic seconds), for what a decoder has not handed out yet."""

    __slots__ = ("_chunks", "_fed")

    def __init__(self) -> None:
        self._fed = 0  # bytes so far
        self._chunks: deque[tuple[int, float]] = deque()  # up to which byte, and when

    def note(self, count: int, at: float) -> None:
        """Note that so many more bytes may have arrived at `at` or later."""
        self._fed += count
        if self._chunks and at - self._chunks[-1][1] < BLINK_S:
            at = self._chunks.pop()[1]
        self._chunks.append((self._fed, at))

    def of_message(self, buffered: int) -> float:
        """Return when the last byte of a message may have arrived: before that nobody could obey it.

        `buffered`: how many bytes wait behind the message. There must have been some since `forget`.
        """
        ends_at = self._fed - buffered
        while len(self._chunks) > 1 and self._chunks[0][0] < ends_at:
            self._chunks.popleft()
        return self._chunks[0][1]

    def forget(self) -> None:
        """Drop the times so far: what is not a whole message yet will be one only when more has come."""
        self._chunks.clear()
