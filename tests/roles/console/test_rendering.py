"""Tables and lines for people."""

import pytest

from actors.errors import raise_for
from actors.messages import Kind, Outcome, Reason, Source, State
from actors.views import HistoryRow, NodeView, ValveView
from roles.console import rendering
from roles.console.results import Result


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (
            Outcome("open", "A", Kind.REFUSED, reason=Reason.LOCKED, text="Valve A is software locked (jan)"),
            "refused: Valve A is software locked (jan)",
        ),
        (
            Outcome("open", "A", Kind.REFUSED, reason=Reason.STOPPING, text="the node stops"),
            "refused: open A: the node stops",
        ),
        (
            Outcome("open", "A", Kind.UNKNOWN, reason=Reason.NO_ANSWER, text="no answer in 2.2 s"),
            "unknown: open A: no answer in 2.2 s",
        ),
        (Outcome("open", "A", Kind.UNKNOWN, reason=Reason.NO_ANSWER), "unknown: open A: no answer"),
        (
            Outcome("open", "A", Kind.UNKNOWN, reason=Reason.FAILED, text="A: it reads closed,\ntwice"),
            "failed: A: it reads closed, twice",
        ),
    ],
)
def test_a_failure_says_who_and_why_in_one_line(outcome, line):
    with pytest.raises(Exception) as failure:  # noqa: PT011 - its class is another test's
        raise_for(outcome)
    assert rendering.command_error(failure.value) == line


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (
            Outcome("open", "A", Kind.MOVED, State.OPEN, source=Source.READBACK),
            "A  open  (moved, 3.1 ms, readback)  Lab",
        ),
        (Outcome("close", "A", Kind.ALREADY, State.CLOSED), "A  closed  (already so, 3.1 ms)  Lab"),
        (Outcome("lock", "A", Kind.DONE, State.OPEN), "A  locked  (done, 3.1 ms)  Lab"),
        (Outcome("claim", "A", Kind.DONE, text="OK", source=Source.REPLY), "A  claimed  (done, 3.1 ms, reply)  Lab"),
        (Outcome("claim", "A", Kind.DONE, text="for 60 s"), "A  claimed  (done, 3.1 ms, for 60 s)  Lab"),
        (Outcome("out of service", "A", Kind.DONE, text="OK"), "A  out of service  (done, 3.1 ms)  Lab"),
        (Outcome("safe state", "", Kind.DONE, text="1 valve"), "safe state  1 valve  (done, 3.1 ms)  Lab"),
        (Outcome("GetSetpoint", "Furnace", Kind.DONE, text="20"), "Furnace  20  (done, 3.1 ms)  Lab"),
    ],
)
def test_a_result_says_what_is_so_now(outcome, line):
    assert str(Result(outcome, 3.14, "Lab")) == line


def test_a_valve_out_of_service_says_why():
    view = ValveView("A", State.OPEN, Source.POLL, 1.0, enabled=False, why="leaks")
    assert rendering.state_line(view, "Lab") == "A  open  (1.0 s ago (poll), out of service: leaks)  Lab"


def test_a_node_that_is_down_says_since_when_and_why():
    view = NodeView("Line", "tcp://127.0.0.1:1", "down", 2.5, "connection refused, next try in 2.1 s")
    assert rendering.nodes([view], "Lab").splitlines() == [
        "1 node  Lab",
        "node  status  since  round trip  address            detail",
        "Line  down    2.5 s              tcp://127.0.0.1:1  connection refused, next try in 2.1 s",
    ]


def test_who_owns_a_valve_has_a_column_where_one_is_owned():
    owned = ValveView("A", State.OPEN, Source.POLL, 1.0, owner="eva@lab/console-1", description="Bone")
    free = ValveView("B", State.CLOSED, Source.POLL, 1.0)
    assert rendering.states([owned, free], "Lab").splitlines() == [
        "2 valves  Lab",
        "name  state   learned           lock  owner              description  why",
        "A     open    1.0 s ago (poll)        eva@lab/console-1  Bone",
        "B     closed  1.0 s ago (poll)",
    ]
    assert "owner" not in rendering.states([free], "Lab")


def test_a_command_that_moves_no_valve_has_no_place_in_its_history():
    lock = HistoryRow(0.0, "eva", "lock", "A", "done", "", "OK", 1.2, "unknown", "unknown", "", "")
    assert rendering.history([lock], "Lab", lambda _at: "now").splitlines()[1:] == [
        "time  verb  valve  outcome  was  is  took    who  from  why",
        "now   lock  A      done              1.2 ms  eva",
    ]


def test_no_valves_is_one_line():
    assert rendering.states([], "Lab") == "0 valves  Lab"
