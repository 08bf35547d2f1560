"""What valves a node has: asked for by pages when it comes up, told to the line, remembered for a start without it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict

from actors.remote import Described
from actors.store import Remember
from actors.table import ValveSpec
from transports.rpc import codes, forward
from transports.rpc.codes import ReplyKind
from transports.rpc.errands import Carrier
from transports.rpc.lane import Lane


class Description:
    """A part of a node connection.

    Args:
        carrier: the connection; asks: its lane for questions.
        line: path of the line that the valves belong to.
        failed: told why a description cannot be believed.
        refused: told why there is none now, or "" where it was told so before; `fetch_again` is due in a while.
    """

    def __init__(
        self, carrier: Carrier, asks: Lane, line: str, failed: Callable[[str], None], refused: Callable[[str], None]
    ) -> None:
        self._carrier, self._asks, self._line = carrier, asks, line
        self._failed, self._refused = failed, refused
        self._owed = False  # the far end was asked in vain, and not again since
        self._refusal = ""
        self.specs: tuple[ValveSpec, ...] = ()
        self._delays_s: Mapping[str, float] = {}

    def fetch(self) -> None:
        """Ask for all pages, one after the other."""
        self._owed = False
        self._fetch(())

    def fetch_again(self) -> None:
        """Ask again, if that has not happened meanwhile."""
        if self._owed:
            self.fetch()

    def _fetch(self, so_far: tuple[ValveSpec, ...]) -> None:
        def then(text: str | None, _told: Mapping[str, str]) -> None:
            if text is not None:
                self._take(text, so_far)
            else:
                self._owed = True  # the lane is down: from the beginning, when it is up

        self._carrier.send(self._asks, f"Describe valves,{len(so_far)}", {}, then)

    def _take(self, text: str, so_far: tuple[ValveSpec, ...]) -> None:
        if codes.parse_reply(text).kind is ReplyKind.ERROR:
            self._owed = True  # its line restarts, say: it is up all the same
            self._refused(text if text != self._refusal else "")
            self._refusal = text
            return
        try:
            page, total = forward.specs_of(text, self._carrier.path)
        except forward.BadDescription as error:
            self._failed(str(error))
            return
        specs = so_far + page
        if page and len(specs) < total:
            self._fetch(specs)
        elif len({spec.name for spec in specs}) < len(specs):
            self._failed(f"{self._carrier.path} described one of its valves twice")
        else:
            self.specs, self._refusal, self._delays_s = specs, "", forward.delays_s(specs)
            self.tell()
            self._carrier.tell_path("store", Remember(self._carrier.path, [asdict(spec) for spec in specs]))

    def tell(self) -> None:
        """Tell the line (again) what is known."""
        if self.specs:
            self._carrier.tell_path(self._line, Described(self._carrier.path, self.specs))

    def delay_s(self, valve: str) -> float:
        """Return the seconds that a valve's own delays may add to a move."""
        return self._delays_s.get(valve, 0.0)
