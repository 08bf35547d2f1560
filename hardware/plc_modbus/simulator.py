"""A PLC with coils: the far end of Modbus TCP, or of Modbus RTU on a serial line, with faults to switch on.

Written from the vendor's address tables and not from the codec, so that one wrong idea is not in both.
"""

from collections.abc import Sequence

from hardware.far_end import Faults, Session, Wire
from hardware.modbus.far_end import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ModbusSession, Refused

# on the wire: where coils are, of a DL05 or DL06 (Y from 2048, C from 3072) and of a CLICK (Y from 8192, C from 16384)
PLACES = (range(2048), range(2048, 2560), range(3072, 4096), range(8192, 8208), range(16384, 18384))


class PlcSimulator:
    """See `Simulator`.

    Attributes:
        relays: coil to on. Coils are counted from "1" on, as in the vendor's lists: C0 of a DL06 is "3073".
        moves: how often one has really changed.
        faults: what is wrong with it.
        unit: its address.
    """

    def __init__(self, *, unit: int = 1) -> None:
        self.relays = {str(place + 1): False for places in PLACES for place in places}
        self.moves = 0
        self.faults = Faults()
        self.unit = unit
        self._default = self.session("tcp")

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        return self._default.feed(data)

    def session(self, wire: Wire) -> Session:
        """See `Simulator.session`."""
        return ModbusSession(self, wire)

    def read_bits(self, kind: int, address: int, count: int) -> Sequence[bool]:
        """See `Tables.read_bits`; it has no discrete inputs."""
        names = [str(place + 1) for place in range(address, address + count)]
        if kind != 1 or not self.relays.keys() >= set(names):
            raise Refused(ILLEGAL_ADDRESS)
        return [self.relays[name] != (name in self.faults.lie) for name in names]

    def write_coil(self, address: int, on: bool) -> None:
        """See `Tables.write_coil`."""
        name = str(address + 1)
        if name not in self.relays:
            raise Refused(ILLEGAL_ADDRESS)
        if name not in self.faults.stuck and self.relays[name] != on:
            self.relays[name] = on
            self.moves += 1

    def read_registers(self, kind: int, address: int, count: int) -> Sequence[int]:  # noqa: ARG002
        """See `Tables.read_registers`: it has none."""
        raise Refused(ILLEGAL_FUNCTION)

    def write_registers(self, address: int, values: Sequence[int]) -> None:  # noqa: ARG002
        """See `Tables.write_registers`: it has none."""
        raise Refused(ILLEGAL_FUNCTION)
