"""A far end that answers by a table, and one that keeps what it heard."""

from hardware.far_end import Faults
from hardware.modbus.far_end import crc16


class Scripted:
    """Answers each request as its table says, and keeps what it heard. Requests come whole: the wire is loopback."""

    def __init__(self, answers):
        self.answers = answers
        self.faults = Faults()
        self.heard = []

    def session(self, _wire):
        return self

    def feed(self, data):
        self.heard.append(data)
        return self.answers.get(data, b"")


class Heard:
    """A simulator, and what it heard."""

    def __init__(self, simulator):
        self.simulator = simulator
        self.faults = simulator.faults
        self.data = []

    def session(self, wire):
        self._session = self.simulator.session(wire)
        return self

    def feed(self, data):
        self.data.append(data)
        return self._session.feed(data)


def rtu(text):
    """A frame as it stands in a manual, with its CRC."""
    frame = bytes.fromhex(text)
    return frame + crc16(frame)
