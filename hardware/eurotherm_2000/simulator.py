"""A Eurotherm 2408 with a small furnace: the far end of an EI-Bisynch line, with faults to switch on.

Written from the handbook and not from the codec, so that one wrong idea is not in both.
"""

import math
import re
from collections.abc import Callable

from hardware.far_end import Faults, Session, Wire

AMBIENT_C = 22.0
HOTTEST_C = 1400.0
LONGEST_MESSAGE_BYTES = 64

_READ = re.compile(rb"\x04(\d)\1(\d)\2([!-~]{2})\x05")
_WRITE = re.compile(rb"\x04(\d)\1(\d)\2\x02([!-~]{2}[ -~]*\x03)(.)", re.DOTALL)
_NUMBER = re.compile(rb"-?\d{1,5}(\.\d*)?")
_READ_ONLY = {b"PV", b"SP", b"OP", b"EE"}


class Furnace:
    """The heat: the temperature follows the set-point exponentially, faster up than down.

    Attributes:
        setpoint_c: where it goes.
        temperature_c: where it is, as of the last `advance`.
    """

    def __init__(self, heating_s: float, cooling_s: float) -> None:
        self.setpoint_c = AMBIENT_C
        self.temperature_c = AMBIENT_C
        self._heating_s = heating_s
        self._cooling_s = cooling_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        gap_c = self.temperature_c - max(self.setpoint_c, AMBIENT_C)  # it cannot get colder than the room
        lag_s = self._heating_s if gap_c < 0 else self._cooling_s
        self.temperature_c += gap_c * (math.exp(-seconds / lag_s) - 1.0)

    @property
    def output_percent(self) -> float:
        """The heater's share: what the set-point costs to hold, and more while it is colder."""
        hold = (self.setpoint_c - AMBIENT_C) / (HOTTEST_C - AMBIENT_C)
        catch_up = (self.setpoint_c - self.temperature_c) / 100.0
        return 100.0 * min(1.0, max(0.0, hold + catch_up))


class EurothermSimulator:
    """See `Simulator`. All sessions talk to the one controller, as on a shared RS-485 line.

    Attributes:
        furnace: the heat behind it.
        writes: how many parameters were changed.
        faults: what is wrong with it; `stuck` and `lie` take mnemonics.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        group: int = 0,
        unit: int = 1,
        heating_s: float = 20.0,
        cooling_s: float = 60.0,
    ) -> None:
        self.furnace = Furnace(heating_s, cooling_s)
        self.writes = 0
        self.faults = Faults()
        self.station = (b"%d" % group, b"%d" % unit)
        self._error = b">0000"
        self._clock = clock
        self._at = clock()
        self._default = self.session("tcp")

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        return self._default.feed(data)

    def session(self, wire: Wire) -> Session:  # noqa: ARG002 - the same on every wire
        """See `Simulator.session`."""
        return _Conversation(self)

    def parameter(self, mnemonic: bytes) -> bytes | None:
        """Return a parameter as text now; None: there is no such parameter."""
        now = self._clock()
        self.furnace.advance(now - self._at)
        self._at = now
        numbers = {
            b"PV": self.furnace.temperature_c,
            b"SL": self.furnace.setpoint_c,
            b"SP": self.furnace.setpoint_c,
            b"OP": self.furnace.output_percent,
        }
        if mnemonic == b"EE":
            return self._error
        number = numbers.get(mnemonic)
        if number is None:
            self._error = b">0001"
            return None
        return b"%.1f" % (-number if mnemonic.decode() in self.faults.lie else number)

    def write(self, body: bytes, check: bytes) -> bool:
        """Carry out a write of `mnemonic + text + ETX`; False: refused, and EE says why."""
        mnemonic, text = body[:2], body[2:-1].strip()
        now_is = self.parameter(mnemonic)
        if _bcc(body) != check or not _NUMBER.fullmatch(text):
            self._error = b">0007"
        elif now_is is None:
            self._error = b">0001"
        elif mnemonic in _READ_ONLY:
            self._error = b">0002"
        elif not 0.0 <= float(text) <= HOTTEST_C:
            self._error = b">0008"
        else:
            self._error = b">0000"
            if "SL" not in self.faults.stuck:
                self.furnace.setpoint_c = float(text)
                self.writes += 1
            return True
        return False


class _Conversation:
    """One client: finds messages in what arrives; a message to another station gets silence."""

    def __init__(self, device: EurothermSimulator) -> None:
        self._device = device
        self._input = b""
        self._last = b""

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        self._input += data
        answers = b""
        while self._input:
            taken, answer = self._next()
            if not taken:
                break
            self._input = self._input[taken:]
            if answer:
                self._last = answer
                answers += self._device.faults.spoil(answer)
        return answers

    def _next(self) -> tuple[int, bytes]:
        """Return how many bytes are done with, and the answer to them."""
        if self._input.startswith(b"\x15"):  # the host asks for the last answer once more
            return 1, self._last
        if not self._input.startswith(b"\x04"):
            return 1, b""
        if read := _READ.match(self._input):
            return read.end(), self._read(read) if read.group(1, 2) == self._device.station else b""
        if write := _WRITE.match(self._input):
            mine = write.group(1, 2) == self._device.station
            return write.end(), self._written(write) if mine else b""
        again = self._input.find(b"\x04", 1)  # the host gave up and began anew
        if again > 0:
            return again, b""
        return (len(self._input) if len(self._input) > LONGEST_MESSAGE_BYTES else 0), b""

    def _read(self, message: re.Match[bytes]) -> bytes:
        mnemonic = message[3]
        text = self._device.parameter(mnemonic)
        if text is None:
            return b"\x04"
        body = mnemonic + text + b"\x03"
        return b"\x02" + body + _bcc(body)

    def _written(self, message: re.Match[bytes]) -> bytes:
        return b"\x06" if self._device.write(message[3], message[4]) else b"\x15"


def _bcc(body: bytes) -> bytes:
    check = 0
    for byte in body:
        check ^= byte
    return bytes([check])
