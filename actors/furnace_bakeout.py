"""The firmware's words for bake-out ovens: each asks or tells the furnace actor of another controller of this node."""

from collections.abc import Callable, Container, Mapping
from dataclasses import replace

from actors.messages import Query

ASKS: Mapping[str, str] = {
    "GetBakeoutSetpoint": "GetSetpoint",
    "GetBakeoutTemperature": "GetTemperature",
    "GetBakeoutTempPower": "GetTempPower",
}
SETPOINT, MODE = "SetBakeoutClosedLoopSetpoint", "SetBakeoutControlMode"
MODES: Mapping[str, str] = {"closed": "HeaterOn", "off": "HeaterOff"}
WORDS = frozenset({*ASKS, SETPOINT, MODE})
TRIPS = frozenset({"GetTrip", "ResetTrip"})  # of the furnace, and with a channel of that oven


def is_of_another(query: Query) -> bool:
    """Whether a question is for the actor of another oven."""
    return query.what in WORDS or (query.what in TRIPS and bool(query.args))


def pass_on(query: Query, tell: Callable[[str, Query], bool], ovens: Container[str]) -> None:
    """Let the oven's own actor answer: that of `bakeout1` for channel 1, or of the controller's own name.

    `ovens`: the paths of all there are.

    Raises:
        ValueError: an argument is none for this word.
        LookupError: there is no such oven.
    """
    channel = query.args[0] if query.args else ""
    question = _in_its_words(query)
    paths = [path for path in (f"furnace.bakeout{channel}", f"furnace.{channel}") if path in ovens]
    if not any(tell(path, question) for path in paths):
        raise LookupError(f"no temperature controller of this node is named bakeout{channel}, or {channel}")


def _in_its_words(query: Query) -> Query:
    """Return what the oven's own actor is to be asked instead. Raises `ValueError`."""
    if query.what in TRIPS:
        return replace(query, args=())
    if query.what in ASKS:
        return replace(query, what=ASKS[query.what], args=())
    if len(query.args) != 2:  # noqa: PLR2004 - channel, and what it is told
        raise ValueError(f"{query.what} takes a channel and a value, not {','.join(query.args)!r}")
    if query.what == SETPOINT:
        return replace(query, what="SetSetpoint", args=query.args[1:])
    mode = query.args[1].lower()
    if mode not in MODES:
        raise ValueError(f"control mode {mode!r}: expected closed, or off; an open loop is not driven from here")
    return replace(query, what=MODES[mode], args=())
