"""The keys of valves.yaml, one model per kind of entry."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from actors.table import STALE_AFTER_S
from roles.boot.preferences import Settings

VALVE_NAME = r"^[A-Za-z][A-Za-z0-9_]{0,31}$"
VALVE_WORDS = "a name: a letter, then at most 31 letters, digits or `_`"
DEFAULT_ACTUATOR = "switch_controller"
KINDS_NOT_YET = frozenset({"manual_valve", "double_actuation_valve"})


def _several(value: Any) -> Any:
    """Return one name, or a list of them, as a tuple. `Any`: what a person wrote."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


ValveName = Annotated[str, Field(pattern=VALVE_NAME, description=VALVE_WORDS)]
Names = Annotated[tuple[str, ...], BeforeValidator(_several)]
Seconds = Annotated[float, Field(ge=0, le=600)]


class ValveKeys(Settings):
    """A valve or a switch. Delays in seconds."""

    NOT_YET: ClassVar[frozenset[str]] = frozenset(
        {"state_device", "state_address", "parent", "valve_opens_when", "remote", "open_delay", "close_delay"}
    )

    name: ValveName = Field(description=VALVE_WORDS)
    kind: Literal["valve", "switch"] = "valve"
    address: str = Field("", description="the actuator's channel, as written")
    actuator: str = Field(DEFAULT_ACTUATOR, description="the name of a device file")
    description: str = ""
    interlock: Names = ()
    interlocks: Names = ()
    positive_interlock: Names = ()
    positive_interlocks: Names = ()
    close_interlock: Names = ()
    close_interlocks: Names = ()
    enabled: bool = True
    check_actuation_enabled: bool = Field(True, description="read the device back after a move")
    check_actuation_delay: Seconds = Field(0.0, description="seconds before the read-back")
    settling_time: Seconds = Field(0.0, description="seconds after the read-back")
    stale_after: float = Field(STALE_AFTER_S, ge=0.1, le=86400, description="seconds until unknown")
    inverted_logic: bool = False
    query_state: bool = True
    track: bool = True
    ignore_lock_warning: bool = False


class PipetteKeys(Settings):
    """A pipette: two valves that are never open together."""

    name: ValveName = Field(description=VALVE_WORDS)
    kind: Literal["pipette"]
    inner: str = Field(description="the name of its inner valve")
    outer: str = Field(description="the name of its outer valve")
