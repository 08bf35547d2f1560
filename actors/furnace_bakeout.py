"""The firmware's words for bake-out ovens: each asks or tells the furnace actor of another controller of this node."""

from collections.abc import Mapping
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


def paths_of(channel: str) -> tuple[str, str]:
    """Return where the oven of a channel may be: `bakeout1` for channel 1, or the controller's own name."""
    return f"furnace.bakeout{channel}", f"furnace.{channel}"


def in_its_words(query: Query) -> Query:
    """Return what the oven's own actor is to be asked instead.

    Raises:
        ValueError: an argument is none for this word.
    """
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
