"""Switching off step by step: none is left out because one before it failed."""

import pytest

from hardware.errors import DeviceRefused, NoAnswer
from hardware.heater import carry_out


class NotNow(Exception):
    """What a guard raises."""


@pytest.fixture
def steps():
    """What makes a step that raises, or not, and keeps that it was taken, in `taken`."""

    class Steps:
        def __init__(self):
            self.taken = []

        def __call__(self, problem=None):
            def step():
                self.taken.append(problem)
                if problem is not None:
                    raise problem

            return step

    return Steps()


def test_each_is_taken_in_its_order(steps):
    carry_out(steps(), steps(), steps())
    assert steps.taken == [None, None, None]


def test_the_first_error_is_raised_when_all_were_taken_with_the_words_of_the_others(steps):
    first, second, again = DeviceRefused("no such value", "oven"), NoAnswer("it is silent"), NoAnswer("it is silent")
    with pytest.raises(DeviceRefused, match=r"^oven: no such value; it is silent$") as caught:
        carry_out(steps(), steps(first), steps(second), steps(again), steps())
    assert caught.value is first
    assert steps.taken == [None, first, second, again, None]


def test_what_a_guard_raises_does_not_hide_what_went_wrong_before(steps):
    with pytest.raises(NoAnswer, match=r"^it is silent$"):
        carry_out(steps(NoAnswer("it is silent")), steps(NotNow("too late")))
    with pytest.raises(NotNow, match=r"^too late$"):
        carry_out(steps(NotNow("too late")), steps(NoAnswer("it is silent")))
