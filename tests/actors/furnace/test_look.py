"""One look: what is read of a furnace where something cannot be read. Pure, but for a controller that does as told."""

import pytest

from actors.furnace_look import COLD_C, Look, look_at
from hardware.errors import BadReply, DeviceRefused, LinkDown, NoAnswer, NotSent, SensorBroken
from tests.actors.furnace.bench import Controller


@pytest.fixture
def controller():
    return Controller()


def test_a_whole_look_has_all_three(controller):
    assert look_at(controller) == Look(812.46, 20.0, 41.5, None)


@pytest.mark.parametrize("error", [SensorBroken("open"), DeviceRefused("no"), BadReply("what?")])
def test_where_it_talks_the_others_are_asked(controller, error):
    controller.blind = error
    assert look_at(controller) == Look(None, 20.0, 41.5, error)


@pytest.mark.parametrize("error", [NoAnswer("silence"), LinkDown("gone"), NotSent("no port")])
def test_where_it_is_silent_the_others_are_not(controller, error):
    controller.blind = error
    assert look_at(controller) == Look(None, None, None, error)


@pytest.mark.parametrize(
    ("setpoint_c", "output", "is_off", "heats"),
    [
        (0.0, 0.0, True, False),
        (COLD_C, -3.0, True, False),
        (800.0, 0.0, False, True),  # it cools to its set-point
        (0.0, 80.0, False, True),  # by hand
        (None, 0.0, False, False),
        (0.0, None, False, False),
        (None, 1.0, False, True),
        (51.0, None, False, True),
    ],
)
def test_off_is_what_was_seen_to_be(setpoint_c, output, is_off, heats):
    look = Look(20.0, setpoint_c, output, None)
    assert (look.is_off, look.heats) == (is_off, heats)
