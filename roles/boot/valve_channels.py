"""One channel, one valve: what two valves must not share."""

from collections.abc import Iterator, Mapping

from actors.table import ValveSpec
from roles.boot.valve_entry import channels_of, parts_of

Channel = tuple[str, str]  # path of the device's actor, channel


def shared(valves: Mapping[str, ValveSpec]) -> Iterator[tuple[str, str, str]]:
    """Yield every channel that cannot be two valves': the valve, the key, and why. Another node's are its own."""
    moves: dict[Channel, str] = {}
    for name, valve in valves.items():
        for channel in _moving(valve):
            other = moves.setdefault(channel, name)
            if other != name:
                yield name, "address", f"{_said(channel)} already moves {other}"
    for name, valve in valves.items():
        for channel in _telling(valve):
            other = moves.get(channel, name)
            if other != name and channel not in _moving(valve):
                yield name, "state_address", f"{_said(channel)} moves {other}: it cannot tell the state of {name}"


def told_twice(valves: Mapping[str, ValveSpec]) -> list[tuple[str, str, str]]:
    """Return every two valves whose state is read from one channel, and that channel."""
    tells: dict[Channel, str] = {}
    pairs = []
    for name, valve in valves.items():
        for channel in _telling(valve):
            other = tells.setdefault(channel, name) if channel not in _moving(valve) else name
            if other != name:
                pairs.append((other, name, _said(channel)))
    return pairs


def _moving(valve: ValveSpec) -> list[Channel]:
    if valve.remote or not valve.actuator:
        return []
    return [(valve.actuator, channel) for channel in channels_of(valve)]


def _telling(valve: ValveSpec) -> list[Channel]:
    if valve.remote or not valve.actuator:
        return []
    device = valve.state_actuator or valve.actuator
    return [(device, channel) for channel in parts_of(valve.state_address or valve.address, valve.kind)]


def _said(channel: Channel) -> str:
    device, address = channel
    return f"channel {address} of {device.removeprefix('actuator.')}"
