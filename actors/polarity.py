"""From where a valve shall stand to what its relays shall do, and back: the one place where senses are reckoned. Pure.

Energised means that the relay is closed. Which of the two opens the valve is told by its actuator's `valve_opens_when`,
by the valve's own `opens_when` over it, and by `inverted_logic`, which turns either. A channel that only tells the
state is read as its own device reads, and turned by `state_inverted` or `inverted_logic` (once, if both, as Pychron
does it).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from actors.messages import State
from actors.table import DOUBLE, MANUAL, ValveSpec

RELAY_CLOSED = "relay_closed"

Act = tuple[str, bool]  # a channel, and whether it is to be energised


@dataclass(frozen=True, slots=True)
class Wiring:
    """One valve's channels at one device.

    Attributes:
        opening, closing: the acts of a move in their order: one, or the two of a double-actuation valve; none where
            another device moves it.
        reads: the channels that tell its state: none where nothing here does, two for a double-actuation valve.
        open_energised: how a channel of `reads` stands where the valve is open; of two the first does, and the second
            stands the other way.
    """

    opening: tuple[Act, ...] = ()
    closing: tuple[Act, ...] = ()
    reads: tuple[str, ...] = ()
    open_energised: bool = True

    def acts(self, target: State) -> tuple[Act, ...]:
        """Return what brings the valve to `target`."""
        return self.opening if target is State.OPEN else self.closing

    def state(self, relays: Mapping[str, bool]) -> State:
        """Return where the valve stands by what was read (channel -> energised).

        Unknown where a channel is missing, nothing is read here, or two relays tell neither open nor closed.
        """
        opened = [relays[channel] == self.open_energised for channel in self.reads if channel in relays]
        if not opened or len(opened) < len(self.reads):
            return State.UNKNOWN
        if len(opened) == 1:
            return State.OPEN if opened[0] else State.CLOSED
        first, second = opened
        if first == second:
            return State.UNKNOWN
        return State.OPEN if first else State.CLOSED


def wiring_of(spec: ValveSpec, device: str, *, opens_when_closed: bool, has_readback: bool = True) -> Wiring:
    """Return a valve's wiring at the device with the path `device`.

    Args:
        spec: the valve; its actuator or its `state_actuator` is that device.
        device: path of the device's actor.
        opens_when_closed: whether that device's valves are open while their relays are closed (energised).
        has_readback: the device can be read.

    Raises:
        ValueError: a double-actuation valve whose address is not "primary,secondary".
    """
    opening: tuple[Act, ...] = ()
    closing: tuple[Act, ...] = ()
    own = spec.opens_when == RELAY_CLOSED if spec.opens_when else opens_when_closed
    if spec.actuator == device and spec.kind != MANUAL:
        opening, closing = _acts(spec, own != spec.inverted_logic)
    if spec.origin != device or not has_readback or not spec.query_state or spec.kind == MANUAL:
        return Wiring(opening, closing)
    apart = bool(spec.state_actuator or spec.state_address)
    sense = (opens_when_closed if apart else own) != (spec.inverted_logic or spec.state_inverted)
    return Wiring(opening, closing, _read_channels(spec), sense)


def of_device(specs: Iterable[ValveSpec], device: str) -> list[ValveSpec]:
    """Return the valves that a device moves or tells of; one that a person turns is nobody's."""
    return [spec for spec in specs if spec.kind != MANUAL and device in (spec.actuator, spec.origin)]


def channels_of(specs: Iterable[ValveSpec], device: str) -> list[str]:
    """Return every channel of a device that one of these valves is moved or read by, once, in the valves' order."""
    found: dict[str, None] = {}
    for spec in specs:
        wiring = wiring_of(spec, device, opens_when_closed=True)
        for channel in (*(channel for channel, _ in wiring.opening), *wiring.reads):
            found[channel] = None
    return list(found)


def _acts(spec: ValveSpec, open_energised: bool) -> tuple[tuple[Act, ...], tuple[Act, ...]]:
    if spec.kind != DOUBLE:
        return ((spec.address, open_energised),), ((spec.address, not open_energised),)
    primary, secondary = _pair(spec)
    on, off = open_energised, not open_energised
    return ((primary, on), (secondary, off)), ((secondary, on), (primary, off))


def _read_channels(spec: ValveSpec) -> tuple[str, ...]:
    if spec.kind != DOUBLE:
        return (spec.state_address or spec.address,)
    if spec.state_address and "," not in spec.state_address:
        return (spec.state_address,)  # one indicator for both relays
    return _pair(spec, spec.state_address)


def _pair(spec: ValveSpec, address: str = "") -> tuple[str, str]:
    parts = [part.strip() for part in (address or spec.address).split(",")]
    if len(parts) != 2 or not all(parts) or parts[0] == parts[1]:  # noqa: PLR2004 - a primary and a secondary
        raise ValueError(f"{spec.name}: address {address or spec.address!r}: expected two channels, primary,secondary")
    return parts[0], parts[1]
