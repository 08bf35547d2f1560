"""One of the words of a whole line: how it is asked for, and what an answer says. Pure."""

from dataclasses import dataclass

from actors.remote import AskWord, WordHeard
from transports.rpc import words
from transports.rpc.fields import whole_number

_VERB = {
    "states": "GetValveStates",
    "locks": "GetValveLockStates",
    "owners": "GetValveOwners",
    "checksum": "GetStateChecksum",
}


@dataclass(frozen=True, slots=True)
class Word:
    """A question that was asked at `asked_at` (monotonic seconds)."""

    ask: AskWord
    asked_at: float

    @property
    def question(self) -> str:
        """The command."""
        return f"{_VERB[self.ask.what]} {','.join(name for name, *_ in self.ask.over)}".strip()

    def failed(self, why: str) -> WordHeard:
        """Return that there is no answer, and why."""
        return WordHeard(self.ask.what, {}, self.asked_at, why)

    def heard(self, text: str, now: float) -> WordHeard:
        """Return what an answer that came at `now` says; a word whose CRC is wrong is not believed."""
        what, took_ms = self.ask.what, (now - self.asked_at) * 1000
        if what == "checksum":
            told, reckoned = whole_number(text), words.state_checksum(self.ask.over)
            error = "" if told is not None else f"no checksum: {text[:80]!r}"
            return WordHeard(what, {}, self.asked_at, error, took_ms, len(text), told, reckoned)
        try:
            values = words.parse_owners(text) if what == "owners" else words.parse_states(text)
        except words.BadWord as error:
            return WordHeard(what, {}, self.asked_at, str(error), took_ms, len(text))
        return WordHeard(what, values, self.asked_at, "", took_ms, len(text))
