"""Cycle and sample: every step by the rules, stopped at the first that fails, and nothing left open."""

import signal
import threading
from dataclasses import replace

import pytest

from actors.errors import FailedToActuate, Interlocked, OutcomeUnknown, Refused, UnknownValve
from actors.messages import Kind, Outcome, Reason, State
from roles.console.namespace import namespace
from roles.console.results import StoppedWaiting
from roles.console.sequences import Sequences
from tests.roles.console.fake_node import INTERLOCKED

UNKNOWN = Outcome("open", "A", Kind.UNKNOWN, reason=Reason.NO_ANSWER, text="A: silence")
STUCK = Outcome("open", "A", Kind.UNKNOWN, State.CLOSED, Reason.FAILED, "Valve A failed to actuate open")


class Waits:
    """Keeps what was waited for; `ends[n]` is raised instead of the n-th wait."""

    def __init__(self, **ends):
        self.waited, self.ends = [], {int(key.removeprefix("at")): end for key, end in ends.items()}

    def __call__(self, duration_s):
        self.waited.append(duration_s)
        if len(self.waited) in self.ends:
            raise self.ends[len(self.waited)]


@pytest.fixture
def said():
    return []


def moves(bench):
    return "".join("o" if message.target is State.OPEN else "c" for message in bench.line.asked)


class Hands:
    """An operator whose n-th step ends otherwise: `ends[n]` is raised before it is told."""

    def __init__(self, operator, ends):
        self._operator, self._ends, self._steps = operator, ends, 0
        self.label, self.refuse = operator.label, operator.refuse

    def open(self, valve):
        self._step()
        return self._operator.open(valve)

    def close(self, valve):
        self._step()
        return self._operator.close(valve)

    def _step(self):
        self._steps += 1
        if self._steps in self._ends:
            raise self._ends[self._steps]


def test_a_cycle_opens_waits_closes_and_waits_between(bench):
    waits = Waits()
    result = Sequences(bench.operator, waits).cycle("A", 3, 1.5, 0.5)
    assert moves(bench) == "ocococ"
    assert waits.waited == [1.5, 0.5, 1.5, 0.5, 1.5]
    assert str(result).startswith("A  closed after 3 cycles  (moved, ")
    assert str(result).endswith("readback)  SIMULATED")
    assert bench.operator.state("A") == "closed"


def test_a_sample_opens_waits_and_closes(bench):
    waits = Waits()
    result = Sequences(bench.operator, waits).sample("bone to minibone", 20)
    assert (moves(bench), waits.waited) == ("oc", [20])
    assert str(result).startswith("A  closed after 20 s open  (moved, ")


def test_one_cycle_is_called_one(bench):
    assert "closed after 1 cycle  " in str(Sequences(bench.operator, Waits()).cycle("A", 1, 0, 0))


@pytest.mark.parametrize("wrong", [0, -1, 1001, 2.0, True, "3", None])
def test_a_wrong_number_of_cycles_moves_nothing(bench, wrong):
    with pytest.raises(Refused, match=r"^cycle: times is a whole number from 1 to 1000, not ") as refused:
        Sequences(bench.operator, Waits()).cycle("A", wrong, 1, 1)
    assert refused.value.outcome.reason is Reason.BAD_ARGUMENTS
    assert bench.line.asked == []


@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf"), 10**400, True, "3", None])
@pytest.mark.parametrize("name", ["open_s", "closed_s", "seconds"])
def test_a_wrong_time_moves_nothing(bench, name, wrong):
    words = Sequences(bench.operator, Waits())
    word, given = (words.sample, {}) if name == "seconds" else (words.cycle, {"times": 2, "open_s": 1, "closed_s": 1})
    with pytest.raises(Refused, match=f": {name} is a number of seconds from 0 to 86400, not "):
        word("A", **{**given, name: wrong})
    assert bench.line.asked == []


def test_an_unknown_name_is_refused_as_by_open(bench):
    with pytest.raises(UnknownValve, match=r"^Q is not a registered valve name.* \(sample, opening\)$"):
        Sequences(bench.operator, Waits()).sample("Q", 1)


# --- what fails -------------------------------------------------------------------------------------------------


def test_a_refused_opening_ends_it_with_the_step_named(bench):
    bench.line.refusals["A"] = INTERLOCKED
    with pytest.raises(Interlocked) as refused:
        Sequences(bench.operator, Waits()).cycle("A", 2, 1, 1)
    assert str(refused.value) == "A may not open while B is open (cycle, opening 1 of 2)"
    assert moves(bench) == "o", "it was never open: there is nothing to close"


def test_a_later_refusal_ends_it_too(bench):
    hands = Hands(bench.operator, {3: Interlocked(INTERLOCKED)})
    with pytest.raises(Interlocked, match=r"\(cycle, opening 2 of 3\)$"):
        Sequences(hands, Waits()).cycle("A", 3, 1, 1)
    assert moves(bench) == "oc"


@pytest.mark.parametrize(("outcome", "kind"), [(UNKNOWN, OutcomeUnknown), (STUCK, FailedToActuate)])
def test_an_opening_whose_end_is_unknown_is_followed_by_a_close(bench, outcome, kind):
    hands = Hands(bench.operator, {1: kind(outcome)})
    with pytest.raises(kind) as unknown:
        Sequences(hands, Waits()).sample("A", 1)
    assert str(unknown.value) == f"{outcome.text} (sample, opening; A was closed again)"
    assert moves(bench) == "c"


def test_where_even_that_fails_it_says_that_the_valve_may_be_open(bench):
    bench.line.refusals["A"] = UNKNOWN
    with pytest.raises(OutcomeUnknown) as unknown:
        Sequences(bench.operator, Waits()).sample("A", 1)
    text = "A: silence (sample, opening; A MAY BE OPEN, closing it failed: A: silence)"
    assert str(unknown.value) == text
    assert moves(bench) == "oc"


def test_a_refused_closing_ends_it_and_is_not_tried_again(bench):
    locked = replace(INTERLOCKED, verb="close", text="A is locked", reason=Reason.LOCKED)
    hands = Hands(bench.operator, {2: Refused(locked)})
    with pytest.raises(Refused, match=r"^A is locked \(cycle, closing 1 of 2\)$"):
        Sequences(hands, Waits()).cycle("A", 2, 1, 1)
    assert moves(bench) == "o"


# --- what stops it ----------------------------------------------------------------------------------------------


def test_ctrl_c_while_it_is_open_closes_it_and_says_so(bench):
    """A real one, while a real wait lasts: nobody would wait for its end."""

    def press():
        bench.line.got.wait(5)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    pressing = threading.Thread(target=press)
    pressing.start()
    with pytest.raises(StoppedWaiting) as stopped:
        namespace(bench.operator, None, interactive=True)["sample"]("A", 3600)
    pressing.join()
    assert str(stopped.value) in (
        "sample stopped (open); A was closed again",
        "sample stopped (opening); A was closed again",  # it was pressed before the answer had come
    )
    assert moves(bench) == "oc"
    assert bench.operator.state("A") == "closed"


def test_ctrl_c_between_two_cycles_says_that_it_is_closed(bench):
    with pytest.raises(StoppedWaiting, match=r"^cycle stopped after 1 of 3; A is closed$"):
        Sequences(bench.operator, Waits(at2=KeyboardInterrupt())).cycle("A", 3, 1, 1)
    assert moves(bench) == "oc"


def test_ctrl_c_while_it_opens_closes_it_behind_the_opening(bench):
    hands = Hands(bench.operator, {1: StoppedWaiting("stopped waiting; open A goes on")})
    with pytest.raises(StoppedWaiting, match=r"^sample stopped \(opening\); A was closed again$"):
        Sequences(hands, Waits()).sample("A", 1)


def test_ctrl_c_while_it_closes_says_that_closing_goes_on(bench):
    hands = Hands(bench.operator, {2: StoppedWaiting("stopped waiting; close A goes on")})
    with pytest.raises(StoppedWaiting, match=r"^stopped waiting; close A goes on$"):
        Sequences(hands, Waits()).sample("A", 1)


def test_ctrl_c_twice_says_that_closing_goes_on(bench):
    hands = Hands(bench.operator, {2: StoppedWaiting("stopped waiting; close A goes on")})
    with pytest.raises(StoppedWaiting, match=r"^sample stopped \(open\); stopped waiting; close A goes on$"):
        Sequences(hands, Waits(at1=KeyboardInterrupt())).sample("A", 1)


def test_ctrl_c_just_before_the_closing_is_told_closes_it_all_the_same(bench):
    hands = Hands(bench.operator, {2: KeyboardInterrupt()})
    with pytest.raises(StoppedWaiting, match=r"^sample stopped \(closing\); A was closed again$"):
        Sequences(hands, Waits()).sample("A", 1)
    assert moves(bench) == "oc"


def test_a_valve_that_cannot_be_closed_after_ctrl_c_is_said_to_be_open(bench):
    hands = Hands(bench.operator, {2: Refused(replace(INTERLOCKED, text="A is locked"))})
    with pytest.raises(StoppedWaiting, match=r"A MAY BE OPEN, closing it failed: A is locked$"):
        Sequences(hands, Waits(at1=KeyboardInterrupt())).sample("A", 1)


def test_whatever_else_ends_it_closes_the_valve_and_is_said(bench, said):
    with pytest.raises(SystemExit):
        Sequences(bench.operator, Waits(at1=SystemExit()), said.append).sample("A", 1)
    assert moves(bench) == "oc"
    assert said == ["sample stopped (open); A was closed again"]
