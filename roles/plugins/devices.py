"""From a device's settings to its driver on a wire: the one place where the two are put together."""

from collections.abc import Sequence
from typing import Any

import structlog

from actors.instrument import Instrument
from hardware.catalog import find
from hardware.device import ActuatorDevice, GaugeDevice, TemperatureDevice
from hardware.drive_device import DriveDevice
from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from hardware.simulation import serve_tcp, simulator_for
from roles.boot.site import Site
from roles.plugins.building import Building

log = structlog.get_logger()

Kind = type[ActuatorDevice] | type[GaugeDevice] | type[TemperatureDevice] | type[DriveDevice] | type[Instrument]


def devices_of(site: Site, kind: Kind) -> list[Any]:
    """Return the settings of the devices of one kind, in the order of their files. `Any`: each klass has its own."""
    return [settings for settings in site.devices.values() if issubclass(_class_of(settings), kind)]


def _class_of(settings: Any) -> type[Any]:
    return find(settings.klass)  # the site was read by it, so it is there


class StillInUse(Exception):
    """A call of an earlier actor hangs in the device: two writers on one device are the worst case."""

    expected = True  # its one line says all; see `actors.messages.Failed`


class Wired:
    """A device with its wire. `wire()` makes a new handle each time: a revoked one is never used again.

    A device that opening its link may disturb keeps its link instead, from one actor to the next: only one whose actor
    hung in a call, and was cut off from it, gets another.
    """

    def __init__(self, building: Building, settings: Any, channels: Sequence[str]) -> None:
        self._building = building
        self._settings = settings
        self._channels = channels
        self._kind = _class_of(settings)
        self._address = ""
        self._handle: LinkHandle | None = None
        self._disturbed = False  # by opening its link; known once a driver has been built

    def wire(self) -> tuple[Any, Any]:
        """Return (driver, guard) on a fresh handle; no byte is sent before the driver is used.

        The guard is its exchange; of a device without a wire what stands in for one, if it has that (`hardware.held`).

        Raises:
            StillInUse: an earlier call has not returned.
        """
        exchange = self.link() if self._kind.terminator else None
        if exchange is None and self._simulated() and not self._settings.simulate:
            self._settings = self._settings.model_copy(update={"simulate": True})  # it has no wire to be put on another
        driver = self._kind(self._settings, exchange, self._channels)
        self._disturbed = bool(getattr(driver, "disturbs_on_open", False))
        return driver, exchange if exchange is not None else getattr(driver, "held", None)

    def link(self) -> Exchange:
        """Return an exchange on a fresh handle. Raises as `wire` does."""
        if not self._address:
            self._address = self._find()
        timeout_s = self._settings.timeout
        handle = self._taken_over(timeout_s) or LinkHandle(
            self._address, timeout_s, line=self._building.line_to(self._address)
        )
        self._handle = handle
        late_s = timeout_s if self._kind.hears_out else 0.0
        name, terminator = self._settings.name, self._kind.terminator
        return Exchange(name, handle, terminator=terminator, timeout_s=timeout_s, late_s=late_s)

    def _taken_over(self, timeout_s: float) -> LinkHandle | None:
        """Return the handle to go on with, or None: a new one is needed, and nobody can use the old one any more."""
        handle = self._handle
        if handle is None:
            return None
        keeps = self._disturbed and handle.revoked is None
        if not keeps:
            handle.revoke("a new actor takes the device over")
        if not handle.wait_idle(timeout_s):
            raise StillInUse(f"{self._settings.name}: its last call has not returned: nobody else may write to it")
        return handle if keeps else None

    def revoke(self, why: str) -> None:
        """Cut whoever uses the present handle off from the device."""
        if self._handle is not None:
            self._handle.revoke(why)

    def _find(self) -> str:
        if not self._simulated():
            return str(self._settings.port)
        served = serve_tcp(simulator_for(self._settings.klass))
        self._building.served.append(served)
        return served.address

    def _simulated(self) -> bool:
        """Return whether its simulator stands in for it, and say so in a real site."""
        if not (self._settings.simulate or self._building.simulate):
            return False
        if not (self._kind.terminator or self._kind.simulator):
            return False  # it exists in memory only; what has a wire and no simulator is not opened, see simulator_for
        name, context = self._settings.name, self._building.context
        told = context.facts.setdefault("simulated_devices", {}) if not context.simulated else {name: True}
        if name not in told:  # a real site, and a device that is not: nobody may take it for real
            told[name] = True
            log.warning("device.simulated", device=name, why="nothing that it tells is real")
        return True
