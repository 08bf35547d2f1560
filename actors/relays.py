"""One device's relays as the valves that they move or tell of: what is written, what is read, and on which link."""

from collections.abc import Iterable, Mapping

from actors.guard import Guard
from actors.messages import State
from actors.polarity import wiring_of
from actors.table import ValveSpec
from hardware.actuator import ActuatorDriver
from hardware.errors import NoAnswer

_OPEN, _CLOSED = State.OPEN, State.CLOSED  # looked up once: it takes 80 ns
LOOKS = 2  # more, at a device whose link was lost while it was read


class Relays:
    """A part of the actuator, on its thread: what acts, looks or asks whether one stands may block for the timeout.

    Attributes:
        read: the valves that the device can be asked of, in the site's order.
        fresh: the link of the last full look was a new one: the device may have been off in between.

    Raises:
        ValueError: a double-actuation valve whose address is not "primary,secondary".
    """

    def __init__(
        self, driver: ActuatorDriver, guard: Guard | None, path: str, valves: Iterable[ValveSpec], *, closed_opens: bool
    ) -> None:
        self._driver = driver
        self._guard = guard
        self._hangs_up = getattr(driver, "hangs_up", False)
        readback = driver.has_readback
        self._wirings = {
            spec.name: wiring_of(spec, path, opens_when_closed=closed_opens, has_readback=readback) for spec in valves
        }
        self._acts = {
            (name, target): wiring.acts(target)
            for name, wiring in self._wirings.items()
            for target in (State.OPEN, State.CLOSED)
        }
        self._single = {
            name: (wiring.reads[0], wiring.open_energised)
            for name, wiring in self._wirings.items()
            if len(wiring.reads) == 1
        }
        self.read = tuple(name for name, wiring in self._wirings.items() if wiring.reads)
        self._readable = frozenset(self.read)
        self._opened_at_look = 0
        self.fresh = False

    def act(self, valve: str, target: State, step: int) -> State:
        """Write one act of a move; return where the valve then stands, if all is well: unknown between two acts."""
        acts = self._acts[valve, target]
        channel, energised = acts[step]
        self._driver.set(channel, energised)
        return target if step + 1 == len(acts) else State.UNKNOWN

    def stands(self, valve: str, target: State, step: int) -> bool:
        """Read whether an act that was written still holds."""
        channel, energised = self._acts[valve, target][step]
        return self._driver.read(channel) == energised

    def readable(self, valve: str) -> bool:
        """Whether the device can be asked where a valve stands."""
        return valve in self._readable

    def look(self, valve: str) -> State:
        """Read one valve; two relays on one link. Raises as the driver does."""
        single = self._single.get(valve)
        if single is not None:
            return _OPEN if self._driver.read(single[0]) == single[1] else _CLOSED
        wiring = self._wirings[valve]
        for _ in range(LOOKS + 1):
            opened = self._opened
            relays = {channel: self._driver.read(channel) for channel in wiring.reads}
            if self._hangs_up or self._opened == opened:
                return wiring.state(relays)
        raise NoAnswer("its link does not last until both relays have been read")

    def look_at_all(self) -> dict[str, State]:
        """Read every valve on one link: a look that began on another says nothing of what became of its first half."""
        relays = self._driver.read_all()
        self.fresh = False
        for _ in range(LOOKS):
            if self.looked_at:
                break
            self.fresh = True
            self.note_look()
            relays = self._driver.read_all()
        return self._states(relays)

    def whys(self) -> dict[str, str]:
        """Return why the last look at all found no state of a valve: valve -> what its indicators say."""
        told: Mapping[str, str] = getattr(self._driver, "whys", {})
        if not told:
            return {}
        return {
            name: told[channel] for name, wiring in self._wirings.items() for channel in wiring.reads if channel in told
        }

    @property
    def looked_at(self) -> bool:
        """Whether the device was fully read on the present link; one that always hangs up need not be."""
        return self._hangs_up or self._guard is None or self._opened_at_look == self._guard.opened

    def note_look(self) -> None:
        """Take the device as read on the present link."""
        self._opened_at_look = self._opened

    def _states(self, relays: Mapping[str, bool]) -> dict[str, State]:
        return {name: self._wirings[name].state(relays) for name in self.read}

    @property
    def _opened(self) -> int:
        return self._guard.opened if self._guard is not None else 0
