"""The dump as a state machine: pure."""

from dataclasses import replace

import pytest

from actors.dump import AGAIN_S, HASTE_S, LONGEST_WHY, LOOK_S, Dump, Phase, Plan, energising
from actors.dump_conditions import Do, Step
from actors.messages import State
from tests.actors.loader.run import CLOSED, DOWN, HALT, LIT, LOWER, OFF, ON, ON_WAY, OPEN, PLAN, RAISE, UP, WHERE, Run

OFF_A, OFF_B = Step(Do.OFF, "A"), Step(Do.OFF, "B")


def test_a_dump_that_goes_well():
    run = Run()
    assert (run.order.step, run.dump.phase, run.dump.begun) == (None, Phase.CHECKING, False)
    run.see(UP)
    assert (run.steps, run.dump.phase) == ([LOWER], Do.LOWER)
    run.end().see(ON_WAY)
    assert (run.steps, run.dump.begun) == ([LOWER], True)
    run.later(LOOK_S).see(DOWN).see(DOWN)
    assert (run.steps, run.dump.phase) == ([LOWER, ON], Do.ON)
    run.end().see(LIT)
    assert run.dump.phase == Do.WAIT
    run.later(2.9).see(LIT)
    assert run.steps == [LOWER, ON]
    run.later(0.2).see(LIT)
    assert (run.steps, run.dump.phase) == ([LOWER, ON, OFF], Do.OFF)
    run.end().see(DOWN)
    assert (run.steps, run.dump.phase) == ([LOWER, ON, OFF, RAISE], Do.RAISE)
    run.end().see(ON_WAY).later(LOOK_S).see(UP)
    assert (run.dump.phase, run.dump.active, run.dump.why) == (Phase.DONE, False, "")


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (replace(UP, valves={**UP.valves, "G": OPEN}), "G is open, and has to be closed"),
        (replace(UP, valves={"H": OPEN, "M": CLOSED}), "G is unknown, and has to be closed"),
        (replace(UP, valves={"H": OPEN, "M": CLOSED}, whys={"G": "not read yet"}), "G is unknown (not read yet)"),
        (replace(UP, valves={**UP.valves, "H": CLOSED}), "H is closed, and has to be open"),
        (replace(UP, temperature_c=200.1), "the furnace is at 200.1 C, over 200 C"),
        (replace(UP, temperature_c=float("nan")), "the furnace is at nan C"),
        (replace(UP, temperature_c=None), "the temperature of the furnace is not known"),
        (
            replace(UP, temperature_c=None, whys={"furnace": "mute"}),
            "the temperature of the furnace is not known (mute)",
        ),
        (replace(UP, moving=("feeder",)), "feeder is moving"),
        (replace(UP, moving=("feeder",), whys={"feeder": "mute"}), "whether feeder moves is not known (mute)"),
        (replace(UP, moving=("funnel_drive",)), "funnel_drive is moving"),
        (replace(UP, stalled=("feeder",)), "feeder has stalled"),
        (replace(UP, valves={**UP.valves, "M": OPEN}), "magnet M is not known to be de-energised"),
        (replace(UP, funnel=""), "where the funnel is, is not known"),
        (replace(UP, valves={"G": CLOSED, "H": OPEN}), "magnet M is not known to be de-energised"),
    ],
)
def test_what_forbids_it_is_said_and_nothing_is_touched(seen, why):
    run = Run().see(seen)
    assert (run.steps, run.dump.phase, run.dump.active) == ([], Phase.FAILED, False)
    assert run.dump.why.startswith(f"lowering: {why}")


def test_the_conditions_are_looked_at_anew_before_the_magnets():
    run = Run().see(UP).end().see(DOWN)
    run.see(replace(DOWN, valves={**UP.valves, "G": OPEN}))
    assert run.steps == [LOWER, HALT]
    assert run.dump.why == "energising M: G is open, and has to be closed"


@pytest.mark.parametrize("place", ["up", "between", ""])
def test_a_funnel_that_is_not_down_any_more_keeps_the_magnets_off(place):
    run = Run().see(UP).end().see(DOWN).see(replace(DOWN, funnel=place))
    assert run.steps == [LOWER, HALT]
    assert run.end().steps == [LOWER, HALT, OFF]


def test_what_fails_while_they_are_energised_ends_it_safely():
    run = Run().energised().later(1.0).see(replace(LIT, temperature_c=201.0))
    assert run.steps == [LOWER, ON, HALT]
    run.end()
    assert run.steps == [LOWER, ON, HALT, OFF]
    run.end().see(DOWN)
    assert run.steps == [LOWER, ON, HALT, OFF, RAISE]
    run.end().see(UP)
    assert (run.dump.phase, run.dump.active) == (Phase.FAILED, False)
    assert run.dump.why == "energised M: the furnace is at 201 C, over 200 C"


@pytest.mark.parametrize("state", [CLOSED, State.UNKNOWN])
def test_a_magnet_that_somebody_has_switched_off_is_no_dump(state):
    run = Run().energised().later(1.0).see(replace(LIT, valves={**LIT.valves, "M": state}))
    assert run.steps == [LOWER, ON, HALT]
    assert run.dump.why == f"energised M: M is {state}, and has to be open"


def test_a_stall_on_its_way_down_raises_it_again():
    run = Run().see(UP).end().see(ON_WAY).later(LOOK_S).see(replace(ON_WAY, moving=(), stalled=("funnel_drive",)))
    assert run.steps == [LOWER, HALT]
    run.end().end()
    assert run.steps == [LOWER, HALT, OFF]
    run.see(replace(ON_WAY, moving=()))
    assert run.steps == [LOWER, HALT, OFF, RAISE]


def test_a_funnel_that_cannot_be_raised_either_is_said():
    run = Run().see(UP).end("mute").end("mute").end()
    run.see(replace(ON_WAY, whys={"funnel_drive": "mute"}))
    assert run.dump.active
    run.later(LOOK_S).see(replace(ON_WAY, whys={"funnel_drive": "mute"})).later(30.0)
    assert (run.dump.phase, run.steps) == (Phase.FAILED, [LOWER, HALT, OFF])
    assert run.dump.why == (
        "lowering: mute; then stopping the funnel: mute; then raising: whether funnel_drive moves is not known (mute)"
    )


def test_magnets_that_cannot_be_de_energised_are_told_again_and_the_funnel_stays():
    run = Run().energised()
    run.dump.stop("stopped", run.now)
    run.take().end().end("no answer")
    for _ in range(3):
        run.later(AGAIN_S - 0.1)
        run.later(0.1).end("no answer")
    assert run.steps == [LOWER, ON, HALT, OFF, OFF, OFF, OFF]
    assert run.dump.why == "stopped; then de-energising M: no answer"
    run.later(AGAIN_S).end()
    assert run.steps == [LOWER, ON, HALT, OFF, OFF, OFF, OFF, OFF]
    assert run.see(DOWN).steps[-1] == RAISE


def several():
    """Return a dump with two magnets, on its way down: the one has been lost meanwhile."""
    plan = Plan((LOWER, *energising(("A", "B")), RAISE), (HALT, OFF_A, OFF_B, RAISE), hold_s=3.0, step_s=30.0)
    on_way = replace(ON_WAY, valves={**UP.valves, "A": CLOSED})
    run = Run(plan, replace(WHERE, magnets=("A", "B")))
    return run.see(replace(UP, valves={**UP.valves, "A": CLOSED, "B": CLOSED})).end().see(on_way)


def test_a_magnet_that_does_not_go_off_keeps_no_other_on_and_the_funnel_does_not_go_on():
    run = several()
    assert run.steps == [LOWER, HALT]
    run.end().end("no answer").end()
    assert run.steps == [LOWER, HALT, OFF_A, OFF_B]
    run.later(AGAIN_S).end("no answer")
    assert run.steps == [LOWER, HALT, OFF_A, OFF_B, OFF_A]
    run.later(AGAIN_S).end().see(replace(DOWN, valves={**UP.valves, "A": CLOSED, "B": CLOSED}))
    assert run.steps == [LOWER, HALT, OFF_A, OFF_B, OFF_A, OFF_A, RAISE]


def test_magnets_that_all_do_not_go_off_are_told_so_in_turn():
    run = several().end()
    for _ in range(3):
        run.end("no answer").end("no answer").later(AGAIN_S)
    assert run.steps == [LOWER, HALT, *(3 * [OFF_A, OFF_B]), OFF_A]


def test_a_silent_drive_or_magnet_keeps_the_others_on_for_a_moment_only():
    run = several().later(HASTE_S)
    assert run.steps == [LOWER, HALT, OFF_A]
    run.later(HASTE_S)
    assert run.steps == [LOWER, HALT, OFF_A, OFF_B]
    run.later(HASTE_S)
    assert run.steps == [LOWER, HALT, OFF_A, OFF_B]
    run.later(AGAIN_S - HASTE_S)
    assert run.steps == [LOWER, HALT, OFF_A, OFF_B, OFF_A]
    run.later(29.9)
    assert run.steps[-1] == OFF_A  # it may take its time, now that the others have been told
    assert run.end().steps[-1] == OFF_B


def test_what_goes_wrong_again_and_again_is_said_as_it_was_last():
    run = several().end().end().end("no answer since 0 s")
    for number in range(1, 200):
        run.later(AGAIN_S).end(f"no answer since {number} s")
    assert run.dump.why.endswith("; then de-energising B: no answer since 199 s")
    assert run.dump.why.count("then") == 1


def test_what_it_was_ended_for_is_said_in_so_many_characters():
    dump = Dump(WHERE, PLAN)
    dump.recover(10 * LONGEST_WHY * "x", 0.0)
    assert len(dump.why) == LONGEST_WHY


def test_an_order_that_nobody_answers_is_over_in_its_time():
    run = Run().see(UP).later(30.0)
    assert (run.steps, run.dump.why) == ([LOWER, HALT], "lowering: it took longer than 30 s")
    run.later(HASTE_S).later(30.0).later(AGAIN_S)
    assert run.steps == [LOWER, HALT, OFF, OFF]
    assert run.dump.why == (
        "lowering: it took longer than 30 s; then stopping the funnel: it took longer than 2 s; "
        "then de-energising M: it took longer than 30 s"
    )


def test_a_look_that_nobody_answers_is_over_in_its_time():
    run = Run().later(30.0)
    assert (run.steps, run.dump.phase) == ([], Phase.FAILED)


def test_it_can_be_stopped_at_any_step_once():
    run = Run().see(UP)
    run.dump.stop("stopped by me", run.now)
    run.take()
    run.dump.stop("stopped by somebody else", run.now)
    assert (run.take().steps, run.dump.why) == ([LOWER, HALT], "stopped by me")


def test_stopped_before_anything_has_moved_nothing_moves():
    run = Run()
    run.dump.stop("stopped", run.now)
    assert (run.take().steps, run.dump.phase) == ([], Phase.FAILED)
    run.dump.stop("again", run.now)
    assert run.dump.why == "stopped"


def test_what_an_earlier_life_has_begun_is_ended():
    dump = Dump(WHERE, PLAN)
    dump.recover("the loader was restarted", 0.0)
    assert [order.step for order in dump.take()] == [HALT]


def test_an_answer_to_an_earlier_order_is_none_to_this_one():
    run = Run().see(UP)
    late = run.order
    run.later(30.0)
    run.dump.ended(late.number, "", run.now)
    assert run.take().steps == [LOWER, HALT]


def test_neither_is_an_answer_to_an_earlier_look():
    run = Run().see(UP).end()
    late = run.order
    run.later(30.0).end().end()
    assert run.steps == [LOWER, HALT, OFF]
    run.dump.seen(late.number, UP, run.now)
    assert run.take().steps == [LOWER, HALT, OFF]


def test_neither_is_a_look_that_is_answered_when_it_is_over():
    run = Run().see(UP).end("mute").end().end()
    late = run.order
    run.later(30.0)
    assert (late.step, run.dump.phase) == (None, Phase.FAILED)
    run.dump.seen(late.number, UP, run.now)
    assert run.take().dump.phase == Phase.FAILED


def test_a_funnel_that_is_at_its_place_has_to_stand_still_there():
    run = Run().see(UP).end().see(replace(DOWN, moving=("funnel_drive",)))
    assert run.later(LOOK_S).order.step is None
    assert run.steps == [LOWER]
    assert run.see(DOWN).see(DOWN).steps == [LOWER, ON]


def test_a_drive_that_is_silent_on_its_way_ends_it():
    run = Run().see(UP).end().see(replace(ON_WAY, funnel="", whys={"funnel_drive": "mute"}))
    assert run.steps == [LOWER, HALT]
    assert run.dump.why == "lowering: whether funnel_drive moves is not known (mute)"


def test_without_an_ending_it_is_over_at_once():
    run = Run(Plan((LOWER,), (), 3.0, 30.0)).see(UP).end("mute")
    assert (run.dump.phase, run.dump.active) == (Phase.FAILED, False)


def test_several_magnets_hand_the_sample_on():
    on, off, wait = (lambda name, do=do: Step(do, name) for do in (Do.ON, Do.OFF, Do.WAIT))
    assert energising(("A", "B", "C")) == (
        on("A"), wait("A"), on("B"), wait("B"), off("A"), wait("B"), on("C"), wait("C"), off("B"), wait("C"), off("C"),
    )  # fmt: skip
