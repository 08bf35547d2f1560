"""A look at a valve of another node: asked in that node's vocabulary, answered in ours."""

from dataclasses import dataclass, replace

from actors.messages import Kind, Outcome, Query, Reason, ReplyTo, Request, Source, State

_STATES = {"True": State.OPEN, "OK": State.OPEN, "False": State.CLOSED}


@dataclass(frozen=True, slots=True)
class FarLook:
    """A `ReplyTo` that hands a node's answer on to whoever asked for a look."""

    valve: str
    asker: ReplyTo

    def answer(self, outcome: Outcome) -> None:
        """See `ReplyTo`: a refusal or an unknown end of the question leaves the valve unknown, for its reason."""
        state = _STATES.get(outcome.text, State.UNKNOWN) if outcome.ok else State.UNKNOWN
        if state is not State.UNKNOWN:
            self.asker.answer(
                Outcome("look", self.valve, Kind.DONE, state, source=Source.REPLY, took_ms=outcome.took_ms)
            )
            return
        text = f"{self.valve}: the node answered {outcome.text[:80]!r} to a look" if outcome.ok else outcome.text
        reason = outcome.reason or Reason.NO_ANSWER
        self.asker.answer(Outcome("look", self.valve, Kind.UNKNOWN, reason=reason, text=text, took_ms=outcome.took_ms))


def ask_far(valve: str, request: Request) -> Query:
    """Return the question to tell a node's connection."""
    asked = replace(request, reply_to=FarLook(valve, request.reply_to))
    return Query("GetIndicatorState", (valve,), asked)
