"""Whether two tables agree."""

import pytest

from actors.table import ValveSpec
from roles.checking.valves import across, differences, twice

THERE = (
    ValveSpec("A", "101", "node.Line", "Bone to Minibone", interlocks=("B", "C")),
    ValveSpec("B", "102", "node.Line", interlocks=("A",)),
    ValveSpec("C", "103", "node.Line", interlocks=("A",)),
)


def remote(name: str, node: str = "Line", **said: object) -> ValveSpec:
    return ValveSpec(name, actuator=f"node.{node}", remote=True, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ours", "told"),
    [
        (remote("A"), []),
        (remote("A", address="101", description="Bone to Minibone", interlocks=("C", "B")), []),
        (remote("A", interlocks=("B", "C", "elsewhere")), []),
        (remote("A", address="111"), ["valve A: address '111' here, '101' there"]),
        (remote("A", description="Bone"), ["valve A: description 'Bone' here, 'Bone to Minibone' there"]),
        (remote("A", interlocks=("B",)), ["valve A: interlock [B] here, [B, C] there"]),
        (remote("B", positive_interlocks=("C",)), ["valve B: positive_interlock [C] here, [] there"]),
        (remote("B", close_interlocks=("C",)), ["valve B: close_interlock [C] here, [] there"]),
        (remote("Z"), ["valve Z: it does not have it"]),
    ],
)
def test_each_difference_is_named_and_what_is_left_out_is_none(ours, told):
    assert differences([ours], THERE) == told


def test_a_valve_that_is_out_of_service_there_is_a_difference():
    there = ValveSpec("A", enabled=False, disabled_why="leaks")
    assert differences([remote("A")], [there]) == ["valve A: out of service there: leaks"]


def test_a_name_that_two_controllers_have_is_told_once():
    own = [ValveSpec("A", "101", "actuator.switch_controller"), remote("B", "Line")]
    described = {"Line": [remote("A", "Line"), remote("B", "Line")], "Other": [remote("B", "Other")]}
    assert twice(own, described) == [
        "valve A: Line has it, and this node has one of that name",
        "valve B: Other has it, and Line has one of that name",
    ]


def test_interlocks_between_two_controllers_are_told_once_and_those_within_one_not():
    specs = [
        remote("A", "Line", interlocks=("B", "X")),
        remote("B", "Line", interlocks=("A",)),
        ValveSpec("X", "101", "actuator.switch_controller", interlocks=("A",), positive_interlocks=("B",)),
    ]
    assert across(specs) == [
        "interlock of A (Line) and X (this node)",
        "positive_interlock of X (this node) and B (Line)",
    ]


def test_two_needs_of_one_valve_are_both_told():
    specs = [remote("B", "Line"), remote("C", "Line"), ValveSpec("X", positive_interlocks=("B", "C"))]
    assert across(specs) == [
        "positive_interlock of X (this node) and B (Line)",
        "positive_interlock of X (this node) and C (Line)",
    ]
