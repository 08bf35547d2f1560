"""What a line makes of another node's description."""

import pytest

from actors.actuation import OriginLost
from actors.growth import Newcomers
from actors.ledger import Ledger
from actors.messages import Reason
from actors.remote import Announce, Described, Grown, ServiceSeen
from actors.table import ValveSpec

FAR = "node.Far"


class Log:
    def __init__(self):
        self.lines = []

    def error(self, event, **keys):
        self.lines.append((event, keys["valve"]))

    def info(self, event, **keys):
        pass


class Rig:
    """A line's table with these valves, and what becomes of it."""

    def __init__(self, *specs, nodes=(FAR,)):
        self.told, self.grown, self.log = [], [], Log()
        self.ledger = Ledger(specs, {}, {}, lambda path, message: self.told.append((path, message)) or True, self.log)
        self.newcomers = Newcomers(self.ledger, nodes, self.grown.append)

    def describe(self, *specs):
        self.newcomers.described(Described(FAR, specs))
        return self

    def spec(self, name="R"):
        return self.ledger.table[name].spec


def ours(name="R", **more):
    return ValveSpec(name, actuator=FAR, remote=True, **more)


def theirs(name="R", **more):
    return ValveSpec(name, actuator=FAR, remote=True, described=True, **more)


def test_a_valve_that_is_new_here_needs_an_actor_first():
    rig = Rig(ours("A")).describe(theirs("A"), theirs("B"))
    assert rig.grown == [(theirs("B"),)]
    assert list(rig.ledger.table) == ["A"]


def test_a_valve_whose_actor_has_started_is_taken_in_and_its_node_asked_to_tell():
    rig = Rig()
    rig.newcomers.grown(Grown((theirs("B"),)))
    assert rig.spec("B") == theirs("B")
    assert rig.told == [(FAR, Announce())]


def test_a_name_is_not_denied_while_a_node_has_not_told_its_valves():
    rig = Rig(ours("Bone"))
    rig.newcomers.lost(OriginLost(FAR, "connection refused"))
    refusal = rig.newcomers.missing("bone")
    assert refusal.reason is Reason.NOT_CONNECTED
    assert refusal.text == (
        "bone is not known here (did you mean Bone?), and node.Far has not told its valves: connection refused"
    )
    assert rig.newcomers.missing("Bone") is None
    assert rig.describe(theirs("Bone")).newcomers.missing("bone") is None


def test_a_described_valve_follows_its_node():
    rig = Rig(theirs(description="old")).describe(theirs(description="new"))
    assert rig.spec().description == "new"
    assert rig.log.lines == []


def test_what_this_site_leaves_out_is_no_difference():
    rig = Rig(ours()).describe(theirs(description="Bone", interlocks=("S",), address="101"))
    assert rig.spec().enabled


@pytest.mark.parametrize(
    ("here", "there", "why"),
    [
        ({"address": "101"}, {"address": "102"}, "address '101' here, '102' there"),
        ({"description": "Bone"}, {"description": "Turbo"}, "description 'Bone' here, 'Turbo' there"),
        ({"interlocks": ("S",)}, {"interlocks": ("T",)}, "interlocks ['S'] here, ['T'] there"),
        ({"positive_interlocks": ("S",)}, {}, "positive_interlocks ['S'] here, [] there"),
    ],
)
def test_a_valve_described_otherwise_is_out_of_service_with_the_difference(here, there, why):
    rig = Rig(ours(**here)).describe(theirs(**there), theirs("S"), theirs("T"))
    assert not rig.spec().enabled
    assert rig.spec().disabled_why == f"described otherwise by node.Far: {why}"
    assert rig.log.lines == [("valve.disabled", "R")]


def test_an_interlock_with_a_valve_that_the_node_does_not_have_is_this_sites_own():
    assert Rig(ours(interlocks=("S",))).describe(theirs()).spec().enabled


def test_the_order_of_interlocks_is_no_difference():
    rig = Rig(ours(interlocks=("S", "T"))).describe(theirs(interlocks=("T", "S")))
    assert rig.spec().enabled


def test_a_valve_that_the_node_does_not_have_is_out_of_service():
    rig = Rig(ours()).describe()
    assert rig.spec().disabled_why == "node.Far does not have it"


def test_a_valve_that_the_node_took_out_of_service_is_so_here():
    rig = Rig(ours()).describe(theirs(enabled=False, disabled_why="leaks"))
    assert (rig.spec().enabled, rig.spec().disabled_why) == (False, "leaks")


@pytest.mark.parametrize("here", [ours(), theirs()])
def test_a_valve_that_its_node_takes_out_and_puts_back_follows_it(here):
    rig = Rig(here)
    rig.newcomers.service(ServiceSeen(FAR, "R", "leaks (eva)"))
    assert (rig.spec().enabled, rig.spec().disabled_why) == (False, "leaks (eva)")
    rig.newcomers.service(ServiceSeen(FAR, "R", ""))
    assert rig.spec() == here


@pytest.mark.parametrize("here", [ours(), theirs()])
def test_a_valve_that_was_described_as_out_of_service_is_put_back_by_news(here):
    rig = Rig(here).describe(theirs(enabled=False, disabled_why="leaks"))
    rig.newcomers.service(ServiceSeen(FAR, "R", ""))
    assert rig.spec() == here


def test_no_news_put_a_valve_back_that_is_described_otherwise():
    rig = Rig(ours(address="101")).describe(theirs(address="102"))
    rig.newcomers.service(ServiceSeen(FAR, "R", ""))
    assert not rig.spec().enabled
    rig.newcomers.service(ServiceSeen("node.Other", "R", ""))
    rig.newcomers.service(ServiceSeen(FAR, "Q", "leaks"))
    assert list(rig.ledger.table) == ["R"]


def test_a_described_valve_that_the_node_has_again_is_in_service_again():
    rig = Rig(theirs()).describe().describe(theirs())
    assert rig.spec().enabled


def test_a_valve_of_this_site_that_the_node_describes_alike_again_is_in_service_again():
    """The node came back with its file put right; nobody should have to restart this one."""
    rig = Rig(ours(address="101")).describe(theirs(address="102")).describe(theirs(address="101"))
    assert rig.spec().enabled


def test_a_name_that_another_origin_has_is_refused_with_a_line():
    rig = Rig(ValveSpec("R", actuator="actuator.relays")).describe(theirs())
    assert rig.grown == []
    assert rig.spec().actuator == "actuator.relays"
    assert rig.log.lines == [("valve.twice", "R")]


@pytest.mark.parametrize("spec", [ours(), theirs()])
def test_what_its_node_takes_out_of_service_and_puts_back_is_so_here(spec):
    rig = Rig(spec).describe(theirs())
    rig.newcomers.service(ServiceSeen(FAR, "R", "it leaks"))
    assert (rig.spec().enabled, rig.spec().disabled_why) == (False, "it leaks")
    rig.newcomers.service(ServiceSeen(FAR, "R", ""))
    assert (rig.spec().enabled, rig.spec().disabled_why) == (True, "")
    told = [(news.topic, news.value, news.extra["why"]) for path, news in rig.told if path == "chronicle"]
    assert told == [("service.R", False, "it leaks"), ("service.R", True, "")]


def test_what_its_node_had_out_of_service_when_it_came_up_may_be_put_back_while_it_is_up():
    rig = Rig(ours()).describe(theirs(enabled=False, disabled_why="it leaks"))
    rig.newcomers.service(ServiceSeen(FAR, "R", ""))
    assert rig.spec().enabled


def test_what_is_out_of_service_for_a_reason_of_ours_is_not_put_back_by_its_node():
    rig = Rig(ours(address="101")).describe(theirs(address="102"))
    rig.newcomers.service(ServiceSeen(FAR, "R", "it leaks"))
    rig.newcomers.service(ServiceSeen(FAR, "R", ""))
    assert not rig.spec().enabled


def test_nobody_but_its_node_takes_a_valve_out_of_service():
    rig = Rig(ours())
    rig.newcomers.service(ServiceSeen("node.Other", "R", "it leaks"))
    assert rig.spec().enabled
