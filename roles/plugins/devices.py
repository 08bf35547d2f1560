"""From a device's settings to its driver on a wire: the one place where the two are put together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import BaseModel

from hardware.agilent_34970a import driver as agilent
from hardware.agilent_34970a.codec import check_channel
from hardware.eurotherm_2000 import driver as eurotherm
from hardware.exchange import Exchange
from hardware.in_memory import driver as in_memory
from hardware.links.handle import LinkHandle
from hardware.simulation import serve_tcp, simulator_for
from roles.plugins.building import Building

log = structlog.get_logger()


@dataclass(frozen=True)
class DeviceKind:
    """One klass that this program can drive.

    Attributes:
        settings: the model of its device file.
        build: (settings, exchange or None, channels) -> driver.
        terminator: what ends its replies; b"": it has no wire.
        switches: it can switch valves.
        check_channel: raises `BadChannel` for an address that it cannot have.
    """

    settings: type[BaseModel]
    build: Callable[[Any, Exchange | None, Sequence[str]], Any]  # Any: each klass has its own settings and driver
    terminator: bytes = b"\n"
    switches: bool = False
    check_channel: Callable[[str], object] = lambda _channel: None


KINDS: dict[str, DeviceKind] = {
    "AgilentGPActuator": DeviceKind(
        agilent.AgilentGPActuatorSettings, agilent.build, switches=True, check_channel=check_channel
    ),
    "DummyGPActuator": DeviceKind(in_memory.DummyGPActuatorSettings, in_memory.build, b"", switches=True),
    "Eurotherm": DeviceKind(eurotherm.EurothermSettings, eurotherm.build, eurotherm.TERMINATOR),
}


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
        self._kind = KINDS[settings.klass]
        self._address = ""
        self._handle: LinkHandle | None = None
        self._disturbed = False  # by opening its link; known once a driver has been built

    def wire(self) -> tuple[Any, Exchange | None]:
        """Return (driver, exchange) on a fresh handle; no byte is sent before the driver is used.

        Raises:
            StillInUse: an earlier call has not returned.
        """
        if not self._kind.terminator:
            return self._kind.build(self._settings, None, self._channels), None
        if not self._address:
            self._address = self._find()
        timeout_s = self._settings.timeout
        handle = self._taken_over(timeout_s) or LinkHandle(self._address, timeout_s)
        self._handle = handle
        exchange = Exchange(self._settings.name, handle, terminator=self._kind.terminator, timeout_s=timeout_s)
        driver = self._kind.build(self._settings, exchange, self._channels)
        self._disturbed = bool(getattr(driver, "disturbs_on_open", False))
        return driver, exchange

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
        if not (self._settings.simulate or self._building.simulate):
            return str(self._settings.port)
        name, context = self._settings.name, self._building.context
        if not context.simulated:  # a real site, and a device that is not: nobody may take it for real
            context.facts.setdefault("simulated_devices", {})[name] = True
            log.warning("device.simulated", device=name, why="nothing that it tells is real")
        served = serve_tcp(simulator_for(self._settings.klass))
        self._building.served.append(served)
        return served.address
