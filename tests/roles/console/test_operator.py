"""The operator: what is sent, what comes back, what is raised, and that no wait is endless."""

import re
import signal
import threading
import time

import pytest

from actors.errors import Interlocked, NotConnected, OutcomeUnknown, Refused, UnknownValve
from actors.messages import Move, Request, SetLock, State
from actors.promise import Promise
from roles.console.results import StoppedWaiting
from tests.roles.console.fake_node import INTERLOCKED, FakeFurnaceNode, FakeLine


def test_open_says_what_happened_how_long_it_took_and_that_it_is_simulated(bench):
    assert re.fullmatch(r"A  open  \(moved, \d+\.\d ms, readback\)  SIMULATED", str(bench.operator.open("A")))


def test_a_result_shows_and_prints_alike(bench):
    result = bench.operator.close("A")
    assert repr(result) == str(result)
    assert "already so" in str(result)


def test_a_command_carries_who_until_when_and_its_own_id(bench):
    before = time.monotonic()
    bench.operator.open("A")
    request = bench.line.asked[0].request
    assert request.by == "me@bench/1"
    assert before + 2.0 <= request.deadline <= time.monotonic() + 2.0
    assert request.id
    assert request.trace


def test_a_valve_goes_by_its_description_in_any_case(bench):
    bench.operator.open("bone TO minibone")
    assert bench.line.asked[0].valve == "A"


def test_a_mistyped_description_names_the_nearest_and_nothing_moves(bench):
    with pytest.raises(UnknownValve, match=re.escape("(did you mean Bone to Turbo?)")):
        bench.operator.open("Bone to Trubo")
    assert bench.line.asked == []


def test_a_name_that_is_near_to_none_gets_the_list(bench):
    with pytest.raises(UnknownValve, match="Q is not a registered valve name; there are A, B, C"):
        bench.operator.open("Q")


def test_a_refusal_is_raised_by_its_name(bench):
    bench.line.refusals["A"] = INTERLOCKED
    with pytest.raises(Interlocked, match="A may not open while B is open"):
        bench.operator.open("A")


def test_no_answer_is_unknown_after_the_timeout(bench):
    bench.line.silent.add("A")
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown, match="no answer in"):
        bench.hands(timeout_s=0.05).open("A")
    assert time.monotonic() - began < 1.0


def test_a_valve_that_still_moves_is_waited_for_beyond_the_timeout(bench):
    bench.line.silent.add("A")
    bench.line.moving_when_silent = True
    outcomes = []
    asking = threading.Thread(target=lambda: outcomes.append(_ending_of(bench.hands(timeout_s=0.05), "A")))
    asking.start()
    asking.join(0.4)
    assert asking.is_alive()
    bench.line.rows["A"] = bench.line.rows["A"].__class__("A", State.UNKNOWN)
    asking.join(5)
    assert outcomes == [OutcomeUnknown]


def _ending_of(operator, valve):
    try:
        operator.open(valve)
    except OutcomeUnknown as error:
        return error.__class__


def test_a_line_that_restarts_refuses_at_once(bench):
    bench.stop("extraction_line")
    with pytest.raises(NotConnected, match="extraction_line does not run now"):
        bench.operator.open("A")


def test_the_line_is_found_again_after_its_restart(bench):
    bench.stop("extraction_line")
    bench.start("extraction_line", FakeLine)
    assert bench.operator.open("A").outcome.ok


def test_ctrl_c_stops_the_wait_not_the_command(bench):
    bench.line.silent.add("A")

    def press():
        bench.line.got.wait(5)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    pressing = threading.Thread(target=press)
    pressing.start()
    with pytest.raises(StoppedWaiting, match="stopped waiting; open A goes on"):
        bench.hands(timeout_s=10).open("A")
    pressing.join()


def test_state_is_a_line_that_equals_its_word(bench):
    assert bench.operator.state("A") == "closed"
    assert str(bench.operator.state("A")) == "A  closed  (0.4 s ago (readback))  SIMULATED"
    assert str(bench.operator.state("C")) == "C  unknown  (never, not read yet)  SIMULATED"


def test_a_moving_valve_is_neither_open_nor_closed(bench):
    bench.line.silent.add("A")
    bench.line.moving_when_silent = True
    bench.context.directory.tell("extraction_line", Move("A", State.OPEN, Request(Promise())))
    assert bench.line.got.wait(5)
    known = bench.operator.state("A")
    assert known.state is State.UNKNOWN
    assert "opening" in str(known)


def test_lock_and_unlock_are_told_apart(bench):
    assert str(bench.operator.lock("A")).startswith("A  locked  (done, ")
    assert str(bench.operator.unlock("A")).startswith("A  unlocked  (done, ")
    assert [message.locked for message in bench.line.asked if isinstance(message, SetLock)] == [True, False]


def test_a_node_that_restarts_is_still_listed(bench):
    assert [view.status for view in bench.operator.nodes()] == ["up"]
    bench.stop("node.Furnace")
    assert [(view.name, view.status) for view in bench.operator.nodes()] == [("Furnace", "restarting")]
    bench.start("node.Furnace", FakeFurnaceNode)
    assert [view.status for view in bench.operator.nodes()] == ["up"]


def test_restart_of_a_path_that_is_not_there_names_the_nearest(bench):
    assert str(bench.operator.restart("extraction_line")).startswith("extraction_line  restarting  (done, ")
    with pytest.raises(Refused, match=re.escape("there is no actor extraction_lin (did you mean extraction_line?)")):
        bench.operator.restart("extraction_lin")


def test_outcomes_of_a_real_site_name_the_nodes_that_are_simulated(bench):
    hands = bench.hands(site_label="lab-1")
    assert str(hands.open("A")).endswith("  lab-1")
    bench.context.facts["simulated_nodes"] = {"ExtractionLine": True, "Furnace": False}
    assert str(hands.close("A")).endswith("  lab-1 with SIMULATED ExtractionLine")
    bench.context.facts["simulated_devices"] = {"switch_controller": True}
    assert str(hands.open("A")).endswith("  lab-1 with SIMULATED ExtractionLine, switch_controller")
