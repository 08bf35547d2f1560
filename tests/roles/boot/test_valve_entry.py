"""Kinds of valves, who moves and reads them, and how they are wired."""

from collections.abc import Callable

import pytest

from actors.table import ValveSpec
from tests.roles.boot.conftest import Written

FILE = "setupfiles/extractionline/valves.yaml"
NODE = "name: {}\nklass: RemoteExtractionLineManager\nhost: 192.168.1.50\n"
SENSORS = "name: sensors\nklass: DummyGPActuator\n"
Valves = Callable[[str], Written]


@pytest.fixture
def nodes(site: Written, valves: Valves) -> Valves:
    site.write("setupfiles/devices/line.yaml", NODE.format("Line"))
    return valves


@pytest.fixture
def sensors(site: Written, valves: Valves) -> Valves:
    site.write("setupfiles/devices/sensors.yaml", SENSORS)
    return valves


def only(written: Written) -> ValveSpec:
    (valve,) = written.load().valves
    return valve


# --- kinds ----------------------------------------------------------------------------------------------------


def test_a_double_actuation_valve_has_two_channels_and_two_delays(valves: Valves):
    text = "- {name: A, kind: double_actuation_valve, address: ' 1 , 2', open_delay: 0.5, close_delay: 1}\n"
    assert only(valves(text)) == ValveSpec(
        "A",
        "1,2",
        "actuator.switch_controller",
        kind="double_actuation_valve",
        open_delay_s=0.5,
        close_delay_s=1.0,
    )


def test_a_manual_valve_has_no_actuator_and_what_it_cannot_use_is_said_once(valves: Valves):
    text = """
- {name: A, kind: manual_valve, address: 7, settling_time: 1, interlock: [C]}
- {name: B, kind: manual_valve, address: 8, query_state: true}
- {name: C, address: 1, interlock: [A]}
"""
    site = valves(text).load()
    assert site.valves[:2] == (
        ValveSpec("A", kind="manual_valve", interlocks=("C",), settling_time_s=1.0),
        ValveSpec("B", kind="manual_valve"),
    )
    assert site.warnings == (
        f"{FILE}: address has no effect (A, B): a person turns it",
        f"{FILE}: settling_time has no effect (A): a person turns it",
    )


@pytest.mark.parametrize(
    ("entry", "finding"),
    [
        ("kind: double_actuation_valve", "address: missing, expected the channels of switch_controller, "),
        ("kind: double_actuation_valve, address: 1", "address: expected two channels, as in \"101,102\", got '1'"),
        ("kind: double_actuation_valve, address: '1,1'", "address: expected two channels, "),
        ("kind: double_actuation_valve, address: '1,2,3'", "address: expected two channels, "),
        ("address: 1, open_delay: 1", "open_delay: only a double_actuation_valve has two relays to wait between"),
        ("kind: manual_valve, parent: B", "parent: a manual_valve follows no other: a person turns it"),
        ("address: 1, parent: {nme: B}", "parent.name: missing, expected the name of the valve that it follows"),
        ("address: 1, parent: {name: B, invertd: true}", "parent.invertd: unknown key, did you mean inverted?"),
        ("address: 1, state_device: {name: sensrs}", "state_device: no device file is named 'sensrs', did you mean "),
        ("address: 1, state_device: {name: Line}", "state_device: Line is another node, expected one of sensors, "),
        ("address: 1, state_invert: true", "state_invert: turns what is read of the relay that moves the valve"),
        (
            "address: 1, state_address: 4, state_device: {name: sensors, address: 5}",
            "state_address: '4' here, '5' in state_device",
        ),
        (
            "address: 1, state_device: {name: switch_controller, inverted: true}",
            "state_device: turns what is read of the relay that moves the valve",
        ),
        ("address: 1, remote: true, actuator: sensors", "actuator: sensors is a device of this computer, expected "),
        ("actuator: Line, remote: false", "actuator: Line is another node, expected one of sensors, switch_controller"),
        ("address: 1, klass: RemoteValve, remote: false", "remote: false here, and its klass is RemoteValve"),
        ("address: 1, klass: Valve", "klass: expected 'RemoteValve', got 'Valve'"),
        ("address: 1, valve_opens_when: open", "valve_opens_when: expected 'relay_closed' or 'relay_open', got 'open'"),
    ],
)
def test_what_does_not_fit_together_is_found(site: Written, sensors: Valves, entry: str, finding: str):
    site.write("setupfiles/devices/line.yaml", NODE.format("Line"))
    found = sensors(f"- {{name: A, {entry}}}\n- {{name: B, address: 99}}\n").findings()
    assert [line for line in found if line.startswith(f"{FILE}:1: [0].{finding}")]


# --- channels and states --------------------------------------------------------------------------------------


def test_the_state_is_read_from_another_device_and_channel(sensors: Valves):
    text = "- {name: A, address: 1, state_device: {name: sensors, address: 010, inverted: yes}}\n"
    assert only(sensors(text)) == ValveSpec(
        "A",
        "1",
        "actuator.switch_controller",
        state_actuator="actuator.sensors",
        state_address="010",
        state_inverted=True,
    )


def test_a_state_device_by_its_name_alone_reads_the_valves_own_address(sensors: Valves):
    valve = only(sensors("- {name: A, address: 1, state_device: sensors}\n"))
    assert (valve.state_actuator, valve.state_address) == ("actuator.sensors", "")


def test_both_relays_of_a_double_actuation_valve_may_be_read_from_another_device(sensors: Valves):
    text = """
- {name: A, kind: double_actuation_valve, address: '1,2', state_device: sensors}
- {name: B, kind: double_actuation_valve, address: '3,4', state_device: {name: sensors, address: '5,6'}}
- {name: C, address: 7, state_device: {name: sensors, address: 6}}
"""
    site = sensors(text).load()
    assert [valve.state_address for valve in site.valves] == ["", "5,6", "6"]
    assert site.warnings == (f"{FILE}: channel 6 of sensors tells the state of B and of C",)


def test_the_state_is_read_from_another_channel_of_the_actuator(valves: Valves):
    text = "- {name: A, address: 1, state_address: 2, state_invert: true}\n"
    valve = only(valves(text))
    assert (valve.state_actuator, valve.state_address, valve.state_inverted) == ("", "2", True)


@pytest.mark.parametrize(
    ("second", "finding"),
    [
        ("address: 2", "address: channel 2 of switch_controller already moves A"),
        ("kind: double_actuation_valve, address: '4,1'", "address: channel 1 of switch_controller already moves A"),
        (
            "address: 3, state_address: 2",
            "state_address: channel 2 of switch_controller moves A: it cannot tell the state of B",
        ),
        (
            "address: 3, state_device: {name: switch_controller, address: 1}",
            "state_device: channel 1 of switch_controller moves A: it cannot tell the state of B",
        ),
    ],
)
def test_two_valves_on_one_channel_are_found(valves: Valves, second: str, finding: str):
    text = f"- {{name: A, kind: double_actuation_valve, address: '1,2'}}\n- {{name: B, {second}}}\n"
    assert valves(text).findings() == [f"{FILE}:2: [1].{finding}"]


def test_one_channel_that_tells_two_states_is_said(sensors: Valves):
    text = (
        "- {name: A, address: 1, state_device: {name: sensors, address: 5}}\n"
        "- {name: B, address: 2, state_device: {name: sensors, address: 5, inverted: true}}\n"
    )
    assert sensors(text).load().warnings == (f"{FILE}: channel 5 of sensors tells the state of A and of B",)


# --- parents and other nodes ----------------------------------------------------------------------------------


def test_a_child_follows_its_parent_the_other_way_where_it_is_inverted(valves: Valves):
    text = """
- {name: A, address: 1}
- {name: B, address: 2, parent: A}
- {name: C, address: 3, parent: {name: A, inverted: true}}
"""
    site = valves(text).load()
    assert [(valve.parent, valve.parent_inverted) for valve in site.valves] == [("", False), ("A", False), ("A", True)]
    assert site.warnings == ()


@pytest.mark.parametrize(
    "said", ["remote: true", "klass: RemoteValve", "actuator: Line", "remote: yes, actuator: Line"]
)
def test_a_remote_valve_is_had_by_the_one_node_that_there_is(nodes: Valves, said: str):
    assert only(nodes(f"- {{name: A, {said}}}\n")) == ValveSpec("A", actuator="node.Line", remote=True)


@pytest.mark.parametrize(
    ("others", "known"), [([], "none: no device file describes a remote line"), (["One", "Two"], "One, Two")]
)
def test_a_remote_valve_names_its_node_where_there_is_not_exactly_one(
    site: Written, valves: Valves, others: list[str], known: str
):
    for name in others:
        site.write(f"setupfiles/devices/{name}.yaml", NODE.format(name))
    found = valves("- {name: A, remote: true}\n").findings()
    assert found == [f"{FILE}:1: [0].actuator: missing, expected the node that has A: one of {known}"]


def test_what_only_the_other_node_can_use_is_said(nodes: Valves):
    site = nodes("- {name: A, remote: true, valve_opens_when: relay_open, state_device: {name: anything}}\n").load()
    assert site.valves == (ValveSpec("A", actuator="node.Line", remote=True),)
    assert site.warnings == (
        f"{FILE}: valve_opens_when has no effect (A): another node moves and reads it",
        f"{FILE}: state_device has no effect (A): another node moves and reads it",
    )


def test_a_child_and_a_pipette_of_two_nodes_are_found(nodes: Valves):
    text = """\
- {name: A, address: 1}
- {name: B, actuator: Line, parent: A}
- {name: C, actuator: Line}
- {kind: pipette, name: P, inner: A, outer: C}
"""
    assert nodes(text).findings() == [
        f"{FILE}:2: [1].parent: A is this node's and B Line's: they cannot move in one go",
        f"{FILE}:4: [3].outer: C is Line's and A this node's: nobody could count its shots",
    ]


def test_a_pipette_of_another_node_is_known_by_its_valves_and_counted_there(nodes: Valves):
    text = "- {name: A, actuator: Line}\n- {name: B, actuator: Line}\n- {kind: pipette, name: P, inner: A, outer: B}\n"
    site = nodes(text).load()
    assert site.pipettes == ()
    assert [(valve.pipette, valve.pipette_part) for valve in site.valves] == [("P", "inner"), ("P", "outer")]
