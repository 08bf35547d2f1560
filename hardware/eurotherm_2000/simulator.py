"""A Eurotherm 2408 with a small furnace: the far end of an EI-Bisynch line, with faults to switch on.

Written from the handbook and not from the codec, so that one wrong idea is not in both.
"""

import re
from collections.abc import Callable

from hardware.far_end import Faults, Session, Wire
from hardware.thermal import Furnace

HOTTEST_C = 1400.0
LONGEST_MESSAGE_BYTES = 64

_READ = re.compile(rb"\x04(\d)\1(\d)\2([!-~]{2})\x05")
_WRITE = re.compile(rb"\x04(\d)\1(\d)\2\x02([!-~]{2}[ -~]*\x03)(.)", re.DOTALL)
_NUMBER = re.compile(rb"-?\d{1,5}(\.\d*)?")
_READ_ONLY = {b"PV", b"SP", b"SO", b"EE"}
_LIMITS = {
    b"SL": (0.0, HOTTEST_C), b"OP": (0.0, 100.0), b"mA": (0.0, 1.0),
    b"XP": (0.1, 999.9), b"TI": (0.0, 9999.0), b"TD": (0.0, 9999.0),
}  # fmt: skip
_MANUAL, _SENSOR_BREAK = 1 << 4, 1 << 5


class EurothermSimulator:
    """See `Simulator`. All sessions talk to the one controller, as on a shared RS-485 line.

    Attributes:
        furnace: the heat behind it, with faults of its own.
        writes: how many parameters were changed.
        faults: what is wrong with it; `stuck` and `lie` take mnemonics.
        shows_broken_c: what PV is while the thermocouple is broken.
        tells_break: its status word says so, too.
    """

    def __init__(self, clock: Callable[[], float], *, group: int = 0, unit: int = 1, speed: float = 10.0) -> None:
        self.furnace = Furnace(clock, speed)
        self.writes = 0
        self.faults = Faults()
        self.station = (b"%d" % group, b"%d" % unit)
        self.shows_broken_c = 1372.0
        self.tells_break = True
        self._error = b">0000"
        self._default = self.session("tcp")

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        return self._default.feed(data)

    def session(self, wire: Wire) -> Session:  # noqa: ARG002 - the same on every wire
        """See `Simulator.session`."""
        return _Conversation(self)

    def parameter(self, mnemonic: bytes) -> bytes | None:
        """Return a parameter as text now; None: there is no such parameter."""
        self.furnace.catch_up()
        if mnemonic == b"EE":
            return self._error
        if mnemonic == b"SO":
            return b">%04X" % self._status()
        number = self._numbers().get(mnemonic)
        if number is None:
            self._error = b">0001"
            return None
        return b"%.1f" % (-number if mnemonic.decode() in self.faults.lie else number)

    def write(self, body: bytes, check: bytes) -> bool:
        """Carry out a write of `mnemonic + text + ETX`; False: refused, and EE says why."""
        mnemonic, text = body[:2], body[2:-1].strip()
        now_is = self.parameter(mnemonic)
        self._error = self._objection(mnemonic, text, _bcc(body) == check, now_is is not None)
        if self._error != b">0000":
            return False
        if mnemonic.decode() not in self.faults.stuck:
            self._put(mnemonic, float(text))
            self.writes += 1
        return True

    def _objection(self, mnemonic: bytes, text: bytes, undamaged: bool, known: bool) -> bytes:
        if not undamaged or not _NUMBER.fullmatch(text):
            return b">0007"
        if not known:
            return b">0001"
        if mnemonic in _READ_ONLY or (mnemonic == b"OP" and self.furnace.mode != "manual"):
            return b">0002"
        lowest, highest = _LIMITS[mnemonic]
        return b">0000" if lowest <= float(text) <= highest else b">0008"

    def _numbers(self) -> dict[bytes, float]:
        furnace, measured_c = self.furnace, self.furnace.measured_c
        return {
            b"PV": self.shows_broken_c if measured_c is None else measured_c,
            b"SL": furnace.setpoint_c,
            b"SP": furnace.setpoint_c,
            b"OP": furnace.output_percent,
            b"XP": furnace.tuning.band_k,
            b"TI": furnace.tuning.integral_s,
            b"TD": furnace.tuning.derivative_s,
            b"mA": float(furnace.mode == "manual"),
        }

    def _status(self) -> int:
        broken = self.furnace.measured_c is None and self.tells_break
        return (_MANUAL if self.furnace.mode == "manual" else 0) | (_SENSOR_BREAK if broken else 0)

    def _put(self, mnemonic: bytes, number: float) -> None:
        furnace = self.furnace
        if mnemonic == b"SL":
            furnace.setpoint_c = number
        elif mnemonic == b"OP":
            furnace.manual_percent = number
        elif mnemonic == b"XP":
            furnace.tuning.band_k = number
        elif mnemonic == b"TI":
            furnace.tuning.integral_s = number
        elif mnemonic == b"TD":
            furnace.tuning.derivative_s = number
        else:
            furnace.manual_percent = furnace.output_percent  # it goes on with what it had
            furnace.mode = "manual" if number else "auto"


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
