"""A LabJack driver on a connection to a simulated one, whose time a test lets pass."""

import struct

from hardware.exchange import Exchange
from hardware.labjack_t.driver import T4Actuator, T7Actuator
from hardware.labjack_t.simulator import T4Simulator, T7Simulator
from hardware.links.handle import LinkHandle
from hardware.simulation import serve_tcp

KINDS = {"T4": (T4Actuator, T4Simulator), "T7": (T7Actuator, T7Simulator)}


class Clock:
    """Seconds, by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def heard(kind):
    """Return a kind of simulator that remembers its requests: (function, address, rest)."""

    class Heard(kind):
        def __init__(self, clock) -> None:
            self.requests = []
            super().__init__(clock)

        def session(self, wire):
            inner = super().session(wire)
            feed = inner.feed

            def remember(data):
                function, address = struct.unpack(">BH", data[7:10])
                self.requests.append((function, address, data[10:]))
                return feed(data)

            inner.feed = remember
            return inner

    return Heard


class Bench:
    """A driver on a connection to a simulated device, with a clock of its own."""

    def __init__(self, model, channels, **keys) -> None:
        self.kind, simulated = KINDS[model]
        self.clock = Clock()
        self.simulator = heard(simulated)(self.clock)
        self.served = serve_tcp(self.simulator)
        self.address = self.served.address
        self.handles = []
        self.keys = {
            "name": "labjack",
            "klass": self.kind.__name__,
            "port": self.address,
            "valve_opens_when": "relay_closed",
            **keys,
        }
        self.driver = self.another(channels)
        self.handle = self.handles[0]

    def another(self, channels):
        """Return one more driver, with a connection of its own."""
        settings = self.kind.settings_model.model_validate(self.keys)
        self.handles.append(LinkHandle(self.address, 2.0))
        exchange = Exchange("labjack", self.handles[-1], terminator=self.kind.terminator, timeout_s=2.0)
        return self.kind(settings, exchange, channels)

    def power_cycle(self):
        """Switch the device off and on: what is in its flash memory stays."""
        self.served.close()
        kept = self.simulator.watchdog
        self.simulator = type(self.simulator)(self.clock)
        self.simulator.watchdog = kept
        self.served = serve_tcp(self.simulator, port=self.served.port)

    def close(self):
        for handle in self.handles:
            handle.revoke("the test is over")
        self.served.close()


def functions(simulator):
    return {function for function, _, _ in simulator.requests}
