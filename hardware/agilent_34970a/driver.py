"""`AgilentGPActuator`: the relays of 34903A cards. Energised means relay closed; a relay is latched by the card."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from hardware.agilent_34970a import codec, scan_codec
from hardware.agilent_34970a.mainframe import Mainframe
from hardware.device import ActuatorDevice
from hardware.errors import DeviceRefused
from hardware.exchange import Exchange
from hardware.settings import ActuatorSettings
from hardware.sharing import Parts


class AgilentGPActuatorSettings(ActuatorSettings):
    """Settings of an `AgilentGPActuator`. The port is RS-232 of a 34970A or socket 5025 of a 34972A.

    Attributes:
        terminal_server: the port is that of a terminal server, and the device is at its serial line: as on RS-232, it
            has to be told to be remote.
    """

    klass: Literal["AgilentGPActuator"]
    terminal_server: bool = False


class AgilentGPActuator(ActuatorDevice):
    """See `ActuatorDriver`. Its readback is what the card was told, not where the valve is.

    The channels of a 34901A are relays too, as long as nobody scans that card: a scan opens all relays of every card
    that has a channel in the scan list. A card that has one is not used; that is looked at after each opening.
    It never sends *RST, which opens all relays.
    """

    settings_model = AgilentGPActuatorSettings
    terminator = b"\n"  # over RS-232 a CR precedes it; the codec takes both
    hears_out = False  # see Mainframe
    simulator: ClassVar[str] = "hardware.agilent_34970a.simulator:Agilent34970aSimulator"

    def __init__(self, settings: AgilentGPActuatorSettings, exchange: Exchange | None, channels: Sequence[str]) -> None:
        super().__init__(settings, exchange, sorted(set(channels)))
        slot = self.channels[0][0] if self.channels else ""
        self._mainframe = Mainframe(
            settings.name, self.exchange, slot, len(self.channels), behind_server=settings.terminal_server
        )
        self.exchange.on_open = self._greet

    @classmethod
    def parts(cls, _settings: AgilentGPActuatorSettings, channels: Sequence[str]) -> Parts:
        """Return the slots of its channels; see `hardware.sharing.parts_of`."""
        return {f"slot {channel[0]}": "relays" for channel in channels}

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """See `Device.check_channel`."""
        codec.check_channel(channel)

    def set(self, channel: str, energised: bool) -> None:
        """See `ActuatorDriver.set`; two round trips at least: the command has no reply, the error queue does."""
        codec.check_channel(channel)
        with self.exchange.transaction():
            self.exchange.send(codec.encode_set(channel, energised))
            self._mainframe.refuse_errors()

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

    def _greet(self) -> None:
        """Take over a line just opened; refuse to work on a card that somebody scans."""
        self._mainframe.greet()
        if not self.channels:
            return
        scanned = {channel[0] for channel in scan_codec.decode_scan_list(self.exchange.ask(scan_codec.ASK_SCAN_LIST))}
        for channel in self.channels:
            if channel[0] in scanned:
                text = f"slot {channel[0]} is in the scan list, and a scan opens all relays of its card: no valve on it"
                raise DeviceRefused(text)
