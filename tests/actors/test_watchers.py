"""Who is connected, and when each was heard."""

import pytest

from actors.remote import SessionGone, SessionUp
from actors.watchers import MOST_HEARD, Watchers

ACQ, PLAIN = "10.0.0.7/acq", "10.0.0.7/"


@pytest.fixture
def facts():
    return {"leased_sessions": set()}


@pytest.fixture
def told():
    return []


@pytest.fixture
def watchers(facts, told):
    return Watchers(facts, told.append)


def test_a_session_is_up_from_its_first_connection_to_the_end_of_its_last(watchers, facts, told):
    watchers.came(ACQ, 1.0, greeted=True)
    watchers.came(ACQ, 2.0, greeted=True)
    assert facts["sessions"] == {ACQ: 2}
    watchers.ended(ACQ, greeted=True)
    assert told == [SessionUp(ACQ)]
    watchers.ended(ACQ, greeted=True)
    assert told == [SessionUp(ACQ), SessionGone(ACQ, orderly=False)]
    assert facts["sessions"] == {}


def test_who_goes_without_a_word_is_still_known_to_have_been_heard(watchers, facts):
    watchers.came(ACQ, 1.0, greeted=True)[ACQ] = 3.0
    watchers.ended(ACQ, greeted=True)
    assert facts["heard"] == {ACQ: 3.0}


def test_who_says_goodbye_is_not_waited_for(watchers, facts, told):
    watchers.came(ACQ, 1.0, greeted=True)
    watchers.came(ACQ, 1.0, greeted=True)
    watchers.goodbye(ACQ)
    watchers.ended(ACQ, greeted=True)
    assert facts["heard"] == {ACQ: 1.0}
    watchers.ended(ACQ, greeted=True)
    assert told[-1] == SessionGone(ACQ, orderly=True)
    assert facts["heard"] == {}


def test_a_goodbye_holds_until_its_session_goes_on(watchers, told):
    watchers.came(ACQ, 1.0, greeted=True)
    watchers.goodbye(ACQ)
    watchers.came(ACQ, 2.0, greeted=True)
    watchers.ended(ACQ, greeted=True)
    watchers.ended(ACQ, greeted=True)
    assert told[-1] == SessionGone(ACQ, orderly=False)


def test_a_goodbye_holds_until_its_session_gives_a_command(watchers, facts, told):
    watchers.came(ACQ, 1.0, greeted=True)
    watchers.came(ACQ, 1.0, greeted=True)
    watchers.goodbye(ACQ)
    watchers.ended(ACQ, greeted=True)
    watchers.goes_on(ACQ)
    watchers.ended(ACQ, greeted=True)
    assert told[-1] == SessionGone(ACQ, orderly=False)
    assert facts["heard"] == {ACQ: 1.0}


def test_the_line_hears_of_a_plain_peer_only_if_it_has_claimed_something(watchers, facts, told):
    watchers.came(PLAIN, 1.0, greeted=False)
    facts["leased_sessions"].add(PLAIN)
    watchers.ended(PLAIN, greeted=False)
    watchers.came(PLAIN, 2.0, greeted=False)
    facts["leased_sessions"].clear()
    watchers.ended(PLAIN, greeted=False)
    assert told == [SessionGone(PLAIN, orderly=False), SessionUp(PLAIN)]


def test_a_line_that_keeps_no_leases_is_told_nothing(told):
    watchers = Watchers({}, told.append)
    watchers.came(ACQ, 1.0, greeted=True)
    watchers.ended(ACQ, greeted=True)
    assert told == []


def test_names_that_a_peer_makes_up_do_not_pile_up(watchers, facts):
    watchers.came(ACQ, 0.0, greeted=True)
    for number in range(2 * MOST_HEARD):
        watchers.came(f"10.0.0.8/{number}", 1.0 + number, greeted=True)
        watchers.ended(f"10.0.0.8/{number}", greeted=True)
    assert len(facts["heard"]) == MOST_HEARD
    assert ACQ in facts["heard"]
    assert f"10.0.0.8/{2 * MOST_HEARD - 1}" in facts["heard"]
