"""What moves add up to: counts, times, stuck, slow, chattering."""

import pytest

from actors.messages import State
from actors.statistics import Health, Tally, TimesView, slow_from_ms

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN


class Clock:
    """A valve that moves to and fro, one move a second."""

    def __init__(self, **waits):
        self.tally, self.now = Tally(**waits), 1000.0

    def moved(self, target=OPEN, took_ms=4.0):
        self.now += max(1.0, took_ms / 1000)
        self.tally.moved(target, took_ms, self.now)

    def opened(self, *times_ms):
        for took_ms in times_ms:
            self.moved(OPEN, took_ms)

    def seen(self, state, after_s=1.0):
        self.now += after_s
        self.tally.seen(state, self.now)

    @property
    def health(self):
        return self.tally.health(self.now)

    @property
    def counts(self):
        return self.tally.counts("A", self.now)


@pytest.fixture
def valve():
    return Clock()


def test_moves_failures_and_unknown_ends_are_counted_each(valve):
    valve.moved()
    valve.moved(CLOSED)
    valve.tally.failed(CLOSED, valve.now)
    valve.tally.unknown(valve.now)
    counts = valve.counts
    assert (counts.moves, counts.failed, counts.unknown) == (2, 1, 1)


def test_times_are_kept_for_each_way(valve):
    valve.opened(3.0, 9.0, 5.0)
    valve.moved(CLOSED, 7.0)
    assert valve.counts.opening == TimesView(5.0, 5.0, 9.0)
    assert valve.counts.closing == TimesView(7.0, 7.0, 7.0)


def test_a_valve_that_never_moved_has_no_times(valve):
    assert valve.counts.opening == TimesView()


def test_the_median_is_of_the_latest(valve):
    valve.opened(*[1.0] * 40, *[9.0] * 32)
    assert valve.counts.opening == TimesView(9.0, 9.0, 9.0)


def test_what_a_move_waited_behind_another_is_not_its_own(valve):
    valve.moved(OPEN, 5.0)
    valve.now += 0.25
    valve.tally.moved(CLOSED, 3000.0, valve.now)
    assert valve.counts.closing.last_ms == pytest.approx(250.0)


def test_a_clock_that_was_set_back_makes_no_negative_time(valve):
    valve.moved()
    valve.tally.moved(CLOSED, 5.0, valve.now - 3600.0)
    assert valve.counts.closing.last_ms == 0.0


# --- stuck ------------------------------------------------------------------------------------------------------


def test_two_failures_in_a_row_are_stuck_and_a_move_ends_that(valve):
    valve.tally.failed(CLOSED, valve.now)
    assert valve.health == ()
    valve.tally.failed(CLOSED, valve.now)
    assert valve.health == (Health.STUCK,)
    valve.moved()
    assert valve.health == ()


def test_a_move_in_between_is_no_row(valve):
    valve.tally.failed(CLOSED, valve.now)
    valve.moved()
    valve.tally.failed(CLOSED, valve.now)
    assert valve.health == ()


def test_an_unknown_end_says_nothing_of_being_stuck(valve):
    valve.tally.failed(CLOSED, valve.now)
    valve.tally.unknown(valve.now)
    valve.tally.failed(CLOSED, valve.now)
    assert valve.health == (Health.STUCK,)
    valve.tally.unknown(valve.now)
    assert valve.health == (Health.STUCK,)


# --- slow -------------------------------------------------------------------------------------------------------


def test_a_move_far_over_the_usual_is_slow_until_the_next_that_way_is_not(valve):
    valve.opened(*[100.0] * 8, 351.0)
    assert valve.health == (Health.SLOW,)
    valve.moved(CLOSED, 100.0)
    assert valve.health == (Health.SLOW,)
    valve.opened(100.0)
    assert valve.health == ()


@pytest.mark.parametrize("took_ms", [300.0, 349.0])
def test_a_little_longer_is_not_slow(valve, took_ms):
    valve.opened(*[100.0] * 8, took_ms)
    assert valve.health == ()


def test_too_few_moves_tell_nothing(valve):
    valve.opened(*[100.0] * 7, 5000.0)
    assert valve.health == ()


def test_what_the_site_has_it_wait_is_not_the_valves_own_time():
    assert slow_from_ms([2010.0] * 8, 2000.0) == 2260.0
    assert slow_from_ms([2200.0] * 8, 2000.0) == 2600.0
    assert slow_from_ms([5.0] * 8, 2000.0) == 2250.0  # mostly hurried: they did not settle
    settling = Clock(opening_waits_ms=2000.0)
    settling.opened(*[2010.0] * 8, 2300.0)
    assert settling.health == (Health.SLOW,)


# --- chattering -------------------------------------------------------------------------------------------------


def test_four_changes_within_a_minute_chatter_until_a_minute_has_passed(valve):
    for state in (CLOSED, OPEN, CLOSED, OPEN):
        valve.seen(state)
    assert valve.health == ()
    valve.seen(CLOSED)
    assert valve.health == (Health.CHATTERING,)
    valve.now += 60.0
    assert valve.health == ()


def test_four_changes_over_more_than_a_minute_do_not(valve):
    for state in (CLOSED, OPEN, CLOSED, OPEN, CLOSED, OPEN):
        valve.seen(state, after_s=21.0)
    assert valve.health == ()


def test_what_was_commanded_is_no_change_of_its_own(valve):
    for target in (OPEN, CLOSED) * 4:
        valve.moved(target)
        valve.seen(target)
    assert valve.health == ()


def test_what_is_seen_after_an_unknown_end_or_an_unknown_state_is_no_change(valve):
    for state in (OPEN, CLOSED) * 3:
        valve.tally.unknown(valve.now)
        valve.seen(state)
    for state in (OPEN, UNKNOWN, CLOSED, UNKNOWN) * 3:
        valve.seen(state)
    assert valve.health == ()


def test_it_may_be_more_than_one_thing(valve):
    valve.opened(*[100.0] * 8, 5000.0)
    valve.tally.failed(CLOSED, valve.now)
    valve.tally.failed(CLOSED, valve.now)
    assert valve.health == (Health.STUCK, Health.SLOW)
