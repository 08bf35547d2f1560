"""What a drive must offer: a motor that moves something along one axis, and tells where it is."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DriveReading:
    """One look at a drive, all of it at the same time.

    Attributes:
        position: in the drive's own units, as its file scales them; None: it has lost its reference, and whatever it
            counts is no position.
        moving: whether the motor turns, or is about to.
        stalled: it was held up, and stopped; it stays so until it is told to stop.
    """

    position: float | None
    moving: bool
    stalled: bool


class DriveDriver(Protocol):
    """Moves one axis. Every method may block for some of the device's timeouts; one thread at a time uses it.

    Positions are in the drive's own units, velocities in units a second. All methods raise `NotSent`, `LinkDown`,
    `NoAnswer`, `BadReply` or `DeviceRefused`; what returns has been confirmed by the drive: an acknowledgement alone
    is never believed.
    """

    def read(self) -> DriveReading:
        """Read where it is, and whether it moves or has stalled."""

    def read_position(self) -> float:
        """Read where it is. Raises `Unreferenced`, a `DeviceRefused`, where it does not know."""

    def is_moving(self) -> bool:
        """Read whether it moves."""

    def is_stalled(self) -> bool:
        """Read whether it has stalled; reading it does not end that."""

    def move_to(self, position: float, velocity: float | None = None) -> None:
        """Begin a move; returns when it is seen to move, or to be there. `velocity`: over 0; None: the usual one.

        Raises, beside the above, `ValueError` for a position that its file does not allow, and `DeviceRefused` while it
        moves, has stalled, or does not know where it is: nothing was begun then.
        """

    def slew(self, velocity: float) -> None:
        """Turn on and on, also beyond its limits: whoever calls this looks, and stops it. Negative: backwards."""

    def stop(self) -> None:
        """Stop; returns when it stands still. Ends a stall, too."""

    def set_home(self) -> None:
        """Take the place where it stands for its home: from then on it knows where it is. Not while it moves."""
