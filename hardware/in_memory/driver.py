"""`DummyGPActuator`: relays in a dictionary, no wire, no delay."""

from collections.abc import Sequence
from typing import Literal

from hardware.errors import BadChannel
from hardware.exchange import Exchange
from hardware.settings import ActuatorSettings, Port


class DummyGPActuatorSettings(ActuatorSettings):
    """Settings of a `DummyGPActuator`. It has no port, and its polarity cannot open anything real."""

    klass: Literal["DummyGPActuator"]
    port: Port | Literal[""] = ""
    valve_opens_when: Literal["relay_closed", "relay_open"] = "relay_closed"


class DummyGPActuator:
    """See `ActuatorDriver`. Its channels are those given at build, all released.

    Attributes:
        moves: how often a relay has really moved.
    """

    has_readback = True
    disturbs_on_open = False
    never_blocks = True

    def __init__(self, name: str, channels: Sequence[str]) -> None:
        self.moves = 0
        self._name = name
        self._energised = dict.fromkeys(channels, False)

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


def build(
    settings: DummyGPActuatorSettings,
    exchange: Exchange | None,  # noqa: ARG001 - every driver is built the same way
    channels: Sequence[str],
) -> DummyGPActuator:
    """Build the actuator; it uses no exchange."""
    return DummyGPActuator(settings.name, channels)
