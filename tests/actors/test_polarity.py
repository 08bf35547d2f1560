"""Senses both ways: whatever a site says, what is driven is what is read."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.messages import State
from actors.polarity import channels_of, of_device, wiring_of
from actors.table import DOUBLE, MANUAL, ValveSpec

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
RELAYS, SENSORS = "actuator.relays", "actuator.sensors"
A = ValveSpec("A", "101", RELAYS)

senses = st.builds(
    lambda opens_when, inverted: replace(A, opens_when=opens_when, inverted_logic=inverted),
    st.sampled_from(["", "relay_closed", "relay_open"]),
    st.booleans(),
)


@given(spec=senses, closed_opens=st.booleans(), target=st.sampled_from([OPEN, CLOSED]), double=st.booleans())
def test_what_was_driven_reads_as_it_was_driven(spec, closed_opens, target, double):
    spec = replace(spec, kind=DOUBLE, address="101,102") if double else spec
    wiring = wiring_of(spec, RELAYS, opens_when_closed=closed_opens)
    assert wiring.state(dict(wiring.acts(target))) is target
    other = wiring.acts(CLOSED if target is OPEN else OPEN)
    assert wiring.state(dict(other)) is not target


@given(spec=senses, closed_opens=st.booleans())
def test_two_relays_that_stand_alike_are_neither_open_nor_closed(spec, closed_opens):
    wiring = wiring_of(replace(spec, kind=DOUBLE, address="101,102"), RELAYS, opens_when_closed=closed_opens)
    for alike in (True, False):
        assert wiring.state({"101": alike, "102": alike}) is UNKNOWN


@pytest.mark.parametrize(
    ("opens_when", "inverted", "closed_opens", "energised"),
    [
        ("", False, True, True),
        ("", False, False, False),
        ("", True, True, False),
        ("relay_open", False, True, False),
        ("relay_closed", False, False, True),
        ("relay_open", True, True, True),
    ],
)
def test_the_valves_own_word_goes_over_its_devices_and_inverted_logic_turns_either(
    opens_when, inverted, closed_opens, energised
):
    spec = replace(A, opens_when=opens_when, inverted_logic=inverted)
    assert wiring_of(spec, RELAYS, opens_when_closed=closed_opens).opening == (("101", energised),)


@pytest.mark.parametrize(
    ("inverted_logic", "state_inverted", "closed_reads"),
    [(False, False, OPEN), (False, True, CLOSED), (True, False, CLOSED), (True, True, CLOSED)],
)
def test_an_indicator_reads_as_its_device_does_and_is_turned_once(inverted_logic, state_inverted, closed_reads):
    """As Pychron has it: either of the two turns it, both together no more than one."""
    spec = replace(
        A, opens_when="relay_open", state_address="201", inverted_logic=inverted_logic, state_inverted=state_inverted
    )
    wiring = wiring_of(spec, RELAYS, opens_when_closed=True)
    assert wiring.reads == ("201",)
    assert wiring.state({"201": True}) is closed_reads


def test_a_valve_that_another_device_reads_has_its_acts_here_and_its_state_there():
    spec = replace(A, state_actuator=SENSORS, state_address="7")
    here = wiring_of(spec, RELAYS, opens_when_closed=True)
    there = wiring_of(spec, SENSORS, opens_when_closed=True)
    assert (here.opening, here.reads) == ((("101", True),), ())
    assert (there.opening, there.reads) == ((), ("7",))
    assert spec.origin == SENSORS
    assert A.origin == RELAYS


def test_a_valve_is_not_read_where_its_site_or_its_device_says_so():
    assert wiring_of(replace(A, query_state=False), RELAYS, opens_when_closed=True).reads == ()
    assert wiring_of(A, RELAYS, opens_when_closed=True, has_readback=False).reads == ()


def test_a_channel_that_was_not_told_leaves_the_valve_unknown():
    double = wiring_of(replace(A, kind=DOUBLE, address="101,102"), RELAYS, opens_when_closed=True)
    assert wiring_of(A, RELAYS, opens_when_closed=True).state({"102": True}) is UNKNOWN
    assert double.state({"101": True}) is UNKNOWN


def test_a_double_valve_switches_one_relay_on_and_then_the_other_off():
    wiring = wiring_of(replace(A, kind=DOUBLE, address="101, 102"), RELAYS, opens_when_closed=True)
    assert wiring.acts(OPEN) == (("101", True), ("102", False))
    assert wiring.acts(CLOSED) == (("102", True), ("101", False))
    assert wiring.reads == ("101", "102")


def test_a_double_valve_may_have_one_indicator_or_two():
    double = replace(A, kind=DOUBLE, address="101,102")
    one = wiring_of(replace(double, state_address="201"), RELAYS, opens_when_closed=True)
    two = wiring_of(replace(double, state_address="201,202"), RELAYS, opens_when_closed=True)
    assert one.state({"201": True}) is OPEN
    assert two.state({"201": True, "202": False}) is OPEN
    assert two.state({"201": True, "202": True}) is UNKNOWN


@pytest.mark.parametrize("address", ["101", "101,", "101,101", "101,102,103", ""])
def test_a_double_valve_needs_two_channels(address):
    with pytest.raises(ValueError, match=r"A: address .*: expected two channels, primary,secondary"):
        wiring_of(replace(A, kind=DOUBLE, address=address), RELAYS, opens_when_closed=True)


def test_a_device_gets_every_channel_that_it_moves_or_tells_by_once():
    specs = (
        A,
        replace(A, name="B", address="102", state_address="101"),
        replace(A, name="C", address="103,104", kind=DOUBLE),
        replace(A, name="D", address="9", actuator="actuator.other", state_actuator=RELAYS, state_address="201"),
        replace(A, name="M", address="300", kind=MANUAL),
        replace(A, name="F", address="400", actuator="node.far", state_actuator=RELAYS, remote=True),  # its own relays
    )
    assert channels_of(specs, RELAYS) == ["101", "102", "103", "104", "201"]
    assert [spec.name for spec in of_device(specs, RELAYS)] == ["A", "B", "C", "D"]
    assert channels_of(specs, "actuator.other") == ["9"]
