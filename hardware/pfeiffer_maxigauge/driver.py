"""`MaxiGauge`: a TPG 256 A with up to six gauges, usually 9600 baud 8N1."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from hardware.device import AskedUnitsDevice
from hardware.errors import DeviceRefused
from hardware.exchange import Exchange
from hardware.gauge import Reading
from hardware.pfeiffer_maxigauge import codec
from hardware.settings import GaugeSettings


class MaxiGaugeSettings(GaugeSettings):
    """Settings of a `MaxiGauge`.

    Attributes:
        gauges: names, and the channel of each, "1" to "6".
        units: of its readings. None: it is asked before each of them. That 0, 1 and 2 mean mbar, Torr and Pa is a
            guess, from the manuals of its sisters TPG 261 and 262; to name the units here is for firmware with other
            numbers, and then nobody notices if they are changed at its front panel.
    """

    klass: Literal["MaxiGauge"]
    gauges: dict[str, Annotated[str, AfterValidator(codec.check_channel)]] = Field(min_length=1)
    units: Literal["mbar", "Torr", "Pa"] | None = None


class MaxiGauge(AskedUnitsDevice):
    """See `GaugeDriver`. Source: Pfeiffer Vacuum, MaxiGauge TPG 256 A Operating Instructions BG 5186, Communication.

    Each question takes two steps: the mnemonic, which is acknowledged, and the enquiry, which is answered. A unit
    whose acknowledgement got lost goes on waiting for the enquiry: each link begins with ETX, which ends that, and
    with a question whose answer looks like no other, so that late lines are passed over. Whether ETX is acknowledged
    is a guess: both are understood.

    Raises, beside what `GaugeDriver` says: `DeviceRefused` with the error word of a NAK.
    """

    settings_model = MaxiGaugeSettings
    terminator = codec.TERMINATOR
    simulator: ClassVar[str] = "hardware.pfeiffer_maxigauge.simulator:MaxiGaugeSimulator"

    def __init__(self, settings: MaxiGaugeSettings, exchange: Exchange | None, channels: Sequence[str] = ()) -> None:
        super().__init__(settings, exchange, channels)
        self.exchange.on_open = self._resynchronise

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """See `Device.check_channel`."""
        codec.check_channel(channel)

    def identify(self) -> str:
        """See `Device.identify`: with the types of its six gauges."""
        with self.exchange.transaction():
            return f"MaxiGauge with {codec.decode_text(self._ask(codec.ASK_GAUGES, 'text'))}"

    def ask_units(self) -> str:
        """See `AskedUnitsDevice.ask_units`; two round trips."""
        return codec.decode_units(self._ask(codec.ASK_UNITS, "units"))

    def ask_reading(self, channel: str) -> Reading:
        """See `AskedUnitsDevice.ask_reading`; two round trips."""
        return codec.decode_pressure(self._ask(codec.ask_pressure(channel), "pressure"))

    def _resynchronise(self) -> None:
        self.exchange.send(codec.RESET, acts=False)
        try:
            self.ask_units()
        except DeviceRefused:  # it does not know them; but this was an answer, too
            return

    def _ask(self, mnemonic: str, wanted: codec.Kind) -> bytes:
        acknowledged = self.exchange.ask(
            codec.encode(mnemonic), accept=lambda line: codec.answers(line, "acknowledgement")
        )
        if not codec.decode_acknowledged(acknowledged):
            raise DeviceRefused(f"{mnemonic} refused: {codec.decode_error(self._enquire('text'))}")
        return self._enquire(wanted)

    def _enquire(self, wanted: codec.Kind) -> bytes:
        return self.exchange.ask(codec.ENQUIRE, accept=lambda line: codec.answers(line, wanted))
