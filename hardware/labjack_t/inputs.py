"""`T4Inputs` and `T7Inputs`: digital inputs of a LabJack as gauges that show 1 or 0: a water switch, a limit switch."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from hardware.device import GaugeDevice
from hardware.errors import BadChannel
from hardware.exchange import Exchange
from hardware.gauge import GaugeState, Reading
from hardware.labjack_t import codec
from hardware.labjack_t.unit import Banks, Unit
from hardware.modbus.wire import ModbusWire
from hardware.settings import GaugeSettings
from hardware.sharing import Parts


class LabJackInputsSettings(GaugeSettings):
    """Settings of digital inputs of a LabJack; its port is `tcp://host:502`.

    Attributes:
        gauges: names and their lines: `{water: "CIO0"}`.
        on_when: the level that is 1: "low" where a switch connects the line to ground, as most do; the line has a
            pull-up, so that a broken wire is "high".
        unit: its Modbus address, 0 to 247. That the device ignores it is a guess.
    """

    model: ClassVar[codec.Model]

    on_when: Literal["high", "low"]
    unit: int = Field(default=1, ge=0, le=247)

    @field_validator("port")
    @classmethod
    def _on_the_network(cls, port: str) -> str:
        if not port.startswith("tcp://"):
            raise ValueError(f"{port}: a LabJack is reached over the network: expected tcp://host:502")
        return port

    @field_validator("gauges")
    @classmethod
    def _lines(cls, gauges: dict[str, str]) -> dict[str, str]:
        for channel in gauges.values():
            codec.line_of(cls.model, channel)
        return gauges


class T4InputsSettings(LabJackInputsSettings):
    """See `LabJackInputsSettings`."""

    model = codec.T4
    klass: Literal["T4Inputs"]


class T7InputsSettings(LabJackInputsSettings):
    """See `LabJackInputsSettings`."""

    model = codec.T7
    klass: Literal["T7Inputs"]


class LabJackInputs(GaugeDevice):
    """See `GaugeDriver`: 1 is on, 0 is off. All is read by the banks of all lines, and nothing is ever written.

    A line that is an output, or analog, tells nothing: it is a fault. FIO4-7 and EIO0-7 of a T4 are analog after power
    up, unless the device was set up otherwise with the vendor's program; CIO0-3 never are. It may have its LabJack
    together with an actuator of the same port, on other lines.
    """

    terminator = b"\r\n"  # unused: a frame says how long it is
    hears_out = False  # replies are numbered
    units = "1 = on"
    model: ClassVar[codec.Model]

    def __init__(
        self, settings: LabJackInputsSettings, exchange: Exchange | None, channels: Sequence[str] = ()
    ) -> None:
        super().__init__(settings, exchange, channels)
        self._unit = Unit(ModbusWire(self.exchange, unit=settings.unit), self.model, settings.klass)
        self.exchange.on_open = self._greet

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """See `Device.check_channel`: FIO4, EIO0, CIO1, MIO2 and the like."""
        codec.line_of(cls.model, channel)

    @classmethod
    def parts(cls, settings: LabJackInputsSettings, _channels: Sequence[str]) -> Parts:
        """Return its lines; see `hardware.sharing.parts_of`."""
        return codec.parts(settings.gauges.values(), "an input")

    def read(self, channel: str) -> Reading:
        """See `GaugeDriver.read`; two or three round trips."""
        line = codec.line_of(self.model, channel)
        if channel not in self.channels:
            raise BadChannel(f"channel {channel}: its file does not name it", self.settings.name)
        return self._readings({channel: line})[channel]

    def read_all(self) -> dict[str, Reading]:
        """See `GaugeDriver.read_all`; two or three round trips, however many channels."""
        return self._readings({channel: codec.line_of(self.model, channel) for channel in self.channels})

    def identify(self) -> str:
        """See `Device.identify`."""
        with self.exchange.transaction():
            self._unit.check_test()
            return self._unit.said()

    def _readings(self, lines: dict[str, int]) -> dict[str, Reading]:
        with self.exchange.transaction():
            banks = self._unit.banks()
        return {channel: self._reading(line, banks) for channel, line in lines.items()}

    def _reading(self, line: int, banks: Banks) -> Reading:
        if codec.has(banks.analog, line):
            return Reading(None, GaugeState.FAULT, "the line is analog")
        if codec.has(banks.direction, line):
            return Reading(None, GaugeState.FAULT, "the line is an output")
        return Reading(float(codec.has(banks.state, line) == (self.settings.on_when == "high")))

    def _greet(self) -> None:
        """Look who is there."""
        self._unit.check_test()
        self._unit.check_model()


class T4Inputs(LabJackInputs):
    """Inputs of a LabJack T4: FIO4-7, EIO0-7, CIO0-3. See `LabJackInputs`."""

    settings_model = T4InputsSettings
    simulator = "hardware.labjack_t.simulator:T4Simulator"
    model = codec.T4


class T7Inputs(LabJackInputs):
    """Inputs of a LabJack T7: FIO0-7, EIO0-7, CIO0-3, MIO0-2. See `LabJackInputs`."""

    settings_model = T7InputsSettings
    simulator = "hardware.labjack_t.simulator:T7Simulator"
    model = codec.T7
