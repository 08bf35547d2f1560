"""What nobody had looked at, or only assumed, on a real wire."""

import pytest

from actors import extraction_line, line_sightings
from actors.extraction_line import ExtractionLine
from actors.messages import Kind, Reason, Tick
from actors.table import ValveSpec
from hardware.simulation import serve_tcp
from tests.actors.bench import Bench
from tests.actors.house import RELAYS, until
from tests.actors.on_a_wire.plant import CLOSED, OPEN, SPECS, UNKNOWN


def pair(**more):
    """A and B exclude each other; `more` is said of B. D stands alone."""
    return (
        ValveSpec("A", "101", RELAYS, interlocks=("B",)),
        ValveSpec("B", "102", RELAYS, **{"interlocks": ("A",), **more}),
        ValveSpec("D", "104", RELAYS),
    )


def test_what_was_only_assumed_is_found_otherwise_and_decided_anew(plant_of):
    plant = plant_of(specs=pair(check=False))
    assert plant.open("B").wait().kind is Kind.MOVED
    assert plant.close("B").wait().state is CLOSED
    plant.reset(c102=True)
    assert plant.open("A").wait().reason is Reason.INTERLOCKED
    assert not plant.both_open()


def test_a_close_that_was_permitted_while_nothing_was_known_is_decided_anew(house, plant_of):
    specs = (ValveSpec("A", "101", RELAYS, close_interlocks=("B",)), ValveSpec("B", "102", RELAYS))
    plant = plant_of(specs=specs)
    assert plant.open("A").wait().kind is Kind.MOVED
    plant.served.close()
    house.tell(RELAYS, Tick("now"))
    until(lambda: plant.states()["B"] is UNKNOWN, "it is lost")
    plant.simulator.relays["102"] = True
    plant.served = serve_tcp(plant.simulator, port=plant.served.port)
    assert plant.close("A").wait().reason is Reason.INTERLOCKED
    assert plant.simulator.relays["101"]


@pytest.mark.parametrize("how", ["look", "reset", "lost"])
def test_what_is_seen_of_a_valve_while_it_settles_counts_more_than_its_older_readback(house, plant_of, how):
    plant = plant_of(specs=pair(settling_time_s=0.4))
    opening = plant.open("B")
    opening.wait()
    closing = plant.close("B")
    until(lambda: not plant.simulator.relays["102"], "it is closed, and settles")
    house.quiet()
    plant.simulator.relays["102"] = True  # somebody opens it by hand
    if how == "look":
        house.tell(RELAYS, Tick("now"))
    elif how == "reset":
        plant.hang_up()
        assert plant.open("D").wait().kind is Kind.MOVED
    else:
        plant.served.close()
        house.tell(RELAYS, Tick("now"))
        until(lambda: plant.states()["D"] is UNKNOWN, "it is lost")
        plant.served = serve_tcp(plant.simulator, port=plant.served.port)
        assert plant.open("D").wait().kind is Kind.MOVED
    closing.wait()
    assert plant.open("A").wait().reason is Reason.INTERLOCKED
    assert plant.states()["B"] is OPEN
    assert not plant.both_open()


def test_nothing_is_ordered_before_the_actuator_has_told_anything(house, plant_of):
    plant = plant_of(specs=(ValveSpec("A", "101", RELAYS, close_interlocks=("B",)), ValveSpec("B", "102", RELAYS)))
    assert plant.open("A").wait().kind is Kind.MOVED
    plant.simulator.relays["102"] = True
    house.stop("extraction_line")
    house.start(ExtractionLine, "extraction_line", plant.setup, {})
    assert plant.close("A").wait().reason is Reason.INTERLOCKED
    assert plant.simulator.relays["101"]


def test_an_actuator_that_never_tells_anything_is_refused_in_time(house, monkeypatch):
    monkeypatch.setattr(extraction_line, "TICK_S", 0.02)
    monkeypatch.setattr(line_sightings, "FIRST_WORD_S", 0.1)
    monkeypatch.setattr(line_sightings, "READ_LIMIT_S", 0.1)
    house.recorder(RELAYS)
    bench = Bench(house, SPECS).start()
    outcome = bench.open("D").wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.NOT_CONNECTED)
    assert outcome.text == "D: actuator.relays has not told yet how its valves stand"


class CannotBeRead:
    """A driver of a box that has no way to tell how its relays stand."""

    has_readback = False
    disturbs_on_open = False

    def __init__(self, driver):
        self.set = driver.set

    def read_all(self):
        raise AssertionError("it cannot be asked")


def test_a_box_that_cannot_be_read_moves_and_forgets_nothing_on_its_own(house, plant_of):
    plant = plant_of(specs=pair(), wrap=CannotBeRead)
    assert plant.close("B").wait().kind is Kind.MOVED
    assert plant.open("A").wait().state is OPEN
    house.tell(RELAYS, Tick("now"))
    house.quiet()
    assert (plant.states()["A"], plant.states()["B"]) == (OPEN, CLOSED)
    assert plant.exchange.opened == 1
    plant.hang_up()
    assert plant.close("D").wait().kind is Kind.MOVED  # nothing forbids it, whatever became of the others
    assert plant.states()["B"] is UNKNOWN
    assert plant.exchange.opened == 2


def test_one_order_after_a_hang_up_opens_the_link_once(plant):
    before = plant.exchange.opened
    plant.hang_up()
    assert plant.open("A").wait().kind is Kind.MOVED
    assert plant.exchange.opened == before + 1


class Piecemeal:
    """A driver that reads its channels one by one; the instrument is reset while it does."""

    has_readback = True
    disturbs_on_open = False

    def __init__(self, driver):
        self.driver, self.set, self.read = driver, driver.set, driver.read
        self.in_between = lambda: None

    def read_all(self):
        relays = {}
        for channel in ("101", "102", "103", "104"):
            relays[channel] = self.driver.read(channel)
            if channel == "102":
                self.in_between()
        return relays


def test_a_look_on_two_links_is_no_look(house, plant_of):
    plant = plant_of(specs=pair(), wrap=Piecemeal)

    def once():
        plant.driver.in_between = lambda: None
        plant.reset(c102=True)

    plant.driver.in_between = once
    house.tell(RELAYS, Tick("now"))
    assert plant.open("A").wait().reason is Reason.INTERLOCKED
    assert plant.states()["B"] is OPEN
    assert not plant.both_open()


class TwoActs:
    """A driver that acts twice for each move."""

    has_readback = True
    disturbs_on_open = False

    def __init__(self, driver):
        self.driver, self.read, self.read_all = driver, driver.read, driver.read_all
        self.in_between = lambda: None

    def set(self, channel, energised):
        with self.driver._exchange.transaction():
            self.driver.set(channel, energised)
            self.in_between()
            self.driver.set(channel, energised)


def test_what_was_written_by_half_is_unknown_and_not_refused(plant_of):
    plant = plant_of(specs=pair(), wrap=TwoActs)
    plant.driver.in_between = plant.fence.advance
    outcome = plant.open("A").wait()
    assert outcome.kind is Kind.UNKNOWN
    assert plant.simulator.relays["101"]
    assert plant.states()["A"] is UNKNOWN
