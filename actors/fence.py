"""A permission that can be taken back: an actuator may write only for the line that now is, and what still holds."""

from actors.messages import Reason, Refusal

RESTARTED = Refusal(Reason.EXPIRED, "the extraction line stopped or restarted before it could be carried out")


class Fence:
    """The extraction line's incarnation, and the orders that it took back. What an earlier one ordered is void.

    Shared between the line, which writes it on its own thread, and its actuators, which look right before they write;
    each step is atomic. What is voided while it is being written is written all the same: its end tells.
    """

    def __init__(self) -> None:
        self.epoch = 0
        self._why = RESTARTED
        self._void: dict[int, Refusal] = {}

    def advance(self, why: Refusal = RESTARTED) -> int:
        """Void all orders given so far, for that reason; return the new epoch."""
        self._why = why
        self.epoch += 1
        self._void = {}
        return self.epoch

    def void(self, order: int, why: Refusal) -> None:
        """Take one order back, if it has not been written yet."""
        self._void[order] = why

    def forget(self, order: int) -> None:
        """Drop an order that has ended."""
        self._void.pop(order, None)

    def objection(self, epoch: int, order: int) -> Refusal | None:
        """Return why an order may not be written any more, or None."""
        return self._why if epoch != self.epoch else self._void.get(order)
