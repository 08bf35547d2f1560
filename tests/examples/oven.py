"""An oven's controller: `T?` is answered `T 23.4`, `S=800.0` with the set-point that it keeps; lines end with CR."""

from typing import ClassVar

from hardware.device import TemperatureDevice
from hardware.errors import BadReply, DeviceRefused, SensorBroken
from hardware.far_end import Faults
from hardware.numerals import number
from hardware.thermal import Furnace

RESOLUTION_C = 0.05


class Oven(TemperatureDevice):
    terminator = b"\r"
    simulator: ClassVar[str] = "tests.examples.oven:OvenSimulator"

    def read_temperature_c(self):
        with self.exchange.transaction():
            shown = self.ask("T?")
            if shown == "OPEN":
                raise SensorBroken("open thermocouple")
            return self.check_reading(self.number(shown))

    def read_setpoint_c(self):
        with self.exchange.transaction():
            return self.number(self.ask("S?"))

    def set_setpoint_c(self, setpoint_c):
        self.check_setpoint(setpoint_c)
        with self.exchange.transaction():
            kept = self.number(self.ask(f"S={setpoint_c:.1f}", acts=True))
            if abs(kept - setpoint_c) > RESOLUTION_C:
                raise DeviceRefused(f"{setpoint_c:g} C was taken, and it kept {kept:g} C")

    def read_output_percent(self):
        with self.exchange.transaction():
            return self.number(self.ask("O?"))

    def heater_off(self):
        with self.exchange.transaction():
            self.put_into("off")
            self.lower_setpoint()
            self.check_output_is_off()

    def heater_on(self):
        with self.exchange.transaction():
            self.put_into("auto")

    def put_into(self, mode):
        kept = self.ask(f"M={mode}", acts=True)
        if kept != mode:
            raise DeviceRefused(f"it was to be {mode}, and is {kept}")

    def number(self, shown):
        try:
            return number(shown)
        except ValueError as error:
            raise BadReply(str(error)) from None

    def ask(self, question, *, acts=False):
        name, _, shown = (
            self.exchange.ask(f"{question}\r".encode(), acts=acts).decode("ascii", "replace").partition(" ")
        )
        if name != question[0]:
            raise BadReply(f"expected {question[0]}, got {name!r}")
        return shown


class OvenSimulator:
    def __init__(self, clock):
        self.faults = Faults()
        self.furnace = Furnace(clock)
        self.writes = 0

    def session(self, _wire):
        return OvenSession(self)


class OvenSession:
    def __init__(self, oven):
        self.oven, self.input = oven, b""

    def feed(self, data):
        *lines, self.input = (self.input + data).split(b"\r")
        return b"".join(self.oven.faults.spoil(self.answer(line.decode("ascii", "replace"))) for line in lines)

    def answer(self, line):
        furnace = self.oven.furnace
        furnace.catch_up()
        if line[1:2] == "=":
            self.oven.writes += 1
            if line[0] == "S":
                furnace.setpoint_c = float(line[2:])
            else:
                furnace.mode = line[2:]
        measured_c = furnace.measured_c
        shown = {
            "T": "OPEN" if measured_c is None else f"{measured_c:.2f}",
            "S": f"{furnace.setpoint_c:.1f}",
            "O": f"{furnace.output_percent:.1f}",
            "M": furnace.mode,
        }
        return f"{line[:1]} {shown.get(line[:1], '?')}\r".encode()
