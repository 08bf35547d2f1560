"""What an open valve's relay does: never guessed where nobody says it, and never two things at once."""

from collections.abc import Iterator, Mapping

from actors.polarity import RELAY_CLOSED, wiring_of
from actors.table import ValveSpec
from roles.boot.actuator_names import ActuatorNames

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


def contradicted(valves: Mapping[str, ValveSpec], actuators: ActuatorNames) -> Iterator[tuple[str, str, str]]:
    """Yield (valve, key, text) for every valve that turns what a driver knows of valves, and not of relays.

    A `state_invert` says of its channel that it reads the other way: that one is believed.
    """
    for name, valve in valves.items():
        for device in dict.fromkeys((valve.actuator, valve.state_actuator)):
            for channel, opens_energised in _senses(valve, device, actuators):
                sense = actuators.sense(device.removeprefix("actuator."), channel)
                if sense is None or (sense == RELAY_CLOSED) == opens_energised:
                    continue
                here = device.removeprefix("actuator.")
                key = "inverted_logic" if valve.inverted_logic else "valve_opens_when"
                turned = "relay_open" if sense == RELAY_CLOSED else RELAY_CLOSED
                text = f"{here} itself has {channel} as {sense} while the valve is open, and this valve as {turned}"
                yield name, key, f"{text}: open would be taken for closed"
                break


def _senses(valve: ValveSpec, device: str, actuators: ActuatorNames) -> list[tuple[str, bool]]:
    """Return the channels of a device that a valve is moved or read by, and whether an open one is energised."""
    said = actuators.opens_when.get(device.removeprefix("actuator."), "")
    if not said and (device != valve.actuator or not valve.opens_when):
        return []  # nobody says it
    try:
        wiring = wiring_of(valve, device, opens_when_closed=said == RELAY_CLOSED)
    except ValueError:
        return []  # its address is wrong, and that is said
    found = [(channel, wiring.opening[0][1]) for channel, _ in wiring.opening]
    return found + [(channel, wiring.open_energised) for channel in wiring.reads if not valve.state_inverted]
