"""What is asked of a peer that has no HELLO, for others: as jobs, each of which answers whoever asked, once.

`OK` and `ok` are receipts only: a valve that is software-locked there is answered `ok`, and does not move. How a move
ended is what the peer answers when it is asked for the indicator, 50 ms later, as Pychron's own client does. After a
timeout nothing is repeated: the connection was dropped, and the indicator is asked for all the same. Such a peer takes
up one command after the other, so what it reads then is how the move ended; if that is where the valve was sent, the
move is told as done, and as unknown otherwise, for it may still come about.
"""

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from actors.actuation import Settled, Switch, Switched
from actors.messages import Kind, Outcome, Query, Reason, Source, State
from actors.remote import AskWord
from transports.rpc import codes, forward
from transports.rpc.codes import ReplyKind
from transports.rpc.host import Host
from transports.rpc.plain_lane import Job, PlainLane, Reply, Say
from transports.rpc.word import Word

MAX_WAIT_S = 2.0  # a command that could not be sent by then is refused
PLAIN_BOOT = "plain"  # such a peer tells no life of its own
INDICATOR_AFTER_S = 0.05
_TRUE = frozenset({"true", "t", "yes", "y", "1", "ok", "open"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "closed"})


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a valve: its state, or unknown and why."""

    state: State
    why: str = ""


class PlainErrands:
    """The requests of one peer without HELLO. `acts`, `asks`: its lanes."""

    def __init__(self, host: Host, acts: PlainLane, asks: PlainLane) -> None:
        self._host = host
        self._acts, self._asks = acts, asks
        self._timeout_s = host.settings.timeout_s

    def take(self, message: Any) -> None:
        """Carry out one errand, or say at once why it cannot be: the node is down, or such a peer cannot do it."""
        up = self._host.standing.up
        if isinstance(message, Switch):
            if up:
                self._acts.run(self._move(message, self._send_by(message.request.deadline)))
            else:
                self._end(message, Kind.REFUSED, Reason.NOT_CONNECTED, self._host.standing.down_text())
        elif isinstance(message, AskWord):
            if up:
                self._asks.run(self._word(message))
            else:
                failed = Word(message, time.monotonic()).failed(self._host.standing.down_text())
                self._host.tell_path(message.reply_path, failed)
        elif not up:
            self._refuse(message, Reason.NOT_CONNECTED, self._host.standing.down_text())
        elif isinstance(message, Query) and message.what != "why":
            command = forward.command_of(message, self._host.settings.name)
            send_by = self._send_by(message.request.deadline if command.acts else None)
            (self._acts if command.acts else self._asks).run(self._query(message, command, send_by))
        else:
            self._refuse(message, Reason.NOT_PERMITTED, self._cannot(message))

    # --- moves --------------------------------------------------------------------------------------------

    def _move(self, switch: Switch, send_by: float) -> Job:
        delay_s = self._host.settings.valves.get(switch.valve, 0.0)
        receipt = yield Say(forward.act_text(switch), self._timeout_s + delay_s, send_by)
        if receipt.text is None and not receipt.sent:
            reason = Reason.EXPIRED if receipt.late else Reason.NOT_CONNECTED
            self._end(switch, Kind.REFUSED, reason, f"{switch.valve}: {receipt.why}; nothing was sent")
            return
        said = codes.parse_reply(receipt.text or "")
        if said.kind is ReplyKind.ERROR and said.reason not in forward.MAY_HAVE_ACTED:
            self._end(switch, Kind.REFUSED, said.reason, said.text)
            return
        yield INDICATOR_AFTER_S
        look = yield from self._look(switch.valve)
        if look.state not in (switch.target, State.UNKNOWN) and receipt.text is not None:
            yield INDICATOR_AFTER_S
            again = yield from self._look(switch.valve)
            if again.state is not look.state:
                look = Look(State.UNKNOWN, f"two looks differ ({look.state}, then {again.state})")
        if said.kind is ReplyKind.ERROR:
            self._end_failed(switch, said, look)
        elif receipt.text is None:
            self._end_unanswered(switch, receipt, look)
        elif said.kind is ReplyKind.ALREADY and look.state not in (switch.target, State.UNKNOWN):
            locked = yield Say(f"GetValveLockState {switch.valve}", self._timeout_s)
            self._end_unmoved(switch, look, locked=_truth(locked.text) is True)
        else:
            self._end_receipted(switch, said, look)

    def _look(self, valve: str) -> Generator[Say | float, Reply, Look]:
        reply = yield Say(f"GetIndicatorState {valve}", self._timeout_s)
        is_open = _truth(reply.text)
        if is_open is None:
            return Look(State.UNKNOWN, reply.why if reply.text is None else f"it reads {reply.text[:80]!r}")
        return Look(State.OPEN if is_open else State.CLOSED)

    def _end_failed(self, switch: Switch, said: codes.Reply, look: Look) -> None:
        """End a move that failed, as the peer says: by an interlock, an owner, or the valve itself. It does not say."""
        if said.reason is Reason.FAILED and look.state not in (switch.target, State.UNKNOWN):
            self._end(switch, Kind.REFUSED, said.reason, said.text, look.state)
        else:
            text = f"{said.text}; {look.why or f'it reads {look.state}'}"
            self._end(switch, Kind.UNKNOWN, said.reason, text, look.state)

    def _end_unanswered(self, switch: Switch, receipt: Reply, look: Look) -> None:
        self._host.tidings.back(PLAIN_BOOT)  # have everything read now
        if look.state is switch.target:
            self._end(switch, Kind.MOVED, None, f"{receipt.why}, but it reads {look.state}", look.state)
        else:
            seen = f"it read {look.state} afterwards" if look.state is not State.UNKNOWN else look.why
            text = f"{switch.valve}: {receipt.why}" + (f"; {seen}" if seen != receipt.why else "")
            self._end(switch, Kind.UNKNOWN, Reason.NO_ANSWER, text)

    def _end_unmoved(self, switch: Switch, look: Look, *, locked: bool) -> None:
        """End a move that the peer took without moving anything."""
        if locked:
            text = f"Valve {switch.valve} is software locked there; nothing moved, it reads {look.state}"
            self._end(switch, Kind.REFUSED, Reason.LOCKED, text, look.state)
        else:
            text = f"{_failed(switch)}: the peer took it and moved nothing, it reads {look.state}"
            self._end(switch, Kind.UNKNOWN, Reason.FAILED, text, look.state)

    def _end_receipted(self, switch: Switch, said: codes.Reply, look: Look) -> None:
        if look.state is State.UNKNOWN:
            text = f"{switch.valve}: the peer answered {said.text[:80]!r}, and was asked how it stands: {look.why}"
            self._end(switch, Kind.UNKNOWN, Reason.NO_ANSWER, text)
        elif look.state is not switch.target:
            text = f"{_failed(switch)}: it reads {look.state}, twice"
            self._end(switch, Kind.UNKNOWN, Reason.FAILED, text, look.state)
        else:
            self._end(switch, Kind.ALREADY if said.kind is ReplyKind.ALREADY else Kind.MOVED, None, "", look.state)

    def _end(self, switch: Switch, kind: Kind, reason: Reason | None, text: str, state: State = State.UNKNOWN) -> None:
        source = Source.NONE if state is State.UNKNOWN else Source.REPLY
        result = Switched(switch.valve, kind, state, source, reason, text, final=True, order=switch.order)
        self._host.tell_path(switch.valve_path, result)

    # --- everything else ----------------------------------------------------------------------------------

    def _word(self, ask: AskWord) -> Job:
        word = Word(ask, time.monotonic())
        if ask.what == "checksum" and len(ask.over) == 1 and len(ask.over[0][0]) > 1:
            heard = word.failed("Pychron reckons no checksum over one name of several letters")
        else:
            reply = yield Say(word.question, self._timeout_s)
            heard = word.failed(reply.why) if reply.text is None else word.heard(reply.text, time.monotonic())
        self._host.tell_path(ask.reply_path, heard)

    def _query(self, query: Query, command: forward.Command, send_by: float) -> Job:
        began = time.monotonic()
        reply = yield Say(command.text, self._timeout_s, send_by)
        took_ms = (time.monotonic() - began) * 1000
        if reply.text is not None:
            outcome = forward.outcome_of(command, reply.text, {}, took_ms)
        else:
            kind, reason = (Kind.UNKNOWN, Reason.NO_ANSWER) if reply.sent else (Kind.REFUSED, Reason.NOT_CONNECTED)
            reason = Reason.EXPIRED if reply.late else reason
            outcome = Outcome(command.name, command.subject, kind, reason=reason, text=reply.why, took_ms=took_ms)
        self._answer(query, command, outcome)

    def _refuse(self, order: forward.Order, reason: Reason, text: str) -> None:
        command = forward.command_of(order, self._host.settings.name)
        outcome = Outcome(command.name, command.subject, Kind.REFUSED, reason=reason, text=text)
        self._answer(order, command, outcome)

    def _answer(self, order: forward.Order, command: forward.Command, outcome: Outcome) -> None:
        order.request.reply_to.answer(outcome)
        if command.acts:
            self._host.tell_path("chronicle", Settled(order.request, outcome, outcome.state, time.time()))

    def _cannot(self, order: forward.Order) -> str:
        verb = forward.command_of(order, self._host.settings.name).text.partition(" ")[0]
        standing = self._host.standing
        return f"node {standing.name} ({standing.address}) is a plain peer without HELLO: it knows no {verb}"

    def _send_by(self, deadline: float | None) -> float:
        latest = time.monotonic() + MAX_WAIT_S
        return latest if deadline is None else min(latest, deadline)


def _failed(switch: Switch) -> str:
    return f"Valve {switch.valve} failed to actuate {'open' if switch.target is State.OPEN else 'close'}"


def _truth(text: str | None) -> bool | None:
    """Return what Pychron's clients take a reply for; None: it is neither."""
    word = (text or "").strip().casefold()
    return True if word in _TRUE else False if word in _FALSE else None
