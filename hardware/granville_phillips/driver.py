"""`GPMicroIon`: a Micro-Ion module or controller on RS-485, usually 19200 baud 8N1."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from hardware.device import GaugeDevice
from hardware.exchange import Exchange
from hardware.gauge import Reading
from hardware.granville_phillips import codec
from hardware.settings import GaugeSettings


class GPMicroIonSettings(GaugeSettings):
    """Settings of a `GPMicroIon`.

    Attributes:
        gauges: names, and the channel of each: "IG", the ion gauge, "CG1" and "CG2", the convection gauges.
        address: 0 to 255, on its switches as two hexadecimal digits.
        asks: "RD": `#01RD`, and `#01RDCG1`, as for the Series 354 and the modules that are compatible with it; "RD1":
            `#01RD1`, as for a Series 350, and for its convection gauges, which is a guess, as in "RD"; "DS":
            `#01DS IG`, as programs ask controllers that have this on RS-232. That those answer with `*01 ` is a guess.
        addressed: its replies begin with its address. False for what answers `* 1.53E-06`, as a Series 350 is said
            to: then it must be alone on its line.
        units: of its readings. It is not asked for them; that they are Torr is said for compatible modules only.
        no_convection: what a convection gauge tells that is over its range, or not plugged in, in quotes: "1.01E+03".
            None: by its `units`, see `codec.NO_CONVECTION`; "": every number is a pressure.
        pause: seconds between a reply and the next question, 0 to 5; at less than 0.05 the manual expects that
            questions are not heard.
    """

    klass: Literal["GPMicroIon"]
    gauges: dict[str, Annotated[str, AfterValidator(codec.check_channel)]] = Field(min_length=1)
    address: int = Field(default=1, ge=0, le=255)
    asks: codec.Dialect = "RD"
    addressed: bool = True
    units: Literal["Torr", "mbar", "Pa"] = "Torr"
    no_convection: str | None = Field(default=None, pattern=r"^(\d\.\d{2}E[+-]\d{1,2})?$")
    pause: float = Field(default=0.05, ge=0, le=5)


class GPMicroIon(GaugeDevice):
    """See `GaugeDriver`. Source: Granville-Phillips, Series 354 Micro-Ion Module, RS-485 operation.

    Its replies have no check sum, and do not say which gauge they are about. A gauge that is off tells 9.90E+09, and
    a convection gauge that is over its range, or not plugged in, 1.01E+03: neither is read as a pressure. The second
    is known of compatible modules only, and in Torr. A pressure of 0 is one below the range.

    Raises, beside what `GaugeDriver` says: `DeviceRefused` with its words, like SYNTX ER. A wrong address is silent.
    """

    settings_model = GPMicroIonSettings
    terminator = codec.TERMINATOR
    addressed_by = "address"
    simulator: ClassVar[str] = "hardware.granville_phillips.simulator:MicroIonSimulator"

    def __init__(self, settings: GPMicroIonSettings, exchange: Exchange | None, channels: Sequence[str] = ()) -> None:
        super().__init__(settings, exchange, channels)
        self.units = settings.units
        self.exchange.gap_s = settings.pause
        told = settings.no_convection
        self._no_convection = codec.NO_CONVECTION[settings.units] if told is None else told

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """See `Device.check_channel`."""
        codec.check_channel(channel)

    def read(self, channel: str) -> Reading:
        """See `GaugeDriver.read`; one round trip, after a `pause`."""
        codec.check_channel(channel)
        address = self.settings.address
        question = codec.encode_ask(address, channel, self.settings.asks)
        with self.exchange.transaction():
            reply = self.exchange.ask(question, accept=lambda reply: codec.answers(reply, address, question))
            text = codec.decode_reply(reply, address, addressed=self.settings.addressed)
            return codec.decode_pressure(text, channel, self._no_convection)
