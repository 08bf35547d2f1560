"""A permission that can be taken back: an actuator may write only for the line that now is."""


class Fence:
    """The extraction line's incarnation. A line that starts again advances it; what an earlier one ordered is void.

    Shared between the line and its actuators; reads and the one-step write are atomic, so any thread may look.
    """

    def __init__(self) -> None:
        self.epoch = 0

    def advance(self) -> int:
        """Void all orders given so far; return the new epoch."""
        self.epoch += 1
        return self.epoch
