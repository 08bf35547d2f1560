"""What holds for the whole line: whether owners are asked after, whether the safe state is latched."""

from collections.abc import Collection
from dataclasses import dataclass

from actors.messages import Move, Refusal
from actors.rules import Verdict, decide
from actors.table import Table


@dataclass(slots=True)
class Terms:
    """Shared by the line's parts, on its thread.

    Attributes:
        check_owner: a lease keeps others out.
        latched: by whom and when the safe state was called, or "": nothing opens until it is cleared.
        members: the valves that the safe state is about.
    """

    check_owner: bool = True
    latched: str = ""
    members: Collection[str] = ()

    def decide(self, table: Table, move: Move, now: float, *, unread: bool = False) -> Verdict | Refusal:
        """Return what the rules say of a move under these terms; `now`: monotonic seconds."""
        if move.safe:
            return decide(table, move.valve, move.target, now, members=self.members, unread=unread)
        by = move.request.by if self.check_owner else None
        return decide(table, move.valve, move.target, now, by=by, latched=self.latched, unread=unread)
