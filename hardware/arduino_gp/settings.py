"""What a device file says of an Arduino valve box: which pin is what, and how long things take."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hardware.arduino_gp.codec import FIRST_PIN, LAST_PIN, check_channel
from hardware.errors import BadChannel
from hardware.settings import ActuatorSettings, Sense

DEFAULT_ADDRESSES = 10  # of the sketch: 0 on pin 51, each next one three pins lower, to 9 on pin 24
_FIRST_OUTPUT, _STEP = 51, 3


class Pins(BaseModel):
    """The pins of one valve, 2-69.

    Attributes:
        output: drives its relay: high is energised.
        open, closed: its indicators, high where the valve is there; both, or neither.
        opens_when: of a valve that differs from the device's `valve_opens_when`. With indicators a site is refused
            where a valve's own entry says otherwise, by `valve_opens_when` or `inverted_logic`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    output: int = Field(ge=FIRST_PIN, le=LAST_PIN)
    open: int | None = Field(default=None, ge=FIRST_PIN, le=LAST_PIN)
    closed: int | None = Field(default=None, ge=FIRST_PIN, le=LAST_PIN)
    opens_when: Sense | None = None

    @property
    def indicators(self) -> tuple[int, int] | None:
        """The pins of the open and of the closed indicator, or None."""
        return None if self.open is None or self.closed is None else (self.open, self.closed)

    @property
    def used(self) -> tuple[int, ...]:
        """Every pin that is used."""
        return (self.output, *(self.indicators or ()))

    @model_validator(mode="after")
    def _has_both_or_neither(self) -> Self:
        if (self.open is None) != (self.closed is None):
            raise ValueError(
                "open and closed: one indicator alone cannot tell a valve that moves from one that is there"
            )
        return self


def default_pins() -> dict[str, Pins]:
    """Return the pin map of the sketch: the open indicator is one pin below the output, the closed one two."""
    outputs = [_FIRST_OUTPUT - _STEP * address for address in range(DEFAULT_ADDRESSES)]
    return {str(n): Pins(output=pin, open=pin - 1, closed=pin - 2) for n, pin in enumerate(outputs)}


class ArduinoGPActuatorSettings(ActuatorSettings):
    """Settings of an `ArduinoGPActuator`. The port is serial, `?baud=115200` 8N1.

    Attributes:
        pins: address, as the valves name it, to its pins; that of the sketch by default. That the sketch makes outputs
            of others than those ten is a guess: `w` is answered with `OK` for any pin, and one that is an input then
            only has its pull-up switched.
        indicators: False: there are none, whatever `pins` says: the readback is the output then.
        travel_s: how long a move may take until the indicators must agree with it, 0-10 s; `set` waits for that, no
            longer, and not at all with 0. Pychron waits 1.5 s.
        look_every_s: between two looks at them meanwhile, 0.01-1 s.
        quiet_s: how long nothing is sent after the port was opened, 0-10 s: the board starts again then, and some boot
            loaders (a guess: the Mega's) wait for a program as long as they hear anything. 0 where it does not reset.
        boot_s: by when it must have answered a question, since the port was opened, 0.1-12 s, longer than `quiet_s`.
    """

    klass: Literal["ArduinoGPActuator"]
    pins: dict[str, Pins] = Field(default_factory=default_pins, min_length=1)
    indicators: bool = True
    travel_s: float = Field(default=1.5, ge=0, le=10)
    look_every_s: float = Field(default=0.25, ge=0.01, le=1)
    quiet_s: float = Field(default=2.0, ge=0, le=10)
    boot_s: float = Field(default=10.0, ge=0.1, le=12)

    def pins_of(self, channel: str) -> Pins:
        """Return the pins of a valve by its address. Raises `BadChannel`."""
        check_channel(channel)
        if channel not in self.pins:
            raise BadChannel(f"channel {channel!r}: the pin map has {', '.join(self.pins)}", self.name)
        return self.pins[channel]

    def indicators_of(self, pins: Pins) -> tuple[int, int] | None:
        """Return the pins of a valve's open and closed indicators, or None."""
        return pins.indicators if self.indicators else None

    def opens_when(self, pins: Pins) -> Sense | None:
        """Return what an open valve's output does: high is closed, as of a relay."""
        return pins.opens_when or self.valve_opens_when

    @model_validator(mode="after")
    def _is_wired_once(self) -> Self:
        seen: dict[int, str] = {}
        for address, pins in self.pins.items():
            check_channel(address)
            for pin in pins.used:
                if pin in seen:
                    raise ValueError(f"pins: pin {pin} is given twice, for address {seen[pin]} and {address}")
                seen[pin] = address
            if self.indicators_of(pins) and not self.opens_when(pins):
                raise ValueError(
                    f"pins: {address}: with indicators its opens_when, or valve_opens_when for all, must be given: "
                    "which of them tells an energised relay is never guessed"
                )
        if self.boot_s <= self.quiet_s:
            raise ValueError(
                f"boot_s {self.boot_s:g} is not longer than quiet_s {self.quiet_s:g}: nothing would be asked"
            )
        return self
