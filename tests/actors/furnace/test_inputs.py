"""What a furnace makes of its inputs: cooling water, what is stale, what is no number. Pure."""

import pytest

from actors.furnace_inputs import GaugeSeen, Inputs, WaterLimit

FLOW = WaterLimit("flow", at_least=2.0)
STALE_S = 10.0


@pytest.fixture
def inputs():
    return Inputs(FLOW, STALE_S, now=0.0)


def shows(value, at, name="flow", said=""):
    return GaugeSeen(name, f"channel of {name}", value, said, at)


def test_enough_water_forbids_nothing(inputs):
    inputs.take(shows(2.0, at=1.0))
    assert (inputs.forbids(1.0), inputs.trips(1.0), inputs.water(1.0)) == ("", "", True)


def test_too_little_trips_at_once(inputs):
    inputs.take(shows(1.9, at=1.0))
    text = "no cooling water: flow shows 1.9, less than 2"
    assert (inputs.forbids(1.0), inputs.trips(1.0), inputs.water(1.0)) == (text, text, False)


def test_before_the_first_look_nothing_may_be_heated(inputs):
    assert inputs.forbids(0.0).startswith("whether there is cooling water is not known: no gauge")
    assert inputs.water(0.0) is None


def test_a_number_may_be_missing_for_a_while_and_no_longer(inputs):
    inputs.take(shows(3.0, at=1.0))
    inputs.take(shows(None, at=2.0, said="off"))
    assert inputs.forbids(2.0) == "whether there is cooling water is not known: flow shows no number: off"
    assert inputs.trips(1.0 + STALE_S) == ""
    assert inputs.trips(1.1 + STALE_S) == inputs.forbids(2.0)


def test_a_number_that_nobody_looked_at_again_is_none(inputs):
    inputs.take(shows(3.0, at=1.0))
    assert inputs.trips(1.0 + STALE_S) == ""
    assert inputs.trips(1.1 + STALE_S).endswith("flow shows no number: it is not looked at any more")


def test_silence_from_the_beginning_trips_what_heats_all_the_same(inputs):
    assert inputs.trips(STALE_S) == ""
    assert inputs.trips(STALE_S + 0.1) != ""


def test_other_gauges_say_nothing_of_the_water(inputs):
    inputs.take(shows(3.0, at=1.0))
    inputs.take(shows(0.0, at=2.0, name="door"))
    assert inputs.forbids(2.0) == ""
    inputs.take(shows(5.0, at=12.0, name="door"))
    assert inputs.trips(12.0) != ""


def test_an_input_is_asked_for_by_its_name_or_its_channel(inputs):
    inputs.take(shows(1.0, at=1.0, name="door"))
    assert (inputs.value("door", 1.0), inputs.value("channel of door", 1.0)) == (1.0, 1.0)
    with pytest.raises(LookupError, match="no gauge of this node has shown anything by the name of window"):
        inputs.value("window", 1.0)


def test_a_channel_that_several_gauges_have_is_none(inputs):
    inputs.take(GaugeSeen("door", "1", 1.0, "", 1.0))
    inputs.take(GaugeSeen("lid", "1", 0.0, "", 1.0))
    with pytest.raises(LookupError, match="several gauges have a channel 1: door, lid"):
        inputs.value("1", 1.0)
    assert inputs.value("lid", 1.0) == 0.0


def test_where_nobody_looks_at_the_water_it_forbids_nothing():
    inputs = Inputs(None, STALE_S, now=0.0)
    assert (inputs.forbids(99.0), inputs.trips(99.0), inputs.water(99.0)) == ("", "", None)
