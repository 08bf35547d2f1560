"""`MKS937`: the gauges of a 937B or 946, usually 9600 baud 8N1, on RS-232 or with others on an RS-485 bus."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from hardware.device import AskedUnitsDevice
from hardware.errors import BadReply, DeviceRefused
from hardware.gauge import Reading
from hardware.mks_937 import codec
from hardware.settings import GaugeSettings


class MKS937Settings(GaugeSettings):
    """Settings of an `MKS937`.

    Attributes:
        gauges: names, and the channel of each, "1" to "6": A1, A2, B1, B2, C1, C2 of the rear panel.
        address: of the controller, 1 to 253. 254 and 255 reach every controller on the bus, so they are none.
        units: of its readings. None: it is asked before each of them. That it answers `U?` with TORR, MBAR, PASCAL
            or MICRON is known from programs, not from its manual, so it is a guess; to name the units here is for
            firmware that does not, and then nobody notices if they are changed at its front panel.
        all_at_once: ask for all channels in one message (`PRZ?`). That it answers with six pressures or states is a
            guess; False: one channel after the other.
    """

    klass: Literal["MKS937"]
    gauges: dict[str, Annotated[str, AfterValidator(codec.check_channel)]] = Field(min_length=1)
    address: int = Field(default=253, ge=1, le=253)
    units: Literal["Torr", "mbar", "Pa", "micron"] | None = None
    all_at_once: bool = True


class MKS937(AskedUnitsDevice):
    """See `GaugeDriver`. Source: MKS, 937B Operation Manual, Serial Communication Commands.

    Its replies have no check sum, and do not say which channel they are about. What answers a question that was given
    up is thrown away for one timeout. With `units` not named, a pressure or a state that comes even later is passed
    over, as it does not answer the question for the units, which is the first; with them named it would be believed.

    A word that its manual does not know is a `GaugeState.FAULT` of that gauge.

    Raises, beside what `GaugeDriver` says: `DeviceRefused` with the code of a NAK and its meaning.
    """

    settings_model = MKS937Settings
    terminator = codec.TERMINATOR
    addressed_by = "address"
    simulator: ClassVar[str] = "hardware.mks_937.simulator:Mks937Simulator"

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """See `Device.check_channel`."""
        codec.check_channel(channel)

    def read_all(self) -> dict[str, Reading]:
        """See `GaugeDriver.read_all`; all in the same units."""
        if not self.settings.all_at_once:
            return super().read_all()
        with self.exchange.transaction():
            self.learn_units()
            shown = codec.decode_all(self._ask(codec.ASK_ALL))
            return {channel: codec.decode_reading(shown[channel]) for channel in self.channels}

    def is_on(self, channel: str) -> bool:
        """Read whether a gauge is switched on. Raises as `read` does."""
        codec.check_channel(channel)
        with self.exchange.transaction():
            self.learn_units()  # it passes over the OFF of a reading that comes very late
            return codec.decode_power(self._ask(codec.ask_power(channel)))

    def switch(self, channel: str, on: bool) -> None:
        """Switch a gauge on or off; returns when the controller has confirmed it, and says so when asked again.

        An ion gauge that is switched on at too high a pressure may be damaged; nothing here looks at the pressure.

        Raises:
            NotSent: nothing was written.
            DeviceRefused: the controller refused, or says that the gauge stands otherwise.
            LinkDown, NoAnswer, BadReply: it may or may not have been switched.
            BadChannel: the controller has no such channel.
        """
        codec.check_channel(channel)
        with self.exchange.transaction():
            self.learn_units()  # likewise
            confirmed = codec.decode_power(self._ask(codec.tell_power(channel, on), acts=True))
            if confirmed is not on:
                raise BadReply(f"channel {channel} was to be {_word(on)}, and it confirms {_word(confirmed)}")
            if codec.decode_power(self._ask(codec.ask_power(channel))) is not on:
                raise DeviceRefused(f"channel {channel} was to be {_word(on)}, and stays {_word(not on)}")

    def identify(self) -> str:
        """See `Device.identify`: with its serial number, if it tells one."""
        try:
            with self.exchange.transaction():
                self.learn_units()
                return f"MKS 937B, serial number {self._ask(codec.ASK_SERIAL_NUMBER)}"
        except DeviceRefused:
            return super().identify()

    def ask_units(self) -> str:
        """See `AskedUnitsDevice.ask_units`; one round trip."""
        return codec.decode_units(self._ask(codec.ASK_UNITS))

    def ask_reading(self, channel: str) -> Reading:
        """See `AskedUnitsDevice.ask_reading`; one round trip."""
        return codec.decode_reading(self._ask(codec.ask_pressure(channel)))

    def _ask(self, message: str, *, acts: bool = False) -> str:
        address = self.settings.address
        reply = self.exchange.ask(
            codec.encode(address, message), acts=acts, accept=lambda reply: codec.answers(reply, address, message)
        )
        return codec.decode_reply(reply, address)


def _word(on: bool) -> str:
    return "on" if on else "off"
