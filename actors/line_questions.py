"""What the line is asked by name: its picture, its valves, its pipettes, and why a valve would not move."""

import time
from collections.abc import Callable

from actors.actuation import LookAt
from actors.growth import Newcomers
from actors.ledger import Ledger
from actors.line_families import Families
from actors.line_pipettes import Pipettes
from actors.line_terms import Terms
from actors.messages import Kind, Move, Outcome, Query, Reason, Refusal, State
from actors.rules import Verdict, unknown_name
from actors.table import MANUAL

_WOULD = {
    Verdict.PERMIT: "it would {verb}",
    Verdict.ALREADY: "it is {state} already: nothing would move",
    Verdict.READ_FIRST: "it was {state} when last heard of: it would be looked at first",
    Verdict.JOIN: "it is on its way: nothing else would be done",
    Verdict.QUEUE: "it would close as soon as it has opened",
}


class Questions:
    """A part of the extraction line."""

    def __init__(
        self,
        ledger: Ledger,
        terms: Terms,
        pipettes: Pipettes,
        families: Families,
        newcomers: Newcomers,
        valve_path: Callable[[str], str],
    ) -> None:
        self._ledger, self._terms, self._pipettes, self._families = ledger, terms, pipettes, families
        self._newcomers, self._valve_path = newcomers, valve_path

    def answer(self, query: Query) -> None:
        """Answer a question, or pass it on to the node whose valve it is about."""
        what, table = query.what, self._ledger.table
        if what == "picture":
            outcome = Outcome("query", what, Kind.DONE, value=self._ledger.paint())
        elif what == "describe":
            specs = tuple(row.spec for row in table.values() if not row.spec.remote)
            outcome = Outcome("query", what, Kind.DONE, value=specs)
        elif what == "pipettes":
            outcome = Outcome("query", what, Kind.DONE, value=self._pipettes.views())
        elif what in ("why", "look"):
            (self._why if what == "why" else self._look)(query)
            return
        else:
            text = f"the extraction line knows no question {what}"
            outcome = Outcome("query", what, Kind.REFUSED, reason=Reason.INTERNAL, text=text)
        query.request.reply_to.answer(outcome)

    def _look(self, query: Query) -> None:
        """Have a valve read now; one that nothing reads here is told as it is known."""
        valve, request = query.args[0], query.request
        row = self._ledger.table.get(valve)
        if row is None:
            unknown = unknown_name(self._ledger.table, valve)
            outcome = Outcome("look", valve, Kind.REFUSED, reason=unknown.reason, text=unknown.text)
        elif row.spec.remote or row.spec.kind == MANUAL or not row.spec.query_state:
            state = self._ledger.known(valve)
            kind, reason = (Kind.UNKNOWN, Reason.NO_ANSWER) if state is State.UNKNOWN else (Kind.DONE, None)
            text = row.doubt(time.monotonic()) if state is State.UNKNOWN else ""
            outcome = Outcome("look", valve, kind, state, reason, text, row.source)
        elif self._ledger.tell(self._valve_path(valve), LookAt(valve, request)):
            return
        else:
            text = f"{valve}: its actor is being restarted"
            outcome = Outcome("look", valve, Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=text)
        request.reply_to.answer(outcome)

    def _why(self, query: Query) -> None:
        """Say whether a valve would move now for whoever asks; if not, by which rule and why."""
        valve, target = query.args[0], State(query.args[1])
        row, reply_to = self._ledger.table.get(valve), query.request.reply_to
        if row is None:
            unknown = self._newcomers.missing(valve) or unknown_name(self._ledger.table, valve)
            reply_to.answer(Outcome("why", valve, Kind.REFUSED, reason=unknown.reason, text=unknown.text))
            return
        move = Move(valve, target, query.request)
        verdict = self._terms.decide(self._ledger.table, move, time.monotonic())
        if verdict is Verdict.FORWARD:
            if not self._ledger.tell(row.spec.actuator, query):
                text = f"no: node: {row.spec.actuator} is not running"
                reply_to.answer(Outcome("why", valve, Kind.DONE, self._ledger.known(valve), text=text))
            return
        if verdict is Verdict.PERMIT:
            verdict = self._pipettes.objection(valve, target) or verdict
        if verdict in (Verdict.PERMIT, Verdict.ALREADY):  # whoever joins or waits is not asked again
            verdict = self._families.objection(move, time.monotonic()) or verdict
        if isinstance(verdict, Refusal):
            text = f"no: {verdict.rule or verdict.reason}: {verdict.text}"
        else:
            verb = "open" if target is State.OPEN else "close"
            text = "yes: " + _WOULD[verdict].format(verb=verb, state=row.state)
        reply_to.answer(Outcome("why", valve, Kind.DONE, self._ledger.known(valve), text=text))
