"""A line one of whose valves is moved by one device and read by another; the two exclude each other."""

import pytest

from actors import extraction_line, valve
from actors.actuator import Actuator, ActuatorSetup
from actors.extraction_line import ExtractionLine
from actors.messages import Kind, Reason, State, Tick
from actors.polarity import of_device
from actors.table import ValveSpec
from tests.actors.bench import Bench
from tests.actors.fakes import FakeDriver, FakeLink
from tests.actors.house import RELAYS, until

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
SENSORS = "actuator.sensors"
SPECS = (
    ValveSpec("A", "101", RELAYS, state_actuator=SENSORS, state_address="7", interlocks=("B",)),
    ValveSpec("B", "102", RELAYS, interlocks=("A",)),
)


class Sensors(FakeDriver):
    """Channel 7 follows the valve that relay 101 moves; `jammed`: the valve does not, and stands as it says."""

    def __init__(self, relays):
        super().__init__(["7"])
        self.moving, self.jammed = relays, False

    def _enter(self, what):
        super()._enter(what)
        if not self.jammed:
            self.relays["7"] = self.moving.relays["101"]

    def jam(self, at):
        self.jammed = True
        self.relays["7"] = at


class Plant(Bench):
    def __init__(self, house):
        super().__init__(house, SPECS, timeout_s=1.0)
        self.start()
        self.moving = FakeDriver(["101", "102"])
        self.sensors = Sensors(self.moving)
        self.links = {}
        for path, driver in ((RELAYS, self.moving), (SENSORS, self.sensors)):
            self.links[path] = FakeLink(driver)
            setup = ActuatorSetup(of_device(SPECS, path), opens_when_closed=True, poll_s=0.0)
            house.start(Actuator, path, driver, self.links[path], setup, self.fence)
        until(lambda: self.states() == {"A": CLOSED, "B": CLOSED}, "both were read")

    def look(self, path):
        self.house.tell(path, Tick("now"))


@pytest.fixture
def plant(house, monkeypatch):
    monkeypatch.setattr(extraction_line, "TICK_S", 0.02)
    monkeypatch.setattr(valve, "SECOND_LOOK_S", 0.01)
    return Plant(house)


def test_moves_and_rules_go_by_what_the_other_device_reads(plant):
    for _ in range(3):
        assert plant.open("A").wait().kind is Kind.MOVED
        assert plant.open("B").wait().reason is Reason.INTERLOCKED
        assert plant.open("A").wait().kind is Kind.ALREADY
        assert plant.close("A").wait().kind is Kind.MOVED
        assert plant.open("B").wait().kind is Kind.MOVED
        assert plant.close("B").wait().kind is Kind.MOVED


def test_a_valve_that_the_other_device_sees_open_keeps_its_neighbour_shut(plant):
    plant.sensors.jam(at=True)
    plant.look(SENSORS)
    until(lambda: plant.states()["A"] is OPEN, "it was seen")
    assert plant.open("B").wait().reason is Reason.INTERLOCKED
    outcome = plant.close("A").wait()
    assert (outcome.state, outcome.reason) == (OPEN, Reason.FAILED)


def test_a_valve_whose_reader_is_gone_is_unknown_also_while_the_device_that_moves_it_is_well(plant):
    plant.sensors.absent.set()
    plant.look(SENSORS)
    until(lambda: plant.states() == {"A": UNKNOWN, "B": CLOSED}, "its reader is lost")
    assert plant.open("B").wait().reason is Reason.INTERLOCKED


def test_a_valve_whose_mover_is_gone_is_known_and_cannot_be_moved(plant):
    plant.moving.absent.set()
    assert plant.open("A").wait().reason is Reason.NOT_CONNECTED
    until(lambda: plant.states()["B"] is UNKNOWN, "the device that moves them is lost")
    assert plant.states()["A"] is CLOSED


def test_a_box_that_was_off_in_between_has_the_valve_looked_at_by_its_reader_first(plant):
    """The box was reset: its relays fell, and A opened with them, unseen by whoever reads it."""
    plant.sensors.jam(at=True)
    plant.links[RELAYS].up = False
    assert plant.open("B").wait().reason is Reason.INTERLOCKED
    assert plant.moving.writes == []
    until(lambda: plant.states()["A"] is OPEN, "its reader has looked")


def test_lost_links_of_both_are_no_reason_to_refuse(plant):
    plant.links[RELAYS].up = False
    assert plant.open("A").wait().kind is Kind.MOVED
    for link in plant.links.values():
        link.up = False
    assert plant.close("A").wait().kind is Kind.MOVED


def test_a_new_line_has_both_looked_at(house, plant):
    assert plant.open("A").wait().kind is Kind.MOVED
    house.stop("extraction_line")
    house.start(ExtractionLine, "extraction_line", plant.setup, {})
    until(lambda: plant.states() == {"A": OPEN, "B": CLOSED}, "both were read")
    assert plant.open("B").wait().reason is Reason.INTERLOCKED
    assert plant.close("A").wait().kind is Kind.MOVED
