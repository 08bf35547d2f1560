"""How soon a node that is down is tried again, and what is news."""

import pytest

from transports.rpc.standing import RETRY_LONGEST_S, STEADY_S, Standing

NOON = "12:00:00"


def standing():
    return Standing("Far", "10.0.0.7", 1061, "not connected yet", 100.0, NOON)


def retries_s(node, up_s, times):
    """Come up for so long and fall, so often; return how long it was waited each time."""
    now, waits = 100.0, []
    for _ in range(times):
        node.rise(now, NOON)
        now += up_s
        node.fall("closed", now, NOON)
        waits.append(node.retry_s())
    return waits


def test_a_node_that_does_not_answer_is_tried_ever_more_rarely():
    node = standing()
    waits = []
    for _ in range(12):
        node.fall("connection refused", 100.0, NOON)
        waits.append(node.retry_s())
    assert 0.08 <= waits[0] <= 0.12
    assert 0.16 <= waits[1] <= 0.24
    assert RETRY_LONGEST_S * 0.8 <= waits[-1] <= RETRY_LONGEST_S * 1.2


def test_a_node_that_flaps_is_tried_ever_more_rarely():
    assert retries_s(standing(), STEADY_S - 0.1, 8)[-1] >= RETRY_LONGEST_S * 0.8


def test_a_node_that_was_up_for_a_while_is_tried_at_once():
    assert max(retries_s(standing(), STEADY_S, 8)) <= 0.12


def test_going_down_is_news_once():
    node = standing()
    assert [node.fall("refused", 101.0, "12:00:01"), node.fall("refused", 102.0, "12:00:02")] == [True, False]
    node.rise(103.0, "12:00:03")
    assert node.fall("closed", 104.0, "12:00:04")
    assert node.down_text() == "node Far (10.0.0.7:1061) is down since 12:00:04: closed"


@pytest.mark.parametrize(("trip_ms", "said"), [(None, "up, 10.0.0.7:1061"), (1.26, "up, 10.0.0.7:1061, 1.3 ms")])
def test_it_is_said_in_a_few_words(trip_ms, said):
    node = standing()
    assert node.said(None) == "down: not connected yet, 0 tries"
    node.rise(101.0, NOON)
    assert node.said(trip_ms) == said
    assert node.view(103.0, "b1", trip_ms).detail == "boot b1"
