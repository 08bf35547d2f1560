"""`PLC2000GPActuator`: valves as coils of a PLC. Energised means that the coil is on."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from hardware.device import ActuatorDevice
from hardware.exchange import Exchange
from hardware.links.address import is_serial
from hardware.looks import ask_twice
from hardware.modbus.wire import Framing, ModbusWire
from hardware.plc_modbus import codec
from hardware.settings import ActuatorSettings

LAST_UNIT = 247  # on a serial line


class PLC2000GPActuatorSettings(ActuatorSettings):
    """Settings of a `PLC2000GPActuator`. The port is `tcp://host:502`, or a serial line: Modbus RTU is spoken there.

    Port 1 of a CLICK is RS-232 of `?baud=38400&parity=O`.

    Attributes:
        unit: its Modbus address, 0 to 255; on a serial line 1 to 247, as 0 there means every PLC on it.
        framing: "auto": Modbus RTU on a serial port, Modbus TCP on a TCP port; "rtu": a gateway hands bytes on.
        naming: "coils": channels are numbers; "directlogic": C bits of a DL05 or DL06, octal; "click": Y and C of a
            CLICK. That C1 of a CLICK is 16384 on the wire is a guess: look it up in its address list.
        base: the number that the site gives to the first coil, where channels are numbers. 1: channel N is N - 1 on the
            wire, as in Pychron and in most lists of vendors; 0: it is N. Never guessed: the neighbour would move.
    """

    klass: Literal["PLC2000GPActuator"]
    unit: int = Field(default=1, ge=0, le=255)
    framing: Framing = "auto"
    naming: codec.Naming = "coils"
    base: Literal[0, 1] | None = None

    @model_validator(mode="after")
    def _counts_from(self) -> Self:
        if self.naming == "coils" and self.base is None:
            raise ValueError("base: say 1 if channel N is coil N - 1 on the wire, as in Pychron, or 0 if it is N")
        if self.naming != "coils" and self.base is not None:
            raise ValueError(f"base: names of {self.naming} tell by themselves where a coil is")
        if (self.framing == "rtu" or is_serial(self.port)) and not 1 <= self.unit <= LAST_UNIT:
            raise ValueError(f"unit {self.unit}: expected 1 to {LAST_UNIT} on a serial line")
        return self


class PLC2000GPActuator(ActuatorDevice):
    """See `ActuatorDriver`. Its readback is the coil as the PLC holds it, not the valve; its ladder may change it.

    Y outputs of a DL05 or DL06 are refused as channels: the ladder overwrites them in each scan. Let it copy C bits.
    """

    settings_model = PLC2000GPActuatorSettings
    terminator = b"\r\n"  # unused: a frame says how long it is
    addressed_by = "unit"
    speaks = "modbus"
    simulator: ClassVar[str] = "hardware.plc_modbus.simulator:PlcSimulator"

    def __init__(
        self, settings: PLC2000GPActuatorSettings, exchange: Exchange | None, channels: Sequence[str] = ()
    ) -> None:
        super().__init__(settings, exchange, channels)
        self._wire = ModbusWire(self.exchange, framing=settings.framing, unit=settings.unit)
        self._coils = {channel: _coil(settings, channel) for channel in self.channels}

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """See `Device.check_channel`."""
        codec.check_channel(channel)

    @classmethod
    def check_channel_of(cls, settings: PLC2000GPActuatorSettings, channel: str) -> None:
        """See `Device.check_channel_of`: those that fit `naming` and `base`."""
        _coil(settings, channel)

    def set(self, channel: str, energised: bool) -> None:
        """See `ActuatorDriver.set`; one round trip: the PLC repeats the command."""
        self._wire.write_coil(_coil(self.settings, channel), energised)

    def read(self, channel: str) -> bool:
        """See `ActuatorDriver.read`."""
        coil = _coil(self.settings, channel)
        return self._read([coil])[coil]

    def read_all(self) -> dict[str, bool]:
        """See `ActuatorDriver.read_all`; one round trip for each run of neighbours. No other coil is asked for.

        Two round trips where Modbus RTU is spoken: its replies say nothing of their question, and are compared.
        """
        on = self._read(self._coils.values())
        return {channel: on[coil] for channel, coil in self._coils.items()}

    def _read(self, coils: Iterable[int]) -> dict[int, bool]:
        on: dict[int, bool] = {}
        with self.exchange.transaction():
            for first, count in codec.runs(coils):
                on |= zip(range(first, first + count), self._read_run(first, count), strict=True)
        return on

    def _read_run(self, first: int, count: int) -> list[bool]:
        if self._wire.is_numbered:
            return self._wire.read_coils(first, count)
        return ask_twice(lambda: self._wire.read_coils(first, count), f"coil {first} on the wire, or one after it,")


def _coil(settings: PLC2000GPActuatorSettings, channel: str) -> int:
    return codec.coil_of(channel, settings.naming, settings.base or 0)
