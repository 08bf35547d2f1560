"""`ArduinoGPActuator`: outputs and true indicators of a valve box with an Arduino, by its sketch `valvebox3.pde`."""

from collections.abc import Sequence
from typing import ClassVar

from hardware.arduino_gp import codec
from hardware.arduino_gp.codec import Position
from hardware.arduino_gp.settings import ArduinoGPActuatorSettings, Pins
from hardware.device import ActuatorDevice
from hardware.errors import DeviceError, DeviceRefused, NoState
from hardware.exchange import Exchange
from hardware.looks import ask_twice, look_until
from hardware.settings import Sense

LOOKS = 2  # a valve may leave one end and reach the other between the questions of one look


class ArduinoGPActuator(ActuatorDevice):
    """See `ActuatorDriver`. Its readback is where the valve is, by its indicators; without them, its output.

    To open the port restarts the board, as a rule: all its outputs fall, and it is deaf for some two seconds. So the
    port is opened as seldom as can be, an answer that does not come does not close it, and after it was opened nothing
    that moves is sent before a question was answered. A command that was not confirmed is not given again.

    A valve between its indicators, or at both, is no state. `read` raises `NoState` then, as `set` does where a move
    ends so; `read_all` leaves the channel out, which those above take for unknown, and `whys` says why.
    """

    settings_model = ArduinoGPActuatorSettings
    terminator = b"\r\n"
    simulator: ClassVar[str] = "hardware.arduino_gp.simulator:ArduinoSimulator"
    disturbs_on_open = True

    def __init__(
        self, settings: ArduinoGPActuatorSettings, exchange: Exchange | None, channels: Sequence[str] = ()
    ) -> None:
        super().__init__(settings, exchange, channels)
        self.exchange.keeps_link = True
        self.exchange.strict = True
        self.exchange.on_open = self._rouse

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """See `Device.check_channel`."""
        codec.check_channel(channel)

    @classmethod
    def check_channel_of(cls, settings: ArduinoGPActuatorSettings, channel: str) -> None:
        """See `Device.check_channel_of`: those of its pin map."""
        settings.pins_of(channel)

    @classmethod
    def opens_when(cls, settings: ArduinoGPActuatorSettings, channel: str) -> Sense | None:
        """See `ActuatorDevice.opens_when`: what its indicators tell is of the valve, what an output does is not."""
        pins = settings.pins_of(channel)
        return settings.opens_when(pins) if settings.indicators_of(pins) else None

    def set(self, channel: str, energised: bool) -> None:
        """See `ActuatorDriver.set`; with indicators it waits for them, for at most `travel_s` and one more look.

        Raises `NoState` where they say no state then, and `DeviceError` where they say the other one: the output was
        set, and the valve has not followed. Where nobody waits for indicators the output is asked for: `DeviceRefused`
        where it has not followed.
        """
        pins = self.settings.pins_of(channel)
        with self.exchange.transaction():
            codec.decode_written(self.exchange.ask(codec.encode_write(pins.output, energised), acts=True))
            indicators = self.settings.indicators_of(pins)
            if indicators is None or not self.settings.travel_s:
                self._check_output(pins.output, energised)
                return
            wanted = Position.OPEN if energised == self._opens_energised(pins) else Position.CLOSED
            within_s, every_s = self.settings.travel_s, self.settings.look_every_s
            position = look_until(lambda: self._position(indicators), wanted, within_s=within_s, every_s=every_s)
        if self._energised(channel, pins, position) != energised:
            raise DeviceError(
                f"{channel}: it is still {position} after {self.settings.travel_s:g} s", self.settings.name
            )

    def read(self, channel: str) -> bool:
        """See `ActuatorDriver.read`. Raises `NoState`, too."""
        pins = self.settings.pins_of(channel)
        with self.exchange.transaction():
            seen = self._look(pins)
        return seen if isinstance(seen, bool) else self._energised(channel, pins, seen)

    def read_all(self) -> dict[str, bool]:
        """See `ActuatorDriver.read_all`; a channel that is in no state is left out. See `whys`."""
        seen: dict[str, bool | str] = {}
        for channel in self.channels:
            try:
                seen[channel] = self.read(channel)
            except NoState as no_state:
                seen[channel] = no_state.what
        return self.states(seen)

    def identify(self) -> str:
        """See `ActuatorDriver.identify`: it cannot say who it is, only that it is there."""
        with self.exchange.transaction():
            self._level(self._any_output)
        return type(self).__name__

    def _check_output(self, pin: int, high: bool) -> None:
        """Ask for an output that was confirmed: the `OK` may have been a late one, to another command."""
        if self._level(pin) != high:
            raise DeviceRefused(f"pin {pin} was confirmed, and is still {'low' if high else 'high'}")

    def _look(self, pins: Pins) -> Position | bool:
        """Return what the indicators say, or how the output stands where there are none."""
        indicators = self.settings.indicators_of(pins)
        if indicators is None:
            return ask_twice(lambda: self._level(pins.output), f"pin {pins.output}")
        return self._position(indicators)

    def _position(self, indicators: tuple[int, int]) -> Position:
        """Return what the open and the closed indicator say.

        The open one is asked for twice, then the closed one: an answer is nothing but `0` or `1`, and if one too many
        were under way, so that each were taken for the next question's, these three could not tell a state.
        """
        for _ in range(LOOKS):
            first, opened, closed = (self._level(pin) for pin in (indicators[0], *indicators))
            seen = codec.position(opened, closed) if first == opened else Position.UNSTEADY
            if seen not in (Position.CONTRADICTORY, Position.UNSTEADY):
                break
        return seen

    def _energised(self, channel: str, pins: Pins, position: Position) -> bool:
        """Return how a relay stands that brings a valve there. Outside a transaction: the conversation is whole."""
        if position not in (Position.OPEN, Position.CLOSED):
            raise NoState(f"{channel}: {position}", self.settings.name)
        return (position is Position.OPEN) == self._opens_energised(pins)

    def _opens_energised(self, pins: Pins) -> bool:
        return bool(self.settings.opens_when(pins) == "relay_closed")

    def _level(self, pin: int) -> bool:
        return codec.decode_level(self.exchange.ask(codec.encode_read(pin)))

    @property
    def _any_output(self) -> int:
        address = self.channels[0] if self.channels else next(iter(self.settings.pins))
        return int(self.settings.pins_of(address).output)

    def _rouse(self) -> None:
        """Wait until the board has started; its first answers are thrown away."""
        question = codec.encode_read(self._any_output)
        quiet_s, boot_s = self.settings.quiet_s, self.settings.boot_s
        self.exchange.rouse(question, codec.is_level, quiet_s=quiet_s, within_s=boot_s)
