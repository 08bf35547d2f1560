"""Three valves, and what their actuator is told and answers."""

from actors.actuation import Switch
from actors.table import ValveSpec
from tests.actors.house import RELAYS


def specs(**more):
    """A and B exclude each other, C stands alone; `more` is said of A."""
    return (
        ValveSpec("A", "101", RELAYS, **{"interlocks": ("B",), **more}),
        ValveSpec("B", "102", RELAYS, interlocks=("A",)),
        ValveSpec("C", "103", RELAYS),
    )


def carried_out(bench, relays, answers, **more):
    """Let the actuator carry out what is asked for next; return how it ended."""
    bench.done(relays.wait_for(Switch), **more)
    return answers.wait()
