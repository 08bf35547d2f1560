"""What a gauge controller must offer, and what a reading is: a number, or the state that is there instead of one."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class GaugeState(StrEnum):
    """What a reading is worth."""

    GOOD = "good"
    UNDER = "under range"  # below what the gauge can measure; a value beside it is the limit
    OVER = "over range"  # above it
    OFF = "off"
    WAITING = "waiting"  # it starts, or degasses, and will read
    PROTECTED = "protected"  # switched off by itself, or by another gauge
    NO_GAUGE = "no gauge"
    FAULT = "fault"  # broken cable, filament, identification


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading. A state is never made into a number: `value` is None unless the device told one.

    Attributes:
        value: in the controller's `units`: with `GOOD` a finite number, or it is taken for a fault; with `UNDER` and
            `OVER` the limit that it told, if it did.
        state: what it is worth.
        said: the device's own word for it, where that is no plain number; always there unless the state is `GOOD`.
    """

    value: float | None
    state: GaugeState = GaugeState.GOOD
    said: str = ""


class GaugeDriver(Protocol):
    """Reads gauges by channel. Every method may block for the device's timeout; one thread at a time.

    Attributes:
        units: of its readings: mbar, Torr, Pa; of a multiplexer as its channels are configured. Where the device is
            asked for them, as it told with the last reading; "" before the first.
    """

    units: str

    def units_of(self, channel: str) -> str:
        """Return the units of one channel, as `units`; asks nothing."""

    def read(self, channel: str) -> Reading:
        """Read one channel. Raises `NotSent`, `LinkDown`, `NoAnswer`, `BadReply`, `DeviceRefused` or `BadChannel`."""

    def read_all(self) -> dict[str, Reading]:
        """Read every channel given at build. Raises as `read` does."""
