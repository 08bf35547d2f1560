"""A gauge box: `P1` is answered `P1 7.6E+02` or `P1 OFF`; lines end with CR."""

from typing import ClassVar

from hardware.device import GaugeDevice
from hardware.errors import BadChannel, BadReply
from hardware.far_end import Faults
from hardware.gauge import GaugeState, Reading
from hardware.numerals import number


class Convectron(GaugeDevice):
    units = "Torr"
    terminator = b"\r"
    simulator: ClassVar[str] = "tests.examples.convectron:ConvectronSimulator"

    @classmethod
    def check_channel(cls, channel):
        if channel not in ("1", "2"):
            raise BadChannel(f"gauge {channel!r}: expected 1 or 2")

    def read(self, channel):
        with self.exchange.transaction():
            name, _, shown = self.exchange.ask(f"P{channel}\r".encode()).decode("ascii", "replace").partition(" ")
            if name != f"P{channel}":
                raise BadReply(f"expected P{channel}, got {name!r}")
            if shown == "OFF":
                return Reading(None, GaugeState.OFF, shown)
            try:
                return Reading(number(shown, lowest=0.0))
            except ValueError as error:
                raise BadReply(f"{name}: {error}") from None


class ConvectronSimulator:
    def __init__(self):
        self.faults = Faults()
        self.shown = {"1": 7.6e2, "2": "OFF"}

    def session(self, _wire):
        return ConvectronSession(self)


class ConvectronSession:
    def __init__(self, box):
        self.box, self.input = box, b""

    def feed(self, data):
        *lines, self.input = (self.input + data).split(b"\r")
        return b"".join(self.box.faults.spoil(self.answer(line.decode())) for line in lines)

    def answer(self, line):
        shown = self.box.shown.get(line[1:], "?")
        return f"{line} {shown if isinstance(shown, str) else format(shown, '.3E')}\r".encode()
