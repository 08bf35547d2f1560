"""A chiller, a kind of device with verbs of its own: `RT` reads degrees Celsius, `ST 20` sets them; lines end in CR."""

from typing import ClassVar

from actors.instrument import Instrument, Word
from hardware.far_end import Faults
from hardware.numerals import number
from hardware.settings import DeviceSettings

CR = b"\r"
RT = b"RT\r"


class ChillerSettings(DeviceSettings):
    coldest: float = 5.0


class Chiller(Instrument):
    settings_model: ClassVar = ChillerSettings
    terminator = b"\r"
    simulator: ClassVar[str] = "tests.examples.chiller:ChillerSimulator"
    poll_s = 0.2
    words = (
        Word("GetCoolant", (), "of the chiller, degrees Celsius"),
        Word("SetCoolant", ("celsius",), "set it, degrees Celsius", moves=True),
        Word("read"),
    )

    def answer(self, word, args):
        if word != "SetCoolant":
            return f"{number(self.exchange.ask(RT)):g}"
        celsius = number(args[0])
        if celsius < self.settings.coldest:
            raise ValueError(f"{celsius:g} C is colder than {self.settings.coldest:g} C")
        return f"{number(self.exchange.ask(b'ST %g' % celsius + CR, acts=True)):g}"

    def look(self):
        return {"coolant": number(self.exchange.ask(RT))}


class ChillerSimulator:
    def __init__(self):
        self.faults = Faults()
        self.celsius = "20"
        self.input = b""

    def session(self, _wire):
        return self

    def feed(self, data):
        *lines, self.input = (self.input + data).split(b"\r")
        return b"".join(self.faults.spoil(self.answer(line.decode())) for line in lines)

    def answer(self, line):
        if line.startswith("ST "):
            self.celsius = line[3:]
        return f"{self.celsius}\r".encode()
