"""What a line makes of another node's description."""

import pytest

from actors.growth import adopt
from actors.messages import Described
from actors.table import Row, ValveSpec

FAR = "node.Far"


class Log:
    def __init__(self):
        self.lines = []

    def error(self, event, **keys):
        self.lines.append((event, keys["valve"]))


@pytest.fixture
def log():
    return Log()


def ours(name="R", **more):
    return ValveSpec(name, actuator=FAR, remote=True, **more)


def theirs(name="R", **more):
    return ValveSpec(name, actuator=FAR, remote=True, described=True, **more)


def table(*specs):
    return {spec.name: Row(spec) for spec in specs}


def test_a_valve_that_is_new_here_needs_an_actor_first(log):
    valves = table(ours("A"))
    assert adopt(valves, Described(FAR, (theirs("A"), theirs("B"))), log) == (theirs("B"),)
    assert list(valves) == ["A"]


def test_a_described_valve_follows_its_node(log):
    valves = table(theirs(description="old"))
    adopt(valves, Described(FAR, (theirs(description="new"),)), log)
    assert valves["R"].spec.description == "new"
    assert log.lines == []


def test_what_this_site_leaves_out_is_no_difference(log):
    valves = table(ours())
    adopt(valves, Described(FAR, (theirs(description="Bone", interlocks=("S",), address="101"),)), log)
    assert valves["R"].spec.enabled


@pytest.mark.parametrize(
    ("here", "there", "why"),
    [
        ({"address": "101"}, {"address": "102"}, "address 101 here, 102 there"),
        ({"description": "Bone"}, {"description": "Turbo"}, "description 'Bone' here, 'Turbo' there"),
        ({"interlocks": ("S",)}, {"interlocks": ("T",)}, "interlocks ('S',) here, ('T',) there"),
        ({"positive_interlocks": ("S",)}, {}, "positive_interlocks ('S',) here, () there"),
    ],
)
def test_a_valve_described_otherwise_is_out_of_service_with_the_difference(log, here, there, why):
    valves = table(ours(**here))
    adopt(valves, Described(FAR, (theirs(**there),)), log)
    assert not valves["R"].spec.enabled
    assert valves["R"].spec.disabled_why == f"described otherwise by node.Far: {why}"
    assert log.lines == [("valve.disabled", "R")]


def test_the_order_of_interlocks_is_no_difference(log):
    valves = table(ours(interlocks=("S", "T")))
    adopt(valves, Described(FAR, (theirs(interlocks=("T", "S")),)), log)
    assert valves["R"].spec.enabled


def test_a_valve_that_the_node_does_not_have_is_out_of_service(log):
    valves = table(ours())
    adopt(valves, Described(FAR, ()), log)
    assert valves["R"].spec.disabled_why == "node.Far does not have it"


def test_a_valve_that_the_node_took_out_of_service_is_so_here(log):
    valves = table(ours())
    adopt(valves, Described(FAR, (theirs(enabled=False, disabled_why="leaks"),)), log)
    assert (valves["R"].spec.enabled, valves["R"].spec.disabled_why) == (False, "leaks")


def test_a_described_valve_that_the_node_has_again_is_in_service_again(log):
    valves = table(theirs())
    adopt(valves, Described(FAR, ()), log)
    adopt(valves, Described(FAR, (theirs(),)), log)
    assert valves["R"].spec.enabled


def test_a_valve_of_this_site_that_the_node_describes_alike_again_is_in_service_again(log):
    """The node came back with its file put right; nobody should have to restart this one."""
    valves = table(ours(address="101"))
    adopt(valves, Described(FAR, (theirs(address="102"),)), log)
    adopt(valves, Described(FAR, (theirs(address="101"),)), log)
    assert valves["R"].spec.enabled


def test_a_name_that_another_origin_has_is_refused_with_a_line(log):
    valves = table(ValveSpec("R", actuator="actuator.relays"))
    assert adopt(valves, Described(FAR, (theirs(),)), log) == ()
    assert valves["R"].spec.actuator == "actuator.relays"
    assert log.lines == [("valve.twice", "R")]
