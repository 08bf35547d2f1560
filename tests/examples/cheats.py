"""Drivers that do not keep what they promise, each in one way: the kit has to find every one of them."""

from hardware.errors import DeviceError, DeviceRefused
from hardware.gauge import GaugeState, Reading
from hardware.numerals import number
from tests.examples.chiller import CR, RT, Chiller
from tests.examples.convectron import Convectron
from tests.examples.oven import Oven
from tests.examples.relay_box import RelayBox


class CachedGauge(Convectron):
    """`read` tells what the last `read_all` found."""

    def __init__(self, *args):
        super().__init__(*args)
        self.found = {}

    def read(self, channel):
        return self.found[channel] if channel in self.found else super().read(channel)

    def read_all(self):
        self.found = {channel: Convectron.read(self, channel) for channel in self.channels}
        return self.found


class StaleGauge(Convectron):
    """`read_all` leaves a gauge that does not answer as it was."""

    def __init__(self, *args):
        super().__init__(*args)
        self.found = {}

    def read_all(self):
        for channel in self.channels:
            try:
                self.found[channel] = self.read(channel)
            except DeviceError:
                if channel not in self.found:
                    raise
        return dict(self.found)


class PythonGauge(Convectron):
    """Whatever Python takes for a number is a pressure, and what it does not take is 0."""

    def read(self, channel):
        with self.exchange.transaction():
            shown = self.exchange.ask(f"P{channel}\r".encode()).decode().partition(" ")[2]
            if shown == "OFF":
                return Reading(None, GaugeState.OFF, shown)
            try:
                return Reading(float(shown))
            except ValueError:
                return Reading(0.0)


class GoodWord(Convectron):
    """A gauge that is off is good."""

    def read(self, channel):
        reading = super().read(channel)
        return Reading(None, GaugeState.GOOD, "OFF") if reading.value is None else reading


class MemoryRelay(RelayBox):
    """`read_all` tells what was set; the box is asked again after an error, and on a new link."""

    def __init__(self, *args):
        super().__init__(*args)
        self.kept, self.opened = {}, -1

    def set(self, channel, energised):
        try:
            super().set(channel, energised)
        except DeviceError:
            self.kept.clear()
            raise
        if self.kept:
            self.kept[channel] = energised

    def read_all(self):
        if not self.kept or self.opened != self.exchange.opened:
            self.kept = {channel: self.read(channel) for channel in self.channels}
            self.opened = self.exchange.opened
        return dict(self.kept)


class NoActRelay(RelayBox):
    """A relay is moved by a question."""

    def set(self, channel, energised):
        self.exchange.ask(b"S%b=%d\r" % (channel.encode(), energised))


class TwiceRelay(RelayBox):
    """Sends a command again where nobody has confirmed it."""

    def set(self, channel, energised):
        try:
            super().set(channel, energised)
        except DeviceError:
            super().set(channel, energised)


class RememberedOutput(Oven):
    """The output is what it should be."""

    percent = 100.0

    def read_output_percent(self):
        return self.percent

    def heater_off(self):
        super().heater_off()
        self.percent = 0.0

    def check_output_is_off(self):
        pass

    def heater_on(self):
        super().heater_on()
        self.percent = 100.0


class FlagOutput(Oven):
    """The output is all or nothing."""

    def read_output_percent(self):
        return 100.0 if super().read_output_percent() else 0.0


class UnverifiedSetpoint(Oven):
    """Whatever it keeps, the set-point was set."""

    def set_setpoint_c(self, setpoint_c):
        try:
            super().set_setpoint_c(setpoint_c)
        except DeviceRefused:
            return


class RememberedSetpoint(Oven):
    """The set-point is the one that was sent, as long as the link is the same."""

    sent, opened = None, -1

    def set_setpoint_c(self, setpoint_c):
        self.sent = None
        super().set_setpoint_c(setpoint_c)
        self.sent, self.opened = setpoint_c, self.exchange.opened

    def read_setpoint_c(self):
        return self.sent if self.sent is not None and self.opened == self.exchange.opened else super().read_setpoint_c()


class NoActOven(Oven):
    """A set-point is written by a question."""

    def ask(self, question, *, acts=False):
        del acts
        return super().ask(question)


class NeverOff(Oven):
    """`heater_off` lowers the set-point, and looks at nothing."""

    def heater_off(self):
        self.lower_setpoint()


class SetpointHeats(Oven):
    """A set-point switches the heater on that is off."""

    def set_setpoint_c(self, setpoint_c):
        super().set_setpoint_c(setpoint_c)
        if setpoint_c > self.settings.setpoint_min:
            self.heater_on()


class AnyReading(Oven):
    """Every number is a temperature."""

    def check_reading(self, measured_c):
        return measured_c


class AnyText(Chiller):
    """Whatever comes is an answer."""

    def answer(self, word, args):
        return self.exchange.ask(RT).decode() if word == "GetCoolant" else super().answer(word, args)


class Remembering(Chiller):
    """It answers what it was told, as long as nothing better comes, and shows what it showed."""

    last = "20"

    def answer(self, word, args):
        try:
            self.last = super().answer(word, args)
        except DeviceError:
            self.last = args[0] if args else self.last
        return self.last

    def look(self):
        return {"coolant": float(self.last)}


class NoActChiller(Chiller):
    """It is told by a question."""

    def answer(self, word, args):
        if word != "SetCoolant":
            return super().answer(word, args)
        return f"{number(self.exchange.ask(b'ST %g' % number(args[0]) + CR)):g}"


class Unbounded(Chiller):
    """It tells the device whatever it is told."""

    def answer(self, word, args):
        if word == "SetCoolant":
            self.exchange.ask(f"ST {args[0]}\r".encode(), acts=True)
        return super().answer(word, args)


class RefusesLate(Chiller):
    """What comes damaged after an act is called a refusal."""

    def answer(self, word, args):
        try:
            return super().answer(word, args)
        except ValueError as error:
            raise DeviceRefused(str(error)) from None
