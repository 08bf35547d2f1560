"""A device and its wire from one actor to the next: a new link for most, the same for one that opening disturbs."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import ClassVar

import pytest

from hardware import catalog
from hardware.agilent_34970a import driver as agilent
from hardware.agilent_34970a.driver import AgilentGPActuatorSettings
from hardware.catalog import Shelved
from hardware.errors import NotSent
from hardware.links.line import Line
from hardware.simulation import serve_tcp, simulator_for
from roles.plugins.devices import StillInUse, Wired


@dataclass
class Bare:
    """What `Wired` needs of a `Building`."""

    simulate: bool = False
    served: list = field(default_factory=list)
    context: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(simulated=False, facts={}))
    shared: Line | None = None

    def line_to(self, _port):
        return self.shared


class Usual(agilent.AgilentGPActuator):
    pass


class Disturbed(agilent.AgilentGPActuator):
    disturbs_on_open = True


@pytest.fixture
def served():
    made = serve_tcp(simulator_for("AgilentGPActuator"))
    yield made
    made.close()


@pytest.fixture
def wired_of(served, monkeypatch):
    made = []

    def make(driver):
        monkeypatch.setitem(catalog.BUILT_IN, "AgilentGPActuator", Shelved(f"{__name__}:{driver.__name__}"))
        settings = AgilentGPActuatorSettings(
            name="relays", klass="AgilentGPActuator", port=served.address, valve_opens_when="relay_closed", timeout=1.0
        )
        made.append(Wired(Bare(), settings, ["101"]))
        return made[-1]

    yield make
    for wired in made:
        wired.revoke("the test is over")


def test_a_device_is_not_opened_before_it_is_used(wired_of):
    _, exchange = wired_of(Disturbed).wire()
    assert exchange.opened == 0


def test_the_next_actor_gets_a_new_link_and_the_one_before_is_cut_off(wired_of):
    wired = wired_of(Usual)
    first, _ = wired.wire()
    first.set("101", True)
    second, exchange = wired.wire()
    with pytest.raises(NotSent, match="a new actor takes the device over"):
        first.read("101")
    assert second.read("101")
    assert exchange.opened == 1


def test_a_device_that_opening_would_disturb_keeps_its_link(wired_of):
    wired = wired_of(Disturbed)
    first, before = wired.wire()
    first.set("101", True)
    second, after = wired.wire()
    assert second.read("101")
    assert after.handle is before.handle
    assert after.opened == 1, "it was opened once in all"


def test_one_that_hung_in_a_call_gets_another_link_all_the_same(wired_of):
    wired = wired_of(Disturbed)
    first, before = wired.wire()
    first.set("101", True)
    wired.revoke("it hangs")
    second, after = wired.wire()
    assert after.handle is not before.handle
    assert second.read("101")
    with pytest.raises(NotSent, match="it hangs"):
        first.read("101")


def test_the_next_actor_of_one_device_leaves_the_others_on_its_line_their_link(served, wired_of):
    first, second = wired_of(Usual), wired_of(Usual)
    first._building = second._building = Bare(shared=Line(served.address, shared=True))
    (one, before), (other, beside) = first.wire(), second.wire()
    one.set("101", True)
    assert other.read("101")
    again, after = first.wire()
    assert again.read("101")
    assert other.read("101")
    assert (before.opened, beside.opened, after.opened) == (1, 1, 1), "it was opened once in all"
    with pytest.raises(NotSent, match="a new actor takes the device over"):
        one.read("101")


def test_a_link_that_is_in_use_is_not_taken_over(wired_of):
    wired = wired_of(Disturbed)
    _, exchange = wired.wire()
    with exchange.handle.call(), pytest.raises(StillInUse):
        wired.wire()


def test_a_simulated_device_of_a_real_site_is_known_to_be_one():
    settings = AgilentGPActuatorSettings(
        name="relays", klass="AgilentGPActuator", port="tcp://192.168.1.60:5025", simulate=True,
        valve_opens_when="relay_closed",
    )  # fmt: skip
    building = Bare()
    Wired(building, settings, ["101"]).wire()
    assert building.context.facts == {"simulated_devices": {"relays": True}}
    building.served[0].close()


class NoSimulator(agilent.AgilentGPActuator):
    simulator: ClassVar[str] = ""


def test_a_device_without_a_simulator_is_not_touched_where_all_are_simulated(served, monkeypatch):
    monkeypatch.setitem(catalog.BUILT_IN, "AgilentGPActuator", Shelved(f"{__name__}:NoSimulator"))
    settings = AgilentGPActuatorSettings(
        name="relays", klass="AgilentGPActuator", port=served.address, valve_opens_when="relay_closed"
    )
    with pytest.raises(ValueError, match="has no simulator"):
        Wired(Bare(simulate=True), settings, ["101"]).wire()
