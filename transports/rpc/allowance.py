"""How many messages a client may send: a bucket of one second's worth, filled as time goes by. Pure."""


class Allowance:
    """Count down `left` per message; below 0 `refill` tells whether it may go on.

    Args:
        per_s: messages per second in the long run, and at once after a second of silence.
        now: monotonic seconds.
    """

    __slots__ = ("_filled_at", "_per_s", "left")

    def __init__(self, per_s: int, now: float) -> None:
        self.left = self._per_s = per_s
        self._filled_at = now

    def refill(self, now: float) -> bool:
        """Fill up for the time that has passed since the last filling; False: it is still below 0."""
        gained = int(min(self._per_s, (now - self._filled_at) * self._per_s))
        if gained:
            self.left += gained
            self._filled_at = now
        return self.left >= 0
