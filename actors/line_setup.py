"""What an extraction line is built from."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from actors.doubts import Timeouts
from actors.fence import Fence
from actors.growth import Grow
from actors.intents import IntentLog
from actors.table import PipetteSpec, SafeStep, ValveSpec


@dataclass(frozen=True)
class LineSetup:
    """What a line is built from; it outlives the line's restarts.

    Attributes:
        specs: the valves, in the order of the site's file.
        fence: voids what an earlier incarnation ordered.
        intents: moves that have no end yet.
        timeouts_s: actuator path -> seconds after which its device counts as silent.
        nodes: paths of the node connections that bring valves of their own.
        grow: starts the actors of valves that a node described.
        pipettes: of this node's valves.
        safe_state: the steps that bring this node's valves there, in order; none: it has no safe state.
        check_owner: a lease keeps others out; lease_s: how many seconds one that names none outlives its session.
    """

    specs: Sequence[ValveSpec]
    fence: Fence
    intents: IntentLog
    timeouts_s: Timeouts = field(default_factory=dict)
    nodes: tuple[str, ...] = ()
    grow: Grow = lambda _specs: None
    pipettes: Sequence[PipetteSpec] = ()
    safe_state: Sequence[SafeStep] = ()
    check_owner: bool = True
    lease_s: int = 60
