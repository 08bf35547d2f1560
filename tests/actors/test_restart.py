"""Back-off, and when to give up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.restart import RestartPolicy

POLICY = RestartPolicy(max_restarts=5, within_s=60.0, first_s=0.1, longest_s=1.0)
MIDDLE = 0.5  # no jitter


@pytest.mark.parametrize(("failures", "delay_s"), [(1, 0.1), (2, 0.2), (3, 0.4), (4, 0.8), (5, 1.0), (6, None)])
def test_the_delay_doubles_up_to_the_longest_and_then_it_gives_up(failures, delay_s):
    assert POLICY.delay_s([float(at) for at in range(failures)], MIDDLE) == (
        None if delay_s is None else pytest.approx(delay_s)
    )


def test_failures_of_long_ago_do_not_count():
    assert POLICY.delay_s([0.0, 1.0, 2.0, 3.0, 4.0, 100.0], MIDDLE) == pytest.approx(0.1)


@given(st.floats(0, 1), st.integers(1, 5))
def test_jitter_is_at_most_a_fifth(jitter, failures):
    times = [float(at) for at in range(failures)]
    middle, delay_s = POLICY.delay_s(times, MIDDLE), POLICY.delay_s(times, jitter)
    assert 0.799 * middle <= delay_s <= 1.201 * middle
