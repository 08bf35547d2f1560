"""The keys of the valves file, one model per kind of entry; the same for valves.yaml and valves.xml."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from actors.table import STALE_AFTER_S
from roles.boot.preferences import Settings

VALVE_NAME = r"^[A-Za-z][A-Za-z0-9_]{0,31}$"
VALVE_WORDS = "a name: a letter, then at most 31 letters, digits or `_`"
DEFAULT_ACTUATOR = "switch_controller"
MANUAL, DOUBLE, PIPETTE = "manual_valve", "double_actuation_valve", "pipette"
KINDS = ("valve", "switch", MANUAL, DOUBLE, PIPETTE)
NAMED = ("state_device", "parent")  # a mapping with a name, or the name alone
NAME_LISTS = (
    "interlock",
    "interlocks",
    "positive_interlock",
    "positive_interlocks",
    "close_interlock",
    "close_interlocks",
)

IDLE = {  # understood, and nothing comes of them
    "ignore_lock_warning": "a lock refuses, and every refusal says so",
    "use_state_word": "the states of a device are always read together",
}
IDLE_BY_HAND = (
    "address", "actuator", "valve_opens_when", "state_device", "state_address", "state_invert",
    "check_actuation_enabled", "check_actuation_delay", "settling_time", "inverted_logic", "query_state",
)  # fmt: skip
IDLE_ELSEWHERE = ("valve_opens_when", "state_device", "state_address", "state_invert")
ONLY_DOUBLE = ("open_delay", "close_delay")


def _several(value: Any) -> Any:
    """Return one name, or a list of them, as a tuple. `Any`: what a person wrote."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


ValveName = Annotated[str, Field(pattern=VALVE_NAME, description=VALVE_WORDS)]
Names = Annotated[tuple[str, ...], BeforeValidator(_several)]
Seconds = Annotated[float, Field(ge=0, le=600)]


class StateDeviceKeys(Settings):
    """The device that a valve's state is read from, where that is not its actuator."""

    name: str = Field(description="the name of a device file")
    address: str = Field("", description="its channel, as written; default: the valve's address")
    inverted: bool = Field(False, description="the channel reads closed where the valve is open")


class ParentKeys(Settings):
    """The valve that this one follows."""

    name: str = Field(description="the name of the valve that it follows")
    inverted: bool = Field(False, description="it opens when that one closes")


class ValveKeys(Settings):
    """A valve, a switch, a manual or a double actuation valve. Delays in seconds."""

    name: ValveName = Field(description=VALVE_WORDS)
    kind: Literal["valve", "switch", "manual_valve", "double_actuation_valve"] = "valve"
    klass: Literal["RemoteValve"] | None = Field(None, description="RemoteValve: as `remote: true`")
    remote: bool | None = Field(None, description="another node has it")
    address: str = Field("", description="the actuator's channel, as written; primary,secondary where it has two")
    actuator: str = Field(DEFAULT_ACTUATOR, description="the name of a device file")
    valve_opens_when: Literal["relay_closed", "relay_open"] | None = None
    description: str = ""
    state_device: StateDeviceKeys | None = None
    state_address: str = Field("", description="the channel that its state is read from, as written")
    state_invert: bool = False
    parent: ParentKeys | None = None
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
    open_delay: Seconds = Field(0.0, description="seconds between the two relays when it opens")
    close_delay: Seconds = Field(0.0, description="seconds between the two relays when it closes")
    stale_after: float = Field(STALE_AFTER_S, ge=0.1, le=86400, description="seconds until unknown")
    inverted_logic: bool = False
    query_state: bool = True
    track: bool = True
    ignore_lock_warning: bool = False
    use_state_word: bool = True


class PipetteKeys(Settings):
    """A pipette: two valves that are never open together."""

    name: ValveName = Field(description=VALVE_WORDS)
    kind: Literal["pipette"]
    inner: str = Field(description="the name of its inner valve")
    outer: str = Field(description="the name of its outer valve")
