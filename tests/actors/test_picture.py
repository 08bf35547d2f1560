"""How the table takes in what others saw: time, revisions, silence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors import picture
from actors.actuation import OriginLost, Seen
from actors.messages import Source, State
from actors.table import Row, ValveSpec

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
NOW = 100.0
UTC = 1_700_000_000.0
FAR = "node.Far"


def row(name, state=CLOSED, learned=90.5, origin=FAR, **more):
    return Row(ValveSpec(name, actuator=origin), state, Source.POLL, learned, seen=learned, **more)


def table(*rows):
    return {each.spec.name: each for each in rows}


def look(at, *, source=Source.POLL, complete=True, revisions=None, origin=FAR, **states):
    return Seen(origin, states, source, at, complete, revisions or {})


def told(changes):
    return {change.row.spec.name: (change.before, change.row.state, change.surprise) for change in changes}


def test_a_change_is_told_with_what_was_believed_before():
    valves = table(row("A"), row("B", UNKNOWN), row("C"))
    changes = picture.take_in(valves, look(99.0, A=OPEN, B=OPEN, C=CLOSED), NOW)
    assert told(changes) == {"A": (CLOSED, OPEN, True), "B": (UNKNOWN, OPEN, False)}
    assert [valves[name].revision for name in "ABC"] == [1, 1, 0]
    assert {valves[name].learned for name in "ABC"} == {99.0}


def test_a_poll_older_than_an_event_does_not_undo_it():
    valves = table(row("A"))
    picture.take_in(valves, look(99.0, source=Source.EVENT, complete=False, revisions={"A": 4}, A=OPEN), NOW)
    assert picture.take_in(valves, look(98.9, A=CLOSED), NOW) == []
    assert (valves["A"].state, valves["A"].learned) == (OPEN, 99.0)
    assert told(picture.take_in(valves, look(99.1, A=CLOSED), NOW)) == {"A": (OPEN, CLOSED, True)}


def test_a_later_revision_wins_over_time_and_an_earlier_one_says_nothing():
    valves = table(row("A", learned=99.9, origin_revision=5))
    late = look(99.0, source=Source.EVENT, complete=False, revisions={"A": 6}, A=OPEN)
    assert told(picture.take_in(valves, late, NOW)) == {"A": (CLOSED, OPEN, True)}
    early = look(99.95, source=Source.EVENT, complete=False, revisions={"A": 5}, A=CLOSED)
    assert picture.take_in(valves, early, NOW) == []
    assert (valves["A"].state, valves["A"].origin_revision) == (OPEN, 6)


def test_a_valve_missing_in_a_word_is_unknown():
    valves = table(row("A"), row("B"))
    changes = picture.take_in(valves, look(99.0, A=CLOSED), NOW)
    assert told(changes) == {"B": (CLOSED, UNKNOWN, False)}
    assert valves["B"].why == "node.Far does not know it"


def test_what_an_incomplete_look_leaves_out_stays():
    valves = table(row("A"), row("B"))
    assert told(picture.take_in(valves, look(99.0, complete=False, A=OPEN), NOW)) == {"A": (CLOSED, OPEN, True)}
    assert valves["B"].state is CLOSED


def test_valves_of_another_origin_in_flight_or_in_doubt_are_passed_over():
    valves = table(row("A", origin="node.Other"), row("B", moving=OPEN), row("C"))
    assert picture.take_in(valves, look(99.0, A=OPEN, B=OPEN, C=OPEN), NOW, waiting={"C"}) == []
    assert {each.state for each in valves.values()} == {CLOSED}


def test_a_confirmation_refreshes_without_a_change():
    valves = table(row("A"))
    assert picture.take_in(valves, look(99.5, A=CLOSED), NOW) == []
    assert valves["A"].known(109.0) is CLOSED


def test_a_valve_that_was_silent_too_long_is_news_when_it_is_heard_again():
    valves = table(row("A", learned=80.0))
    assert told(picture.take_in(valves, look(99.5, A=CLOSED), NOW)) == {"A": (UNKNOWN, CLOSED, False)}


def test_a_lost_origin_makes_its_valves_unknown_and_forgets_its_revisions():
    valves = table(row("A", origin_revision=9), row("B", UNKNOWN), row("C", origin="node.Other"))
    assert told(picture.lose(valves, OriginLost(FAR, "killed"), NOW)) == {"A": (CLOSED, UNKNOWN, False)}
    assert (valves["A"].why, valves["A"].origin_revision, valves["B"].why) == ("killed", 0, "killed")
    assert valves["C"].state is CLOSED


def test_after_a_loss_the_new_lives_first_revision_counts():
    valves = table(row("A", origin_revision=9))
    picture.lose(valves, OriginLost(FAR, "killed"), NOW)
    look_again = look(99.0, source=Source.EVENT, complete=False, revisions={"A": 1}, A=OPEN)
    assert told(picture.take_in(valves, look_again, NOW)) == {"A": (UNKNOWN, OPEN, False)}


def test_silence_is_told_once_and_again_after_it_was_heard():
    valves, silent = table(row("A", learned=89.0), row("B", UNKNOWN), row("C")), set()
    assert [change.row.spec.name for change in picture.expire(valves, NOW, silent)] == ["A"]
    assert picture.expire(valves, NOW + 0.1, silent) == []
    picture.take_in(valves, look(NOW, A=CLOSED, C=CLOSED), NOW)
    assert picture.expire(valves, NOW + 0.2, silent) == []
    assert {change.row.spec.name for change in picture.expire(valves, NOW + 20, silent)} == {"A", "C"}


def test_a_painted_picture_says_unknown_of_what_is_stale():
    valves = table(row("A", OPEN), row("B", OPEN, learned=89.0, locked="jan"))
    painted = picture.paint(valves, 7, NOW)
    assert (painted.revision, [each.state for each in painted.rows]) == (7, [OPEN, UNKNOWN])
    assert painted.by_name["B"].doubt == "nothing heard of it for 11.0 s"
    assert painted.by_name["B"].locked


def test_a_view_says_why_and_since_when():
    never, disabled = Row(ValveSpec("A", actuator=FAR), learned=0.0), row("B", OPEN)
    disabled.spec = ValveSpec("B", actuator=FAR, enabled=False, disabled_why="leaks")
    views = picture.views(table(never, disabled), NOW, UTC)
    assert (views[0].age_s, views[0].at, views[0].why) == (None, None, "not read yet")
    assert views[1].at == UTC - 9.5
    assert (views[1].age_s, views[1].why, views[1].origin) == (9.5, "leaks", FAR)


def test_an_unknown_valve_says_how_long_ago_it_was_known():
    valves = table(row("A", OPEN))
    picture.lose(valves, OriginLost(FAR, "killed"), NOW - 1.0)
    view = picture.views(valves, NOW, UTC)[0]
    assert (view.state, view.age_s, view.source) == (UNKNOWN, 9.5, Source.POLL)


events = st.lists(
    st.tuples(st.integers(1, 6), st.floats(90.5, 99.9), st.sampled_from([OPEN, CLOSED])), min_size=1, max_size=8
)


@given(events, st.randoms())
def test_events_in_any_order_end_at_the_highest_revision(told_events, random):
    """Each revision has one state; however they are shuffled and repeated, the last one stands."""
    by_revision = {revision: (at, state) for revision, at, state in told_events}
    shuffled = [*by_revision.items(), *by_revision.items()]
    random.shuffle(shuffled)
    valves = table(row("A", UNKNOWN))
    for revision, (at, state) in shuffled:
        picture.take_in(valves, look(at, complete=False, revisions={"A": revision}, A=state), NOW)
    assert valves["A"].state is by_revision[max(by_revision)][1]
    assert valves["A"].origin_revision == max(by_revision)


@pytest.mark.parametrize("state", [OPEN, CLOSED])
def test_a_row_is_believed_for_its_own_term_only(state):
    valve = Row(ValveSpec("A", stale_after_s=3.0), state, learned=10.0)
    assert (valve.known(13.0), valve.known(13.1)) == (state, UNKNOWN)


def test_a_valve_in_flight_is_neither_where_it_was_nor_where_it_goes():
    row = Row(ValveSpec("A"), State.CLOSED, learned=NOW, moving=State.OPEN)
    painted = picture.paint({"A": row}, 1, NOW).by_name["A"]
    assert (painted.state, painted.doubt) == (State.UNKNOWN, "it is moving to open")


def test_a_state_of_which_nothing_was_heard_for_a_while_is_said_to_be_old():
    fresh, old, gone = (row(name, OPEN, learned=NOW - age) for name, age in (("A", 3.0), ("B", 4.0), ("C", 11.0)))
    shown = picture.views(table(fresh, old, gone), NOW, UTC)
    assert [view.stale for view in shown] == [False, True, False]
    assert [view.state for view in shown] == [OPEN, OPEN, UNKNOWN]


def test_a_valve_grows_stale_once_and_is_fresh_again_once():
    valves, already = table(row("A", OPEN, learned=NOW - 3.0), row("B", CLOSED, learned=NOW)), set()
    assert picture.aged(valves, NOW, already) == []
    assert [one.spec.name for one in picture.aged(valves, NOW + 1.0, already)] == ["A"]
    assert picture.aged(valves, NOW + 1.5, already) == []
    valves["A"].learned = NOW + 1.6
    assert [one.spec.name for one in picture.aged(valves, NOW + 1.7, already)] == ["A"]


@pytest.mark.parametrize("change", [{"moving": CLOSED}, {"state": UNKNOWN}, {"learned": 0.0}])
def test_one_that_moves_or_is_unknown_is_told_by_that_and_not_by_its_age(change):
    valves, already = table(row("A", OPEN, learned=NOW - 4.0)), set()
    picture.aged(valves, NOW, already)
    for name, told in change.items():
        setattr(valves["A"], name, told)
    assert picture.aged(valves, NOW, already) == []
    assert already == set()


def test_a_valve_that_its_own_node_does_not_know_is_unknown_for_that_nodes_reason():
    valves = table(row("A", OPEN), row("B", OPEN))
    picture.take_in(valves, replace(look(NOW, A=UNKNOWN, B=UNKNOWN), whys={"A": "its move was cut short"}), NOW)
    assert [valves[name].why for name in "AB"] == ["its move was cut short", f"{FAR} does not know it"]
