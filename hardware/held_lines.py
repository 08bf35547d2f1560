"""Relays on lines that a library of others drives, a USB box's or this computer's own: the base of their drivers."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

from pydantic import field_validator

from hardware.device import ActuatorDevice
from hardware.errors import BadReply, DeviceRefused, NotSent
from hardware.exchange import Exchange
from hardware.held import Closable, Held
from hardware.settings import ActuatorSettings

LEVELS = {True: "high", False: "low"}


class HeldLinesSettings(ActuatorSettings):
    """Settings of a device without a port.

    Attributes:
        port: none; anything but "" is refused.
        energised_when: the level of a line that energises its relay (an active-low board: low); never guessed: there
            are boards of both kinds.
        timeout: seconds that a look waits for a call that an earlier actor left behind, and no longer. How long the
            library itself waits for the device is not ours to say.
    """

    port: str = ""
    energised_when: Literal["high", "low"]

    @field_validator("port")
    @classmethod
    def _has_none(cls, port: str) -> str:
        if port:
            raise ValueError("it has no port: leave this key out")
        return port


@dataclass(frozen=True, slots=True)
class Stands:
    """How a line stands: an output or an input, high or low."""

    output: bool
    high: bool


class OpenLines(Closable, Protocol):
    """What is open: `name` says which one it is."""

    name: str


T = TypeVar("T", bound=OpenLines)


class HeldLinesActuator(ActuatorDevice, Generic[T]):
    """See `ActuatorDriver`. The readback is the level of the line.

    `line_of`, `held_as`, `open_library`, `look` and `drive` are all that is missing, and `check_lines` for some.

    Until it is switched a line goes on as it was found, as far as its library can have it: an output with its level. An
    input stays one; its relay is read by the level that is there, and logged as not driven.

    Attributes:
        held: what is open, and a guard.

    Args:
        opener: what opens it, in the place of its library.
    """

    settings_model: ClassVar[type[HeldLinesSettings]] = HeldLinesSettings
    terminator = b""

    def __init__(
        self,
        settings: Any,
        exchange: Exchange | None = None,
        channels: Sequence[str] = (),
        opener: Callable[[], T] | None = None,
    ) -> None:
        super().__init__(settings, exchange, channels)
        self._lines = {channel: self.line_of(channel) for channel in self.channels}
        self._high: bool = settings.energised_when == "high"
        self._open_it = opener or (self._simulated if settings.simulate else self.open_library)
        what = "a simulated one" if settings.simulate else self.held_as(settings)
        self.held: Held[T] = Held(settings.name, settings.timeout, self._open, what)

    @classmethod
    def line_of(cls, channel: str) -> int:
        """Return the number of a channel's line. Raises `BadChannel`."""
        raise NotImplementedError

    @classmethod
    def held_as(cls, settings: Any) -> str:
        """Return which of several such devices its file names, as far as it does."""
        raise NotImplementedError

    def open_library(self) -> T:
        """Open it. Raises `NotSent`, or anything else; it moves nothing."""
        raise NotImplementedError

    def check_lines(self, opened: T) -> None:
        """Return if what was just opened can switch all channels; else it is closed. Raises `NotSent`."""

    def look(self, opened: T, lines: Collection[int]) -> dict[int, Stands]:
        """Read how lines stand; it changes none. Raises `NotSent`, `LinkDown`, `DeviceRefused`."""
        raise NotImplementedError

    def drive(self, opened: T, line: int, high: bool) -> Stands:
        """Make a line an output of this level, in one step; return how it stands then. Raises as `look`."""
        raise NotImplementedError

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """See `Device.check_channel`."""
        cls.line_of(channel)

    def set(self, channel: str, energised: bool) -> None:
        """See `ActuatorDriver.set`; the line is an output of the level that was wanted then.

        Raises `BadReply` where it is no output, `DeviceRefused` where its level is the other one: it is held there by
        something else, or was never driven.
        """
        line, high = self.line_of(channel), energised == self._high
        with self.held.acting() as opened:
            stands = self.drive(opened, line, high)
            if not stands.output:
                raise BadReply(f"{channel} has not become an output")
            if stands.high != high:
                raise DeviceRefused(f"{channel} was driven {LEVELS[high]}, and is {LEVELS[not high]}")

    def read(self, channel: str) -> bool:
        """See `ActuatorDriver.read`."""
        line = self.line_of(channel)
        with self.held.looking() as opened:
            return self.look(opened, [line])[line].high == self._high

    def read_all(self) -> dict[str, bool]:
        """See `ActuatorDriver.read_all`."""
        with self.held.looking(at_all=True) as opened:
            stand = self.look(opened, self._lines.values())
            return {channel: stand[line].high == self._high for channel, line in self._lines.items()}

    def identify(self) -> str:
        """See `ActuatorDriver.identify`: which one it is, and which of its channels are not driven."""
        with self.held.looking() as opened:
            idle = self._not_driven(opened)
            return f"{opened.name}, not driven yet: {', '.join(idle)}" if idle else opened.name

    def _not_driven(self, opened: T) -> list[str]:
        stand = self.look(opened, self._lines.values())
        return [channel for channel, line in self._lines.items() if not stand[line].output]

    def _open(self) -> T:
        opened = self._open_it()
        try:
            self.check_lines(opened)
        except NotSent:
            opened.close()
            raise
        idle = self._not_driven(opened)
        if idle:
            self._log.warning("device.not_driven", channels=idle, why="inputs until they are switched")
        return opened

    def _simulated(self) -> T:
        from hardware.simulation import simulator_for  # noqa: PLC0415 - a real one needs no simulator

        simulator: Any = simulator_for(self.settings.klass)
        simulator.energised_when = self.settings.energised_when
        opened: T = simulator.connect()
        return opened
