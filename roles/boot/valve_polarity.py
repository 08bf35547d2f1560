"""What an open valve's relay does, where a device leaves that to its valves: it is never guessed."""

from collections.abc import Iterator, Mapping

from actors.table import ValveSpec

MISSING = "missing, expected relay_closed or relay_open"


def nobody_says(valves: Mapping[str, ValveSpec], device: str) -> bool:
    """Whether the device moves valves, and none of them says it either."""
    mine = [valve for valve in valves.values() if valve.actuator == f"actuator.{device}"]
    return bool(mine) and not any(valve.opens_when for valve in mine)


def unsaid(valves: Mapping[str, ValveSpec], device: str) -> Iterator[tuple[str, str, str]]:
    """Yield (valve, key, text) for every valve that would have to be guessed."""
    path = f"actuator.{device}"
    for name, valve in valves.items():
        if valve.actuator == path and not valve.opens_when:
            yield name, "valve_opens_when", f"{MISSING}: {device} leaves it to each of its valves"
        apart = valve.state_actuator or (valve.actuator if valve.state_address else "")
        if apart == path:
            text = f"{device} does not say valve_opens_when, and a channel that only tells a state is read by it"
            yield name, "state_address", text
