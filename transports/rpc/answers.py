"""How a question is answered from what the line says: one function per verb, picture in, text out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from actors.messages import Outcome, Reason, Refusal, State
from actors.picture import Picture, PictureRow
from actors.rules import nearest
from actors.views import PipetteView
from transports.rpc import words

_MARK = {State.OPEN: "1", State.CLOSED: "0", State.UNKNOWN: "?"}


@dataclass(frozen=True, slots=True)
class Peer:
    """Who reads the answer: `hello`: one that knows `?` in a word; `pychron`: one that wants Pychron's own words."""

    hello: bool = False
    pychron: bool = False


class CannotSay(Exception):
    """There is no answer, for this reason."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.refusal = Refusal(reason, text)


def valve_state(picture: Picture, args: tuple[str, ...], peer: Peer) -> str:
    """Answer whether a valve is open."""
    return _boolean(_is_open(_row(picture, args[0])), peer)


def indicator(look: Outcome, args: tuple[str, ...], peer: Peer) -> str:
    """Answer whether a valve is open by a look at its device that was made for this question.

    With an action beside the valve, as a furnace's clients ask: `open` or `closed`.
    """
    is_open = _seen_open(look, args[0])
    if len(args) > 1:
        return "open" if is_open else "closed"
    return _boolean(is_open, peer)


def channel_state(look: Outcome, args: tuple[str, ...], _peer: Peer) -> str:
    """Answer whether a switch is on, as a furnace's clients ask: `OK` or `False`; likewise by a look."""
    return "OK" if _seen_open(look, args[0]) else "False"


def _seen_open(look: Outcome, valve: str) -> bool:
    if look.state is State.UNKNOWN:
        raise CannotSay(Reason.NO_ANSWER, f"the state of {valve} is unknown: {look.text}")
    return look.state is State.OPEN


def lock_state(picture: Picture, args: tuple[str, ...], peer: Peer) -> str:
    """Answer whether a valve is software-locked."""
    return _boolean(_row(picture, args[0]).locked, peer)


def states(picture: Picture, _args: tuple[str, ...], peer: Peer) -> str:
    """Answer with every valve's state; a plain peer is not told of one that is unknown, and must not guess it."""
    name = "states with unknown" if peer.hello else "states"
    word = picture.words.get(name)
    if word is None:
        shown = [row for row in picture.rows if peer.hello or row.state is not State.UNKNOWN]
        word = picture.words[name] = words.states_word([(row.name, _MARK[row.state]) for row in shown])
    return word


def locks(picture: Picture, _args: tuple[str, ...], _peer: Peer) -> str:
    """Answer with every valve's lock."""
    word = picture.words.get("locks")
    if word is None:
        word = words.states_word([(row.name, "1" if row.locked else "0") for row in picture.rows])
        picture.words["locks"] = word
    return word


def state_bits(picture: Picture, _args: tuple[str, ...], _peer: Peer) -> str:
    """Answer with the bitmap of states, which has no room for an unknown one."""
    return words.state_word([(row.name, "1" if _is_open(row) else "0") for row in picture.rows])


def lock_bits(picture: Picture, _args: tuple[str, ...], _peer: Peer) -> str:
    """Answer with the bitmap of locks."""
    return words.state_word([(row.name, "1" if row.locked else "0") for row in picture.rows])


def owners(picture: Picture, _args: tuple[str, ...], peer: Peer) -> str:
    """Answer with who owns which valves."""
    return words.owners_word([(row.name, row.owner) for row in picture.rows], unchecked=peer.pychron)


def checksum(picture: Picture, args: tuple[str, ...], _peer: Peer) -> str:
    """Answer with the checksum over the named valves, in that order; names that are not there are passed over."""
    rows = [picture.by_name[name] for name in args if name in picture.by_name]
    return str(words.state_checksum([(row.name, row.kind, _is_open(row), row.locked) for row in rows]))


def pipette_count(pipettes: Sequence[PipetteView], args: tuple[str, ...], peer: Peer) -> str:
    """Answer with how many shots of a pipette were taken."""
    name = args[0]
    found = next((pipette for pipette in pipettes if pipette.name.casefold() == name.casefold()), None)
    if found is not None:
        return str(found.shots)
    if peer.pychron:
        return "0"
    near = nearest(name, [pipette.name for pipette in pipettes])
    raise CannotSay(Reason.UNKNOWN_VALVE, f"{name} is not a registered pipette name{near}")


def pipette_counts(pipettes: Sequence[PipetteView], _args: tuple[str, ...], _peer: Peer) -> str:
    """Answer with all pipettes as JSON."""
    return json.dumps(
        [
            {
                "name": pipette.name,
                "counts": pipette.shots,
                "armed": pipette.armed,
                "last_shot_time": _utc(pipette.last_shot),
            }
            for pipette in pipettes
        ]
    )


def _utc(seconds: float) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else None


def _row(picture: Picture, valve: str) -> PictureRow:
    row = picture.by_name.get(valve)
    if row is None:
        text = f"{valve} is not a registered valve name{nearest(valve, picture.by_name)}"
        raise CannotSay(Reason.UNKNOWN_VALVE, text)
    return row


def _is_open(row: PictureRow) -> bool:
    if row.state is State.UNKNOWN:
        raise CannotSay(Reason.NO_ANSWER, f"the state of {row.name} is unknown: {row.doubt}")
    return row.state is State.OPEN


def _boolean(value: bool, peer: Peer) -> str:
    return "OK" if value and peer.pychron else str(value)
