"""How a furnace is used: what its plug-in hands to its actor."""

from dataclasses import dataclass

from actors.furnace_inputs import WaterLimit
from actors.furnace_trips import TripLimits


@dataclass(frozen=True, slots=True)
class FurnaceSetup:
    """How a furnace is used.

    Attributes:
        name: in events.
        range_c: the lowest and the highest set-point that is taken, degrees Celsius.
        limits: what trips it.
        water: what shows the cooling water; None: nobody looks at it.
        step_c: by how much a ramp changes the set-point at least, degrees Celsius: a controller may keep each one in
            memory that wears out.
    """

    name: str
    range_c: tuple[float, float]
    limits: TripLimits
    water: WaterLimit | None = None
    step_c: float = 1.0
