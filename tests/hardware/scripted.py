"""A far end that answers by a table, and a driver on a wire to a far end of the test's own."""

from hardware.catalog import find
from hardware.exchange import Exchange
from hardware.far_end import Faults
from hardware.links.handle import LinkHandle
from hardware.modbus.far_end import crc16
from hardware.simulation import serve_tcp


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


class On:
    """A driver of some klass on a wire to a far end."""

    def __init__(self, klass, far_end, serve=serve_tcp, *, timeout_s=1.0, **keys):
        kind = find(klass)
        self.far_end = far_end
        self.served = serve(far_end)
        self.handle = LinkHandle(self.served.address, timeout_s)
        self.exchange = Exchange("oven", self.handle, terminator=kind.terminator, timeout_s=timeout_s)
        given = {"name": "oven", "klass": klass, "port": self.served.address} | keys
        self.driver = kind(kind.settings_model.model_validate(given), self.exchange)

    def close(self):
        self.handle.revoke("the test is over")
        self.served.close()


def rtu(text):
    """A frame as it stands in a manual, with its CRC."""
    frame = bytes.fromhex(text)
    return frame + crc16(frame)
