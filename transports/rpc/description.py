"""What valves a node has: asked for by pages when it comes up, told to the line, remembered for a start without it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict

from actors.messages import Described
from actors.store import Remember
from actors.table import ValveSpec
from transports.rpc import forward
from transports.rpc.errands import Carrier
from transports.rpc.lane import Lane


class Description:
    """A part of a node connection.

    Args:
        carrier: the connection; asks: its lane for questions.
        line: path of the line that the valves belong to.
        failed: told why a description cannot be believed.
    """

    def __init__(self, carrier: Carrier, asks: Lane, line: str, failed: Callable[[str], None]) -> None:
        self._carrier, self._asks, self._line, self._failed = carrier, asks, line, failed
        self.specs: tuple[ValveSpec, ...] = ()

    def fetch(self, so_far: tuple[ValveSpec, ...] = ()) -> None:
        """Ask for the next page, until all are there."""

        def then(text: str | None, _told: Mapping[str, str]) -> None:
            if text is None:
                return  # the lane is down, and everything begins anew when it is up
            try:
                page, total = forward.specs_of(text, self._carrier.path)
            except forward.BadDescription as error:
                self._failed(str(error))
                return
            specs = so_far + page
            if page and len(specs) < total:
                self.fetch(specs)
            else:
                self.specs = specs
                self.tell()
                self._carrier.tell_path("store", Remember(self._carrier.path, [asdict(spec) for spec in specs]))

        self._carrier.send(self._asks, f"Describe valves,{len(so_far)}", {}, then)

    def tell(self) -> None:
        """Tell the line (again) what is known."""
        if self.specs:
            self._carrier.tell_path(self._line, Described(self._carrier.path, self.specs))

    def delay_s(self, valve: str) -> float:
        """Return the seconds that a valve's own delays may add to a move."""
        spec = next((spec for spec in self.specs if spec.name == valve), None)
        return 2 * spec.check_delay_s + spec.settling_time_s if spec is not None else 0.0
