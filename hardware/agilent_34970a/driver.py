"""`AgilentGPActuator`: the relays of 34903A cards. Energised means relay closed; a relay is latched by the card."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from hardware.agilent_34970a import codec, scan_codec
from hardware.agilent_34970a.mainframe import Mainframe
from hardware.device import ActuatorDevice
from hardware.errors import DeviceRefused
from hardware.exchange import Exchange
from hardware.settings import ActuatorSettings
from hardware.sharing import Parts

NO_VALVE = "no valve on it; relays of a 34901A are used only where `multiplexer_cards` has its slot"


class AgilentGPActuatorSettings(ActuatorSettings):
    """Settings of an `AgilentGPActuator`. The port is RS-232 of a 34970A or socket 5025 of a 34972A.

    RS-232 leaves the factory with XON/XOFF: `?baud=...&flow=xonxoff`. That it is 57600 baud 8N1 then is a guess; the
    front panel shows both.

    Attributes:
        multiplexer_cards: slots of 34901A cards whose relays are used, though a scan opens them all; nobody may ever
            scan such a card. Any other slot has to hold a 34903A.
        terminal_server: the port is that of a terminal server, and the device is at its serial line: as on RS-232, it
            has to be told to be remote.
    """

    klass: Literal["AgilentGPActuator"]
    multiplexer_cards: list[Literal[1, 2, 3]] = Field(default_factory=list)
    terminal_server: bool = False


class AgilentGPActuator(ActuatorDevice):
    """See `ActuatorDriver`. Its readback is what the card was told, not where the valve is.

    Each slot is asked for its card after each opening of the link. A 34903A is used; a 34901A only where its file says
    so, since a scan opens all relays of every card that has a channel in the scan list: on such a card that list is
    read after each opening, and once more before each command, which is refused if the card has a channel in it. A
    scan that somebody begins later still opens the relay.

    It never sends *RST, which opens all relays. A question is at most 128 bytes long, so that RS-232 without flow
    control takes it.
    """

    settings_model = AgilentGPActuatorSettings
    terminator = b"\n"  # over RS-232 a CR precedes it; the codec takes both
    hears_out = False  # see Mainframe
    simulator: ClassVar[str] = "hardware.agilent_34970a.simulator:Agilent34970aSimulator"

    def __init__(self, settings: AgilentGPActuatorSettings, exchange: Exchange | None, channels: Sequence[str]) -> None:
        super().__init__(settings, exchange, sorted(set(channels)))
        self._slots = tuple(dict.fromkeys(channel[0] for channel in self.channels))
        self._questions = codec.split_list(self.channels)
        self._mainframe = Mainframe(
            settings.name,
            self.exchange,
            self._slots[0] if self._slots else "",
            {len(channels) for channels in self._questions},
            behind_server=settings.terminal_server,
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
        """See `ActuatorDriver.set`; two round trips at least: the command has no reply, the error queue does.

        One more on a multiplexer's card. `DeviceRefused` where that is scanned: nothing was sent that moves then.
        """
        codec.check_channel(channel)
        with self.exchange.transaction():
            self._refuse_if_scanned(channel[0])
            self.exchange.send(codec.encode_set(channel, energised))
            self._mainframe.refuse_errors()

    def read(self, channel: str) -> bool:
        """See `ActuatorDriver.read`."""
        codec.check_channel(channel)
        return self._closed([channel])[0]

    def read_all(self) -> dict[str, bool]:
        """See `ActuatorDriver.read_all`; one round trip, two or more for some thirty channels with gaps."""
        with self.exchange.transaction():
            states = [state for channels in self._questions for state in self._closed(channels)]
        return dict(zip(self.channels, states, strict=True))

    def identify(self) -> str:
        """See `ActuatorDriver.identify`."""
        return codec.decode_identity(self.exchange.ask(codec.ASK_IDENTITY))

    def _closed(self, channels: Sequence[str]) -> list[bool]:
        with self.exchange.transaction():
            return codec.decode_closed(self.exchange.ask(codec.encode_ask_closed(channels)), len(channels))

    def _greet(self) -> None:
        """Take over a line just opened; refuse to work on a card that is none for valves, or that somebody scans."""
        self._mainframe.greet()
        for slot in self._slots:
            wanted = scan_codec.MODEL if self._may_be_scanned(slot) else codec.MODEL
            self._mainframe.require_card(slot, wanted, NO_VALVE)
            self._refuse_if_scanned(slot)

    def _refuse_if_scanned(self, slot: str) -> None:
        if not self._may_be_scanned(slot):
            return
        scanned = scan_codec.decode_scan_list(self.exchange.ask(scan_codec.ASK_SCAN_LIST))
        if any(channel[0] == slot for channel in scanned):
            text = f"slot {slot} is in the scan list, and a scan opens all relays of its card: no valve on it"
            raise DeviceRefused(text)

    def _may_be_scanned(self, slot: str) -> bool:
        return int(slot) in self.settings.multiplexer_cards
