"""Coils and registers over an exchange: pymodbus makes and reads the frames, the exchange sends and logs them."""

import itertools
import math
from collections.abc import Sequence
from typing import Literal

from pymodbus.client.mixin import ModbusClientMixin
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest, WriteSingleCoilRequest
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from hardware.errors import BadReply, DeviceRefused
from hardware.exchange import Exchange
from hardware.links.address import Address, SerialAddress, is_serial
from hardware.modbus.frames import is_answer, rtu_length, tcp_length

Framing = Literal["auto", "rtu"]
WordOrder = Literal["big", "little"]

# Modbus Application Protocol V1.1b3, 7
REFUSALS = {
    1: "function not supported",
    2: "no such address",
    3: "value not allowed",
    4: "it failed",
    5: "it needs longer",
    6: "it is busy",
    10: "the gateway has no path to it",
    11: "what is behind the gateway does not answer",
}
TRANSACTIONS = 0x10000
SILENCE_BITS = 3.5 * 11
LEAST_SILENCE_S = 0.00175
UNIT_AT = 6  # in a frame of Modbus TCP


class ModbusWire:
    """The questions and commands of one unit. Each is one exchange; raises as `Exchange.ask` does.

    A reply counts if it has the transaction number (TCP), the unit, the function and the length that the question
    asked for, and if a write is repeated as it was given; anything else is `BadReply`. An exception is `DeviceRefused`.
    A write is taken for one that may move something, unless it is given `acts=False`.

    Attributes:
        is_numbered: a reply says which question it belongs to, as in Modbus TCP.

    Args:
        exchange: the wire.
        framing: "auto": Modbus RTU on a serial port, Modbus TCP on a TCP port; "rtu": a gateway hands bytes on.
        unit: its address: 1 to 247, on Modbus TCP 0 to 255.
    """

    def __init__(self, exchange: Exchange, *, framing: Framing = "auto", unit: int = 1) -> None:
        self._exchange = exchange
        self._unit = unit
        self.is_numbered = framing == "auto" and not is_serial(exchange.handle.address)
        decoder = DecodePDU(is_server=False)
        self._framer = FramerSocket(decoder) if self.is_numbered else FramerRTU(decoder)
        self._numbers = itertools.count(1)
        if self.is_numbered:
            exchange.late_s = 0.0  # replies are numbered
        else:
            exchange.gap_s = max(exchange.gap_s, silence_s(exchange.handle.address))

    def read_coils(self, address: int, count: int) -> list[bool]:
        """Read coils (function 1)."""
        return self._bits(ReadCoilsRequest(address=address, count=count, dev_id=self._unit))

    def read_inputs(self, address: int, count: int) -> list[bool]:
        """Read discrete inputs (function 2)."""
        return self._bits(ReadDiscreteInputsRequest(address=address, count=count, dev_id=self._unit))

    def read_holding(self, address: int, count: int) -> list[int]:
        """Read holding registers (function 3)."""
        return self._registers(ReadHoldingRegistersRequest(address=address, count=count, dev_id=self._unit))

    def read_input_registers(self, address: int, count: int) -> list[int]:
        """Read input registers (function 4)."""
        return self._registers(ReadInputRegistersRequest(address=address, count=count, dev_id=self._unit))

    def write_coil(self, address: int, on: bool, *, acts: bool = True) -> None:
        """Write one coil (function 5)."""
        self._ask(WriteSingleCoilRequest(address=address, bits=[on], dev_id=self._unit), acts=acts)

    def write_register(self, address: int, value: int, *, acts: bool = True) -> None:
        """Write one holding register (function 6)."""
        self._ask(WriteSingleRegisterRequest(address=address, registers=[value], dev_id=self._unit), acts=acts)

    def write_registers(self, address: int, values: Sequence[int], *, acts: bool = True) -> None:
        """Write holding registers (function 16)."""
        request = WriteMultipleRegistersRequest(address=address, registers=list(values), dev_id=self._unit)
        self._ask(request, acts=acts)

    def _bits(self, request: ModbusPDU) -> list[bool]:
        return [bool(bit) for bit in self._ask(request).bits[: request.count]]  # they come in whole bytes

    def _registers(self, request: ModbusPDU) -> list[int]:
        return list(self._ask(request).registers)

    def _ask(self, request: ModbusPDU, *, acts: bool = False) -> ModbusPDU:
        number = request.transaction_id = next(self._numbers) % TRANSACTIONS
        data = self._framer.buildFrame(request)
        with self._exchange.transaction():
            if self.is_numbered:
                prefix = number.to_bytes(2, "big")
                reply = self._exchange.ask(
                    data, acts=acts, framing=tcp_length, accept=lambda frame: frame.startswith(prefix)
                )
            else:
                reply = self._exchange.ask(data, acts=acts, framing=rtu_length)
            return self._understood(data, reply, number)

    def _understood(self, data: bytes, reply: bytes, number: int) -> ModbusPDU:
        (unit, asked), (its_unit, said) = self._opened(data), self._opened(reply)
        if its_unit != unit or not is_answer(asked, said):
            raise BadReply(f"expected the answer of unit {self._unit} to {asked.hex(' ')}, got {reply.hex(' ')}")
        try:
            used, answer = self._framer.handleFrame(reply, self._unit, number)
        except (ModbusException, ValueError, IndexError) as error:
            raise BadReply(f"{reply.hex(' ')}: {error}") from error
        if answer is None or used != len(reply):
            raise BadReply(f"no frame: {reply.hex(' ')}")
        if answer.isError():
            code = answer.exception_code
            raise DeviceRefused(f"Modbus exception {code}: {REFUSALS.get(code, 'not in the standard')}")
        return answer

    def _opened(self, frame: bytes) -> tuple[bytes, bytes]:
        """Return the unit and the PDU of a frame."""
        if self.is_numbered:
            return frame[UNIT_AT : UNIT_AT + 1], frame[UNIT_AT + 1 :]
        return frame[:1], frame[1:-2]


def silence_s(address: Address) -> float:
    """Return how long a line has to be quiet between two frames: 3.5 characters of 11 bits, but 1.75 ms at least.

    Source: Modbus over Serial Line V1.02, 2.5.1.1. Behind a gateway nobody knows the speed: the least, then.
    """
    baud = address.baud if isinstance(address, SerialAddress) else math.inf
    return max(LEAST_SILENCE_S, SILENCE_BITS / baud)


def to_float(registers: Sequence[int], word_order: WordOrder = "big") -> float:
    """Return the 32-bit float in two registers."""
    kind = ModbusClientMixin.DATATYPE.FLOAT32
    value = ModbusClientMixin.convert_from_registers(list(registers), kind, word_order=word_order)
    return float(value)  # type: ignore[arg-type]  # of one FLOAT32 it is one float


def from_float(value: float, word_order: WordOrder = "big") -> list[int]:
    """Return a 32-bit float as two registers."""
    return ModbusClientMixin.convert_to_registers(value, ModbusClientMixin.DATATYPE.FLOAT32, word_order=word_order)
