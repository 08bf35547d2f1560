"""`AgilentMultiplexer`: thermocouples, resistance thermometers and voltages on 34901A cards, scanned at each look."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from hardware.agilent_34970a import codec, scan_codec
from hardware.agilent_34970a.mainframe import Mainframe
from hardware.device import GaugeDevice
from hardware.errors import BadChannel, DeviceRefused
from hardware.exchange import Exchange
from hardware.gauge import Reading
from hardware.settings import GaugeSettings
from hardware.sharing import Parts


class AgilentMultiplexerSettings(GaugeSettings):
    """Settings of an `AgilentMultiplexer`. The port is RS-232 of a 34970A or socket 5025 of a 34972A.

    RS-232 leaves the factory with XON/XOFF: `?baud=...&flow=xonxoff`. Without flow control it takes at most 128
    characters of a line, and a scan list of channels with gaps is longer.

    Attributes:
        gauges: names and their channels: `{furnace_tc: "103"}`; slot 1-3, then 01-20.
        measure: what each of these channels measures: `{"103": "TC,K"}`; a thermocouple TC,B to TC,T, a thermometer
            RTD,85 or RTD,91 of two wires, a thermistor THER,2252, THER,5000 or THER,10000, or VOLT.
        relay_slots: slots of cards that switch something: none of them is ever scanned.
        terminal_server: the port is that of a terminal server, and the device is at its serial line: as on RS-232, it
            has to be told to be remote.
        timeout: seconds for each answer, the whole scan included: a channel takes 0.1 s or more.
    """

    klass: Literal["AgilentMultiplexer"]
    measure: dict[str, str] = Field(min_length=1)
    relay_slots: list[Literal[1, 2, 3]] = Field(default_factory=list)
    terminal_server: bool = False
    timeout: float = Field(default=5.0, gt=0, le=60)

    @field_validator("gauges")
    @classmethod
    def _channels(cls, gauges: dict[str, str]) -> dict[str, str]:
        for channel in gauges.values():
            scan_codec.check_channel(channel)
        return gauges

    @field_validator("measure")
    @classmethod
    def _measures(cls, measures: dict[str, str]) -> dict[str, str]:
        for text in measures.values():
            scan_codec.measure(text)
        return measures

    @model_validator(mode="after")
    def _agree(self) -> Self:
        channels = set(self.gauges.values())
        if lacking := sorted(channels - set(self.measure)):
            raise ValueError(f"measure: what does channel {lacking[0]} measure?")
        if spare := sorted(set(self.measure) - channels):
            raise ValueError(f"measure: no gauge has channel {spare[0]}")
        for channel in sorted(channels):
            if int(channel[0]) in self.relay_slots:
                text = f"slot {channel[0]} is one of relay_slots, and a scan opens all relays of its card"
                raise ValueError(f"channel {channel}: {text}")
        return self


class AgilentMultiplexer(GaugeDevice):
    """See `GaugeDriver`. A look is one scan of all its channels, whichever of them is asked for.

    A scan opens every relay of every card that has a channel in the scan list. So before it is begun, each time, the
    scan list is read, and which relays of its cards are closed: it is refused where one is, unless that is a channel
    that it measures itself and that is in the scan list already, so that nobody can have closed it by hand. If the
    scan list is not this one's own, each slot has to hold a 34901A, too. Whatever else uses the instrument must leave
    the scan list alone. Each reading comes with its channel and its units, and is refused if they are not the expected
    ones.

    What is out of range is told as +-9.9E+37, a torn thermocouple too: a state, and no number. That CONF:TEMP knows
    THER, and by which words, is from memory and not from the manual: a guess, which the device would refuse.
    """

    settings_model = AgilentMultiplexerSettings
    terminator = b"\n"  # over RS-232 a CR precedes it; the codec takes both
    hears_out = False  # see Mainframe
    simulator: ClassVar[str] = "hardware.agilent_34970a.simulator:Agilent34970aSimulator"

    def __init__(
        self, settings: AgilentMultiplexerSettings, exchange: Exchange | None, channels: Sequence[str] = ()
    ) -> None:
        super().__init__(settings, exchange, channels)
        for channel in self.channels:
            self._own(settings.measure, channel)
        self._measures = {channel: scan_codec.measure(settings.measure[channel]) for channel in self.channels}
        self._configured = 0  # on which opening of the link it was told what to measure
        self._mainframe = Mainframe(
            settings.name, self.exchange, self.channels[0][0], {codec.RELAYS}, behind_server=settings.terminal_server
        )
        told = {each.units for each in self._measures.values()}
        self.units = told.pop() if len(told) == 1 else "as configured"

    @classmethod
    def parts(cls, settings: AgilentMultiplexerSettings, _channels: Sequence[str]) -> Parts:
        """Return the slots that it scans, and those that it never may; see `hardware.sharing.parts_of`."""
        scanned = {f"slot {channel[0]}": f"scanned by {settings.name}" for channel in settings.gauges.values()}
        return scanned | {f"slot {slot}": "relays" for slot in settings.relay_slots}

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """See `Device.check_channel`."""
        scan_codec.check_channel(channel)

    def units_of(self, channel: str) -> str:
        """Return the units of one channel's readings: C or V. Raises `BadChannel`."""
        self._own(self._measures, channel)
        return self._measures[channel].units

    def read(self, channel: str) -> Reading:
        """See `GaugeDriver.read`; it takes a whole scan."""
        self._own(self._measures, channel)
        return self.read_all()[channel]

    def read_all(self) -> dict[str, Reading]:
        """See `GaugeDriver.read_all`; one scan."""
        exchange = self.exchange
        with exchange.transaction():
            scanned = scan_codec.decode_scan_list(exchange.ask(scan_codec.ASK_SCAN_LIST))
            configured = self._configured == exchange.opened and scanned == sorted(self._measures)
            for slot in sorted({channel[0] for channel in self._measures}):
                if not configured:
                    self._mainframe.require_card(slot, scan_codec.MODEL, "it is not scanned")
                self._refuse_if_closed(slot, scanned)
            if not configured:
                self._configure()
            reply = exchange.ask(scan_codec.SCAN)  # no act: the relays that it moves are the multiplexer's own
            self._mainframe.refuse_errors()
            return scan_codec.decode_readings(reply, self._measures)

    def identify(self) -> str:
        """See `Device.identify`; nothing is scanned for it."""
        return codec.decode_identity(self.exchange.ask(codec.ASK_IDENTITY))

    def _configure(self) -> None:
        """Say what is to be measured. CONF sets the format and the scan list back, so they follow it."""
        exchange = self.exchange
        exchange.send(scan_codec.ABORT, acts=False)
        for command in (*scan_codec.encode_configure(self._measures), *scan_codec.FORMAT, *scan_codec.ONCE):
            exchange.send(command, acts=False)
        exchange.send(scan_codec.encode_scan_list(sorted(self._measures)), acts=False)
        self._mainframe.refuse_errors()
        told = scan_codec.decode_scan_list(exchange.ask(scan_codec.ASK_SCAN_LIST))
        if told != sorted(self._measures):
            raise DeviceRefused(f"its scan list is {','.join(told)}, not what it was told")
        self._configured = exchange.opened

    def _refuse_if_closed(self, slot: str, scanned: Sequence[str]) -> None:
        """Refuse to scan a card of which a relay is closed that no scan has closed. Raises `DeviceRefused`."""
        channels = codec.card_channels(slot)
        reply = self.exchange.ask(codec.encode_ask_closed(channels))
        states = zip(channels, codec.decode_closed(reply, len(channels)), strict=True)
        own = self._measures.keys() & set(scanned)
        closed = [channel for channel, state in states if state and channel not in own]
        if closed:
            raise DeviceRefused(
                f"channel {closed[0]} is closed, and not by a scan: a scan would open it. "
                "If nothing depends on it, open it first"
            )

    def _own(self, known: Mapping[str, object], channel: str) -> None:
        scan_codec.check_channel(channel)
        if channel not in known:
            raise BadChannel(f"channel {channel}: its file does not say what it measures", self.settings.name)
