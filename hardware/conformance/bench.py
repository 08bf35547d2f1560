"""One driver on one wire to its simulator, which can be unplugged, plugged in again, and switched off and on."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from hardware.catalog import find
from hardware.device import Device
from hardware.errors import NotSent
from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from hardware.simulation import Served, serve_line, serve_pty, serve_tcp, simulator_for

TIMEOUT_S = 0.3  # of the device, unless its keys say otherwise: most of the tests' time is waiting for it
NO_WIRE = "no wire"
LINE = "line"

Test = TypeVar("Test")


def needs(bench: Any, *abilities: str) -> None:
    """Skip a test that needs what its bench says that it cannot do, and why. Any: a class may make its own bench."""
    for ability in abilities:
        if why := bench.lacks.get(ability):
            pytest.skip(why)


def also_on_a_line(test: Test) -> Test:
    """Have a test run behind a terminal server, too, if the device has a serial line."""
    test.also_on_a_line = True  # type: ignore[attr-defined]
    return test


def on_one_wire(test: Test) -> Test:
    """Have a test run on the first of the wires only: it is about what a driver makes of answers, however they come."""
    test.on_one_wire = True  # type: ignore[attr-defined]
    return test


class Bench:
    """What a test has in its hands.

    Attributes:
        driver: the driver; simulator: the far end, with its `faults`. `Any`: each klass has its own.
        exchange: the wire between them; timeout_s: how long an answer may take.
        guard: what checks right before a write.
        lacks: what it cannot do -> why: "bytes" one by one and damaged; "lateness" of answers; "silence"; "unplug";
            "hang up"; "power" off and on; "guard".

    Args:
        klass: the driver's, as a device file names it.
        wire: "tcp", "pty" or "line": a serial line behind a terminal server; the pseudo-terminal has a stable name, as
            under `/dev/serial/by-id`.
        keys: of the device file, beside name, klass, port and timeout.
        channels: those of the driver.
        folder: for that stable name.
    """

    def __init__(self, klass: str, wire: str, keys: Mapping[str, Any], channels: Sequence[str], folder: Path) -> None:
        self._wire, self._klass = wire, klass
        self._link = folder / "device"
        self._port = 0
        self.simulator: Any = self.make_simulator()
        self._served: Served | None = None
        self.plug_in()
        kind: type[Device] = find(klass)
        timeout_s = self.timeout_s = float(keys.get("timeout", TIMEOUT_S))
        given = {"name": "bench", "klass": klass, "port": self._address, "timeout": timeout_s, **keys}
        self.handle = LinkHandle(self._address, timeout_s)
        late_s = timeout_s if kind.hears_out else 0.0
        self.exchange = Exchange("bench", self.handle, terminator=kind.terminator, timeout_s=timeout_s, late_s=late_s)
        self.guard = self.exchange
        self.lacks: Mapping[str, str] = {}
        self.driver: Any = self.make_driver(kind, kind.settings_model.model_validate(given), channels)

    def make_driver(self, kind: type[Any], settings: Any, channels: Sequence[str]) -> Any:
        """Return the driver on the exchange; a bench for something else may make that."""
        return kind(settings, self.exchange, channels)

    def make_simulator(self) -> Any:
        """Return a new far end; a class of tests may have one that is set up otherwise, or does not take its time."""
        return simulator_for(self._klass)

    def unplug(self) -> None:
        """Hang up: the cable is out, or the network is down. The device keeps what it has."""
        if self._served is not None:
            self._served.close()
            self._served = None

    def plug_in(self) -> None:
        """Have the device at its address again."""
        if self._wire in ("tcp", LINE):
            serve = serve_tcp if self._wire == "tcp" else serve_line
            self._served = serve(self.simulator, port=self._port)
            self._port, self._address = self._served.port, self._served.address
            return
        self._served = serve_pty(self.simulator)
        device, _, shape = self._served.address.removeprefix("serial://").partition("?")
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(device)
        self._address = f"serial://{self._link}?{shape}"

    def power_cycle(self) -> None:
        """Switch the device off and on: a new one is there, as its simulator begins."""
        self.unplug()
        self.simulator = self.make_simulator()
        self.plug_in()

    def close(self) -> None:
        """End it."""
        self.handle.revoke("the test is over")
        self.unplug()


class ObjectBench:
    """A bench for a device without a wire, whose simulator is an object in the place of what its library opens.

    The driver takes the keyword `opener`: what opens that object. It has `held`, a `hardware.held.Held`. The simulator
    has `connect()`, which returns such an object, and `disconnect()`, after which none works. As an actor does, the
    bench lets the driver look before it is told anything.

    Args:
        klass, keys, channels: as of a `Bench`.
        lacks: what it cannot do, beside what no such device can.
    """

    def __init__(
        self, klass: str, keys: Mapping[str, Any], channels: Sequence[str], lacks: Mapping[str, str] | None = None
    ) -> None:
        self._klass = klass
        self._plugged = True
        self.simulator: Any = self.make_simulator()
        self.lacks = {
            "bytes": "no bytes come: its library is called",
            "lateness": "its library returns with the answer, or fails",
            **(lacks or {}),
        }
        kind: type[Any] = find(klass)
        self.timeout_s = float(keys.get("timeout", TIMEOUT_S))
        given = {"name": "bench", "klass": klass, "timeout": self.timeout_s, **keys}
        self.driver: Any = kind(kind.settings_model.model_validate(given), None, channels, opener=self._open)
        self.guard = self.driver.held
        self.driver.read_all()

    def make_simulator(self) -> Any:
        """Return a new device; a class of tests may have one that is set up otherwise."""
        return simulator_for(self._klass)

    def unplug(self) -> None:
        """Have the cable out."""
        self._plugged = False
        self.simulator.disconnect()

    def plug_in(self) -> None:
        """Have it in again."""
        self._plugged = True

    def power_cycle(self) -> None:
        """Switch the device off and on: a new one is there, as its simulator begins."""
        self.simulator.disconnect()
        self.simulator = self.make_simulator()

    def close(self) -> None:
        """End it."""
        self.driver.held.end()

    def _open(self) -> Any:
        if not self._plugged:
            raise NotSent("it is not plugged in")
        return self.simulator.connect()
