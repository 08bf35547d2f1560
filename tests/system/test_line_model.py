"""A real controller on a real wire, commanded by several clients, disturbed and killed at random: a model of it.

Whatever happens: no two valves that exclude each other are opened together, no valve moves that is locked, another's or
out of service, nothing opens in the safe state, every answer is true, an id moves a relay at most once, what was
answered outlives a kill, and in the end the table is the truth.

What no controller can know is not asked of it: a relay that a hand moves between two looks, a readback that lies, when
exactly a person's word was taken in. See `line_truth`.
"""

import re
import time
from collections import Counter
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.system.line_clients import Asked
from tests.system.line_model import ANSWER_S, CLIENTS, Controlled
from tests.system.line_plan import PLAN, TARGETS
from tests.system.model_run import run
from tests.system.nodes import RoleProcess

MOST_KILLS = 3
A_VALVE, A_CLIENT = st.sampled_from(sorted(PLAN.channels)), st.sampled_from(CLIENTS)
A_CHANNEL = st.sampled_from([channel for channels in PLAN.channels.values() for channel in channels])
A_MOVE = st.tuples(A_CLIENT, st.sampled_from(sorted(TARGETS)), A_VALVE)
WORK = (
    (("Open", "C"), ("Close", "C"), ("Open", "D"), ("Close", "D")),
    (("Open", "F"), ("Open", "E"), ("Close", "F"), ("Close", "E"), ("Close", "F")),
    (("Close", "B"), ("Close", "H"), ("Open", "A"), ("Open", "B"), ("Close", "A"), ("Open", "B")),
    (("Close", "B"), ("Open", "W"), ("Open", "B"), ("Close", "W"), ("Open", "W")),
    (("Close", "G"), ("Open", "P"), ("Open", "G"), ("Close", "P"), ("Close", "Q"), ("Open", "G")),
    (("Open", "C"), ("Close", "W"), ("Open", "R"), ("Open", "H"), ("Close", "C")),
)
A_FAULT = st.sampled_from(["", "", "", "", "mute", "garble", "disconnect"])
HOLDING = ("Lock", "Unlock", "Claim", "Release", "OutOfService", "InService")
MORE = {"Claim": ",3600", "OutOfService": ",leaks"}
QUESTIONS = ("GetValveStates", "GetValveLockStates", "GetValveOwners", "GetPipetteCounts", "GetIndicatorState", "Why")
DIGITS = re.compile(r"\d+")


class ControllerModel(RuleBasedStateMachine):
    """The machine. The instrument lives in this process, and outlives the controller's."""

    counts: ClassVar[Counter[str]] = Counter()
    line: Controlled | None = None
    kills = 0

    @initialize()
    def begin(self) -> None:
        self.counts["examples"] += 1
        self.line = Controlled(self.counts)

    # --- what is asked of it --------------------------------------------------------------------------------------

    @rule(moves=st.lists(A_MOVE, min_size=1, max_size=10))
    def move(self, moves: list[tuple[str, str, str]]) -> None:
        """Ask for moves, all at once."""
        for client, verb, valve in moves:
            self.line.ask(client, verb, valve)

    @rule(client=A_CLIENT, work=st.sampled_from(WORK), free=st.booleans())
    def work(self, client: str, work: tuple[tuple[str, str], ...], free: bool) -> None:
        """Do what a person does: one move after the other, each when the last has been answered."""
        if free:
            self.line.ask(client, "SafeState", "clear")
        for verb, valve in work:
            if free:
                for word in ("Unlock", "InService", "Release"):
                    self.line.ask(client, word, valve)
            asked = self.line.ask(client, verb, valve)
            if not asked.done.wait(ANSWER_S):
                self.line.settle()
                break

    @rule(client=A_CLIENT, verb=st.sampled_from(sorted(TARGETS)), valve=A_VALVE, left_s=st.sampled_from([-0.05, 0.002]))
    def move_in_time(self, client: str, verb: str, valve: str, left_s: float) -> None:
        """Ask for a move with a deadline that has passed, or soon will."""
        self.line.ask(client, verb, valve, deadline=time.monotonic() + left_s)

    @rule(client=A_CLIENT, verb=st.sampled_from(HOLDING), valve=A_VALVE)
    def hold(self, client: str, verb: str, valve: str) -> None:
        """Lock, claim, take out of service, and the reverse."""
        self.line.ask(client, verb, valve, MORE.get(verb, ""))

    @rule(client=A_CLIENT, verbs=st.sampled_from([("Unlock",), ("InService",), ("Unlock", "InService", "Release")]))
    def free(self, client: str, verbs: tuple[str, ...]) -> None:
        """Let most go, so that something can move."""
        for verb in verbs:
            for valve in PLAN.channels:
                self.line.ask(client, verb, valve)

    @rule(client=A_CLIENT, clear=st.sampled_from(["", "clear", "clear"]))
    def safe_state(self, client: str, clear: str) -> None:
        self.line.ask(client, "SafeState", clear)

    @rule(client=A_CLIENT, valve=A_VALVE, state=st.sampled_from(["open", "closed"]))
    def assume(self, client: str, valve: str, state: str) -> None:
        """Give a person's word for a valve."""
        self.line.ask(client, "Assume", valve, f",{state},seen by eye")

    @rule(client=A_CLIENT, verb=st.sampled_from(QUESTIONS), valve=A_VALVE, closing=st.booleans())
    def ask(self, client: str, verb: str, valve: str, closing: bool) -> None:
        named = verb in ("GetIndicatorState", "Why")
        self.line.ask(client, verb, valve if named else "", ",closed" if closing and verb == "Why" else "")

    @rule(client=A_CLIENT, again=st.integers(0, 7))
    def ask_again(self, client: str, again: int) -> None:
        """Send a command once more, with its id."""
        own = [one for one in self.line.asked if one.client == client and one.verb in (*TARGETS, *HOLDING, "SafeState")]
        if own:
            self.line.again(own[-1 - again % len(own)])

    @rule(client=A_CLIENT, verb=st.sampled_from(sorted(TARGETS)), valve=A_VALVE)
    def ask_why_first(self, client: str, verb: str, valve: str) -> None:
        """What `Why` says of a move is what becomes of it, if nothing happens in between."""
        line = self.line
        line.faults.mute = line.faults.garble = line.faults.disconnect = False
        line.faults.slow_s = 0.0
        line.settle()
        if line.truth.breaches or not line.await_table():
            return
        why = Asked(client, f"why{len(line.asked)}", "Why", valve, f",{TARGETS[verb]}")
        move = Asked(client, f"then{len(line.asked)}", verb, valve)
        line.send(why, move)
        line.settle()
        self.counts["whys"] += 1
        said, _, rest = why.reply.partition(": ")
        reason = DIGITS.sub("", rest.partition(": ")[2])
        if not move.reply or said not in ("yes", "no"):
            line.truth.breach(f"{why} was answered {why.reply!r}, {move} {move.reply!r}")
        elif (said == "no") != move.refused or (said == "no" and reason not in DIGITS.sub("", move.reply)):
            line.truth.breach(f"{why} was answered {why.reply!r}, and then {move} {move.reply!r}")

    # --- what goes wrong ------------------------------------------------------------------------------------------

    @rule(client=A_CLIENT)
    def drop(self, client: str) -> None:
        """Lose a connection, and the replies on it."""
        self.counts["faults"] += 1
        self.line.note("drop", client)
        self.line.clients[client].drop()

    @rule(channel=A_CHANNEL, fault=st.sampled_from(["stuck", "lie"]), on=st.booleans())
    def break_relay(self, channel: str, fault: str, on: bool) -> None:
        self.counts["faults"] += 1
        self.line.note(fault, channel, on)
        if fault == "lie":
            self.line.truth.lie(channel, on)
        else:
            (self.line.faults.stuck.add if on else self.line.faults.stuck.discard)(channel)

    @rule(slow_s=st.sampled_from([0.0, 0.0, 0.01, 0.6]), fault=A_FAULT)
    def trouble(self, slow_s: float, fault: str) -> None:
        """Let the instrument be late, mute, garbled, or hang up; or let it be well."""
        self.counts["faults"] += 1
        self.line.note("trouble", slow_s, fault)
        faults = self.line.faults
        faults.slow_s = slow_s
        faults.mute, faults.garble, faults.disconnect = fault == "mute", fault == "garble", fault == "disconnect"

    @rule(off=st.sampled_from([False, False, True]))
    def unplug(self, off: bool) -> None:
        self.line.unplug(off=off)

    @rule(channel=A_CHANNEL, closed=st.booleans())
    def by_hand(self, channel: str, closed: bool) -> None:
        self.counts["faults"] += 1
        self.line.note("by hand", channel, closed)
        self.line.truth.put(channel, closed)

    @rule()
    def settle(self) -> None:
        """Wait until everything that was asked for has been answered."""
        self.line.settle()

    @precondition(lambda self: self.kills < MOST_KILLS)
    @rule(orderly=st.sampled_from([False, False, False, True]))
    def kill(self, orderly: bool) -> None:
        """`kill -9`, or an orderly stop, and a new start on the same site; what was answered is still so."""
        self.kills += 1
        self.counts["stops" if orderly else "kills"] += 1
        self.line.end(RoleProcess.stop if orderly else RoleProcess.kill)
        for verb in QUESTIONS[:4]:
            self.line.ask("kim", verb)
        for valve in PLAN.channels:
            self.line.ask("kim", "Why", valve)

    def teardown(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line.verdict()


@pytest.mark.timeout(300)
def test_a_controller_keeps_every_rule_whatever_happens():
    run(ControllerModel, examples=6, steps=50, number=7)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_controller_keeps_every_rule_whatever_happens_for_long():
    run(ControllerModel, examples=140, steps=60)
