"""`AgilentGPActuator`: the relays of 34903A cards. Energised means relay closed; a relay is latched by the card."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

import structlog

from hardware.agilent_34970a import codec
from hardware.device import ActuatorDevice
from hardware.errors import BadReply, DeviceRefused, NoAnswer
from hardware.exchange import Exchange
from hardware.links.address import SerialAddress
from hardware.settings import ActuatorSettings

LONGEST_QUEUE = 20  # entries (34972A; the 34970A has 10)


class AgilentGPActuatorSettings(ActuatorSettings):
    """Settings of an `AgilentGPActuator`. The port is RS-232 of a 34970A or socket 5025 of a 34972A."""

    klass: Literal["AgilentGPActuator"]


class AgilentGPActuator(ActuatorDevice):
    """See `ActuatorDriver`. Its readback is what the card was told, not where the valve is.

    It never sends *RST, which opens all relays. What it finds in the error queue after opening the link was left
    there by somebody else: it is logged, and not held against the next command.
    """

    settings_model = AgilentGPActuatorSettings
    terminator = b"\n"  # over RS-232 a CR precedes it; the codec takes both
    hears_out = False  # see _synchronise
    simulator: ClassVar[str] = "hardware.agilent_34970a.simulator:Agilent34970aSimulator"

    def __init__(self, settings: AgilentGPActuatorSettings, exchange: Exchange | None, channels: Sequence[str]) -> None:
        super().__init__(settings, exchange, sorted(set(channels)))
        self._log = structlog.get_logger(device=settings.name)
        self.exchange.on_open = self._greet

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """See `Device.check_channel`."""
        codec.check_channel(channel)

    def set(self, channel: str, energised: bool) -> None:
        """See `ActuatorDriver.set`; two round trips at least: the command has no reply, the error queue does."""
        codec.check_channel(channel)
        with self.exchange.transaction():
            self.exchange.send(codec.encode_set(channel, energised))
            errors = self._errors()
            if errors:
                raise DeviceRefused("; ".join(errors))

    def read(self, channel: str) -> bool:
        """See `ActuatorDriver.read`."""
        codec.check_channel(channel)
        return self._closed([channel])[0]

    def read_all(self) -> dict[str, bool]:
        """See `ActuatorDriver.read_all`; one round trip."""
        if not self.channels:
            return {}
        return dict(zip(self.channels, self._closed(self.channels), strict=True))

    def identify(self) -> str:
        """See `ActuatorDriver.identify`."""
        return codec.decode_identity(self.exchange.ask(codec.ASK_IDENTITY))

    def _closed(self, channels: Sequence[str]) -> list[bool]:
        with self.exchange.transaction():
            return codec.decode_closed(self.exchange.ask(codec.encode_ask_closed(channels)), len(channels))

    def _errors(self, accept: Callable[[bytes], bool] | None = None) -> list[str]:
        """Empty the error queue."""
        errors: list[str] = []
        for _ in range(LONGEST_QUEUE + 1):
            number, text = codec.decode_error(self.exchange.ask(codec.ASK_ERROR, accept=accept))
            if number == 0:
                return errors
            errors.append(f"{number:+d} {text}")
        raise BadReply(f"its error queue does not end: {errors[0]}")

    def _greet(self) -> None:
        """Take over a line just opened: remote mode, no late replies under way, an empty error queue."""
        if isinstance(self.exchange.handle.address, SerialAddress):
            self.exchange.send(codec.REMOTE, acts=False)
        found = self._errors(accept=codec.is_error)
        if found:
            self._log.warning("device.errors_found", errors=found, why="left behind before the link was opened")
        try:
            self._synchronise()
        except NoAnswer as silence:  # most likely there is no card in this slot: its own words say so
            raise NoAnswer("; ".join([silence.what, *found])) from silence
        more = self._errors()  # only now is it certain that this is the answer to this question
        if more:
            self._log.warning("device.errors_found", errors=more, why="left behind before the link was opened")

    def _synchronise(self) -> None:
        """Pass over late replies to what was asked before the line was opened.

        Closing a serial port does not stop a slow device from answering, and `1` is like any other `1`; but the
        number of states in a reply says which question it belongs to. It is another one at each opening.
        """
        if not self.channels:
            return
        counts = [count for count in range(2, codec.RELAYS + 1) if count != len(self.channels)]
        count = counts[self.exchange.handle.opened % len(counts)]
        question = codec.encode_sync(self.channels[0][0], count)
        self.exchange.ask(question, accept=lambda reply: codec.is_sync(reply, count))
