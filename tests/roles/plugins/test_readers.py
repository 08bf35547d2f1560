"""What starts a gauge controller and an instrument: how often they look, and that they can be cut off from it."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from actors.messages import Kind, News, Query, Reason
from hardware.simulation import serve_tcp
from roles.plugins import gauges, instruments
from tests.actors.house import Answers, House, request
from tests.examples.chiller import ChillerSettings, ChillerSimulator
from tests.examples.convectron import Convectron, ConvectronSimulator
from transports.rpc import verbs


@dataclass
class Bare:
    """What the two need of a `Building`."""

    context: object
    device: object
    simulate: bool = False
    served: list = field(default_factory=list)

    @property
    def site(self):
        return SimpleNamespace(devices={self.device.name: self.device}, plugins=frozenset())

    def line_to(self, _port):
        return None


@pytest.fixture
def house():
    made = House()
    yield made
    made.close()


@pytest.fixture
def started(house, monkeypatch):
    """Start the one child that `children` makes of a device on a simulator; return it."""
    monkeypatch.setattr(verbs, "VERBS", dict(verbs.VERBS))
    served, begun = [], []

    def start(children, simulator, settings, **keys):
        served.append(serve_tcp(simulator))
        device = settings(name="device", port=served[0].address, timeout=1.0, **keys)
        (child,) = children(Bare(house.context, device))
        begun.append((child, child.start()))
        return child

    yield start
    for child, ref in begun:
        ref.stop(timeout=5.0)
        child.revoke("the test is over")
    for each in served:
        each.close()


def gauges_of(started, poll):
    keys = {"klass": "tests.examples.convectron:Convectron", "gauges": {"CG1": "1"}, "poll": poll}
    return started(gauges.children, ConvectronSimulator(), Convectron.settings_model, **keys)


def ask(house, path, *args, what="read"):
    answers = Answers()
    house.tell(path, Query(what, args, request(answers)))
    return answers.wait()


def test_gauges_are_looked_at_as_often_as_their_file_says(house, started):
    chronicle = house.recorder("chronicle")
    gauges_of(started, 0.01)
    for _ in range(3):
        assert chronicle.wait_for(News).topic == "gauge.CG1"


def test_gauges_without_looks_are_only_asked(house, started):
    chronicle = house.recorder("chronicle")
    child = gauges_of(started, 0.0)
    assert ask(house, child.path, "CG1").text == "760"
    house.quiet()
    assert len(chronicle.all(News)) == 1


def test_a_gauge_controller_that_hangs_is_cut_off(house, started):
    child = gauges_of(started, 0.0)
    assert ask(house, child.path, "CG1").kind is Kind.DONE
    child.revoke("it hangs")
    outcome = ask(house, child.path, "CG1")
    assert (outcome.reason, "it hangs" in outcome.text) == (Reason.NOT_CONNECTED, True)


def test_an_instrument_that_hangs_is_cut_off(house, started):
    child = started(instruments.children, ChillerSimulator(), ChillerSettings, klass="tests.examples.chiller:Chiller")
    assert ask(house, child.path).text == "20"
    child.revoke("it hangs")
    outcome = ask(house, child.path)
    assert (outcome.reason, "it hangs" in outcome.text) == (Reason.NOT_CONNECTED, True)
