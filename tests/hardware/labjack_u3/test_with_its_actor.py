"""A line and its valves on a U3, which is pulled out now and then: with what is held as its guard, and without any."""

import pytest

from actors import extraction_line
from actors.actuator import Actuator, ActuatorSetup
from actors.messages import Kind, Reason, State, Tick
from actors.table import ValveSpec
from hardware.labjack_u3.driver import U3Actuator, U3ActuatorSettings
from hardware.labjack_u3.simulator import U3Simulator
from tests.actors.bench import Bench
from tests.actors.house import RELAYS, House, until

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
SPECS = (ValveSpec("A", "FIO4", RELAYS, interlocks=("B",)), ValveSpec("B", "FIO5", RELAYS, interlocks=("A",)))


class Plant(Bench):
    """`pull_out`: what is open of the U3 does not work any more; it can be opened again."""

    def __init__(self, house, *, guarded) -> None:
        super().__init__(house, SPECS, timeout_s=5.0)
        self.simulator = U3Simulator()
        self.plugged_in = True
        settings = U3ActuatorSettings(name="relays", klass="U3Actuator", energised_when="low", timeout=2.0)
        self.driver = U3Actuator(settings, None, ["FIO4", "FIO5"], self._open)
        setup = ActuatorSetup(SPECS, opens_when_closed=True, poll_s=0.0)
        self.start()
        house.start(Actuator, RELAYS, self.driver, self.driver.held if guarded else None, setup, self.fence)
        until(lambda: UNKNOWN not in self.states().values(), "it was read")

    def pull_out(self, *, in_again):
        self.plugged_in = in_again
        self.simulator.disconnect()

    def look(self):
        self.house.tell(RELAYS, Tick("now"))

    def both_open(self):
        return self.simulator.relays["FIO4"] and self.simulator.relays["FIO5"]

    def _open(self):
        if not self.plugged_in:
            raise OSError("no U3 is connected")
        return self.simulator.connect()


@pytest.fixture
def house():
    made = House()
    yield made
    made.close()


@pytest.fixture(params=[False, True], ids=["without a guard", "guarded"])
def plant(request, house, monkeypatch):
    monkeypatch.setattr(extraction_line, "TICK_S", 0.02)
    made = Plant(house, guarded=request.param)
    yield made
    made.driver.held.end()


def test_valves_move_and_are_read_back(plant):
    for target in (OPEN, CLOSED, OPEN):
        assert plant.ask("A", target).wait().kind is Kind.MOVED
        assert plant.states() == {"A": target, "B": CLOSED}
        assert plant.simulator.relays["FIO4"] is (target is OPEN)


def test_pulled_out_nothing_is_known_and_nothing_is_moved(plant):
    plant.pull_out(in_again=False)
    plant.look()
    until(lambda: set(plant.states().values()) == {UNKNOWN}, "nothing is known of it")
    outcome = plant.open("A").wait()
    assert outcome.kind is Kind.REFUSED
    assert plant.simulator.moves == 0


def test_plugged_in_again_it_is_read_before_anything_is_moved(plant):
    """B stands open when it is back: nothing is opened against the rule by what was known before."""
    plant.pull_out(in_again=False)
    plant.look()
    until(lambda: plant.states()["B"] is UNKNOWN, "nothing is known of it")
    plant.simulator.relays["FIO5"] = True
    plant.plugged_in = True
    plant.look()
    until(lambda: plant.states() == {"A": CLOSED, "B": OPEN}, "it was read")
    outcome = plant.open("A").wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.INTERLOCKED)
    assert not plant.both_open()


def test_a_command_that_finds_it_gone_is_never_carried_out_on_what_comes_back(plant):
    """It was out and in again while nobody looked, and B has opened by hand."""
    plant.pull_out(in_again=True)
    plant.simulator.relays["FIO5"] = True
    outcomes = [plant.open("A").wait() for _ in range(3)]
    assert Kind.MOVED not in [outcome.kind for outcome in outcomes]
    plant.look()
    until(lambda: plant.states()["B"] is OPEN, "it was read")
    assert not plant.both_open()
