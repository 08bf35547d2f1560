"""`DummyGPActuator`: relays in a dictionary, no wire, no delay."""

from collections.abc import Sequence
from typing import Literal

from hardware.device import ActuatorDevice
from hardware.errors import BadChannel
from hardware.exchange import Exchange
from hardware.settings import ActuatorSettings, Port


class DummyGPActuatorSettings(ActuatorSettings):
    """Settings of a `DummyGPActuator`. It has no port, and its polarity cannot open anything real."""

    klass: Literal["DummyGPActuator"]
    port: Port | Literal[""] = ""
    valve_opens_when: Literal["relay_closed", "relay_open"] = "relay_closed"


class DummyGPActuator(ActuatorDevice):
    """See `ActuatorDriver`. Its channels are those given at build, all released.

    Attributes:
        moves: how often a relay has really moved.
    """

    settings_model = DummyGPActuatorSettings
    terminator = b""
    never_blocks = True

    def __init__(
        self, settings: DummyGPActuatorSettings, exchange: Exchange | None = None, channels: Sequence[str] = ()
    ) -> None:
        super().__init__(settings, exchange, channels)
        self.moves = 0
        self._name = settings.name
        self._energised = dict.fromkeys(self.channels, False)

    def set(self, channel: str, energised: bool) -> None:
        """See `ActuatorDriver.set`."""
        if self.read(channel) != energised:
            self._energised[channel] = energised
            self.moves += 1

    def read(self, channel: str) -> bool:
        """See `ActuatorDriver.read`."""
        try:
            return self._energised[channel]
        except KeyError:
            raise BadChannel(f"no channel {channel!r}", self._name) from None

    def read_all(self) -> dict[str, bool]:
        """See `ActuatorDriver.read_all`."""
        return dict(self._energised)

    def identify(self) -> str:
        """See `ActuatorDriver.identify`."""
        return "DummyGPActuator, in memory"
