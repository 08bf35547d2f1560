"""How the line's moves end: what the table learns of it, and the one value that everybody is told."""

import time

from actors.actuation import Switched
from actors.ledger import Ledger
from actors.messages import Kind, Move, Outcome, Refusal, State
from actors.table import MANUAL, Row

_DONE = (Kind.MOVED, Kind.ALREADY)
_REFUSED, _OPEN, _UNKNOWN = Kind.REFUSED, State.OPEN, State.UNKNOWN  # looked up once: it takes 80 ns


class Outcomes:
    """A part of the extraction line: answers moves."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def settle(self, move: Move, result: Switched, before: State, row: Row) -> None:
        """Answer a move with how it ended; what it did is told even if a later change is known already."""
        done = result.kind in _DONE
        now = time.monotonic()
        state = result.state if done else _UNKNOWN if row.moving is not None else row.known(now)
        text, took_ms = result.text or _advice(row, result), (now - move.request.received) * 1000
        verb, revision = verb_of(move), row.revision
        outcome = Outcome(verb, move.valve, result.kind, state, result.reason, text, result.source, revision, took_ms)
        self._ledger.settle(move.request, outcome, before, row.origin_revision)

    def refuse(self, move: Move, refusal: Refusal) -> None:
        """Answer a move that was not begun."""
        self._ledger.answer(move.request, verb_of(move), move.valve, Kind.REFUSED, refusal.text, refusal.reason)


def verb_of(move: Move) -> str:
    """Return what a move is called."""
    return "open" if move.target is _OPEN else "close"


def commit(row: Row, result: Switched, now: float) -> None:
    """Take a move's end into its row, unless nothing moved, or a later change of the far end's is in it already."""
    if result.kind is _REFUSED or (result.revision and result.revision < row.origin_revision):
        return
    if result.revision:
        row.origin_revision = result.revision
    row.state, row.learned, row.why = result.state, result.read_at or now, result.text
    if result.state is not _UNKNOWN:
        row.source, row.seen, row.vouched_by = result.source, row.learned, ""
    row.revision += 1


def _advice(row: Row, result: Switched) -> str:
    """Return what a person has yet to do, here or where another node has the valve."""
    return "turn it by hand" if row.spec.kind == MANUAL and result.kind is Kind.MOVED else ""
