"""The far end of a Modbus line: cuts requests, checks them, asks a device's tables, frames the answers.

Written from the standard (Modbus Application Protocol V1.1b3, Modbus over Serial Line V1.02) and not with the library
that the drivers use, so that one wrong idea is not in both.
"""

# ruff: noqa: PLR2004 - offsets and lengths are those of the standard's tables

import struct
from collections.abc import Sequence
from typing import Protocol

from hardware.far_end import Faults, Wire

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
_READ_BITS, _READ_REGISTERS = (1, 2), (3, 4)
_ON, _OFF = 0xFF00, 0x0000
_MOST_BITS, _MOST_REGISTERS, _MOST_WRITTEN = 2000, 125, 123


class Refused(Exception):
    """A request that is answered with an exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Tables(Protocol):
    """A device behind Modbus. Each method raises `Refused`; `kind` is the function code that reads it, 1 to 4.

    Attributes:
        faults: what is wrong with it.
        unit: the address that it answers to; others get no answer on a serial line.
    """

    faults: Faults
    unit: int

    def read_bits(self, kind: int, address: int, count: int) -> Sequence[bool]:
        """Read coils (1) or discrete inputs (2)."""

    def read_registers(self, kind: int, address: int, count: int) -> Sequence[int]:
        """Read holding (3) or input (4) registers."""

    def write_coil(self, address: int, on: bool) -> None:
        """Write one coil."""

    def write_registers(self, address: int, values: Sequence[int]) -> None:
        """Write holding registers."""


class ModbusSession:
    """See `Session`. Over TCP with the header of Modbus TCP, on a serial line as RTU.

    A real RTU slave tells frames apart by silence; this one by their length, and drops a byte where the CRC is wrong.
    """

    def __init__(self, device: Tables, wire: Wire, *, rtu: bool | None = None) -> None:
        self._device = device
        self._rtu = wire == "serial" if rtu is None else rtu
        self._input = b""

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        self._input += data
        answers = b""
        while (answer := self._next()) is not None:
            answers += self._device.faults.spoil(answer)
        return answers

    def _next(self) -> bytes | None:
        return self._next_rtu() if self._rtu else self._next_tcp()

    def _next_tcp(self) -> bytes | None:
        if len(self._input) < 6 or len(self._input) < 6 + (length := int.from_bytes(self._input[4:6], "big")):
            return None
        frame, self._input = self._input[: 6 + length], self._input[6 + length :]
        if frame[2:4] != b"\0\0" or length < 2:
            return b""
        pdu = self._answer(frame[7:])
        return frame[:4] + (len(pdu) + 1).to_bytes(2, "big") + frame[6:7] + pdu

    def _next_rtu(self) -> bytes | None:
        while len(self._input) >= 4:
            length = self._rtu_length()
            if len(self._input) < length:
                return None
            frame = self._input[:length]
            if crc16(frame[:-2]) != frame[-2:]:
                self._input = self._input[1:]
                continue
            self._input = self._input[length:]
            if frame[0] != self._device.unit:
                return b""
            body = frame[:1] + self._answer(frame[1:-2])
            return body + crc16(body)
        return None

    def _rtu_length(self) -> int:
        """Return how long the request is: all are 8 bytes, but those that write several."""
        if self._input[1] in (15, 16):
            return 9 + self._input[6] if len(self._input) > 6 else 9
        return 8

    def _answer(self, pdu: bytes) -> bytes:
        try:
            return pdu[:1] + self._carried_out(pdu[0], pdu[1:])
        except Refused as refused:
            return bytes([pdu[0] | 0x80, refused.code])
        except struct.error:
            return bytes([pdu[0] | 0x80, ILLEGAL_VALUE])

    def _carried_out(self, function: int, rest: bytes) -> bytes:
        device = self._device
        if function in _READ_BITS:
            address, count = _range(rest, _MOST_BITS)
            bits = device.read_bits(function, address, count)
            packed = [sum(bool(bit) << at for at, bit in enumerate(bits[n : n + 8])) for n in range(0, count, 8)]
            return bytes([len(packed), *packed])
        if function in _READ_REGISTERS:
            address, count = _range(rest, _MOST_REGISTERS)
            return bytes([2 * count]) + struct.pack(f">{count}H", *device.read_registers(function, address, count))
        if function == 5:
            address, value = struct.unpack(">HH", rest)
            if value not in (_ON, _OFF):
                raise Refused(ILLEGAL_VALUE)
            device.write_coil(address, value == _ON)
            return rest
        if function == 6:
            address, value = struct.unpack(">HH", rest)
            device.write_registers(address, [value])
            return rest
        if function == 16:
            address, count = _range(rest[:4], _MOST_WRITTEN)
            if rest[4:5] != bytes([2 * count]):
                raise Refused(ILLEGAL_VALUE)
            device.write_registers(address, struct.unpack(f">{count}H", rest[5:]))
            return rest[:4]
        raise Refused(ILLEGAL_FUNCTION)


def _range(data: bytes, most: int) -> tuple[int, int]:
    """Return the first address of a request, and how many it is about."""
    address, count = struct.unpack(">HH", data)
    if not 1 <= count <= most:
        raise Refused(ILLEGAL_VALUE)
    return address, count


def crc16(data: bytes) -> bytes:
    """Return the CRC of a serial frame, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")
