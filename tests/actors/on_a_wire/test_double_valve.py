"""A double-actuation valve, and one that another channel tells of, on a simulated instrument's real wire."""

import pytest

from actors import extraction_line, line_orders, valve
from actors.messages import Kind, Reason, State, Tick
from actors.table import DOUBLE, ValveSpec
from tests.actors.house import RELAYS, until
from tests.actors.on_a_wire.plant import Plant

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN


def double(**more):
    """D and B exclude each other."""
    return (
        ValveSpec("D", "101,102", RELAYS, kind=DOUBLE, interlocks=("B",), **more),
        ValveSpec("B", "103", RELAYS, interlocks=("D",)),
    )


class DoublePlant(Plant):
    """D is closed when it starts."""

    def start(self):
        if not self.simulator.moves:
            self.simulator.relays.update({"101": False, "102": True})
        return super().start()

    def pair(self):
        return self.simulator.relays["101"], self.simulator.relays["102"]


@pytest.fixture
def plant_of(house, monkeypatch):
    monkeypatch.setattr(extraction_line, "TICK_S", 0.02)
    monkeypatch.setattr(valve, "SECOND_LOOK_S", 0.01)
    plants = []

    def make(specs, **more):
        plants.append(DoublePlant(house, specs=specs, **more))
        return plants[-1]

    yield make
    for made in plants:
        made.unplug()


def test_it_opens_and_closes(plant_of):
    plant = plant_of(double())
    assert plant.states() == {"D": CLOSED, "B": CLOSED}
    assert plant.open("D").wait().kind is Kind.MOVED
    assert (plant.pair(), plant.states()["D"]) == ((True, False), OPEN)
    assert plant.close("D").wait().kind is Kind.MOVED
    assert (plant.pair(), plant.states()["D"]) == ((False, True), CLOSED)


def test_while_it_is_between_its_relays_nothing_may_open_beside_it(house, plant_of):
    plant = plant_of(double(open_delay_s=0.5))
    opening = plant.open("D")
    until(lambda: plant.pair() == (True, True), "it is between its relays")
    house.tell(RELAYS, Tick("now"))
    assert plant.open("B").wait().reason is Reason.INTERLOCKED
    assert opening.wait().state is OPEN


def test_a_stuck_relay_is_a_failure_and_the_valve_counts_as_open(plant_of):
    plant = plant_of(double())
    plant.simulator.faults.stuck.add("102")
    outcome = plant.open("D").wait()
    assert (outcome.kind, outcome.state, outcome.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.FAILED)
    assert plant.open("B").wait().reason is Reason.INTERLOCKED
    plant.simulator.faults.stuck.clear()
    assert plant.close("D").wait().state is CLOSED
    assert plant.open("B").wait().kind is Kind.MOVED


def test_a_link_that_is_lost_between_the_two_is_opened_again_for_the_second(plant_of):
    plant = plant_of(double(open_delay_s=0.3))
    opening = plant.open("D")
    until(lambda: plant.pair() == (True, True), "it is between its relays")
    plant.hang_up()
    assert opening.wait().state is OPEN
    assert plant.pair() == (True, False)


def test_silence_between_the_two_leaves_it_unknown_until_it_is_read(house, plant_of):
    plant = plant_of(double(open_delay_s=1.0))
    opening = plant.open("D")
    until(lambda: plant.pair() == (True, True), "it is between its relays")
    assert plant.exchange.handle.wait_idle(5.0), "the box has said so"
    plant.served.close()
    outcome = opening.wait()
    assert (outcome.kind, outcome.state, outcome.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)
    assert outcome.text.startswith("D: its primary relay was switched, its secondary one ")
    assert plant.pair() == (True, True)
    assert plant.states()["D"] is UNKNOWN
    plant.hang_up()
    house.tell(RELAYS, Tick("now"))
    until(lambda: plant.states()["B"] is CLOSED, "it was read")
    assert plant.states()["D"] is UNKNOWN
    assert plant.close("D").wait().state is CLOSED


def test_a_line_that_ends_between_the_two_leaves_the_valve_whole(house, plant_of, monkeypatch):
    monkeypatch.setattr(line_orders, "MAX_WAIT_S", 0.0)
    plant = plant_of(double(open_delay_s=1.0))
    opening = plant.open("D")
    until(lambda: plant.pair() == (True, True), "it is between its relays")
    house.quiet()
    for name in ("B", "D"):
        house.stop(f"extraction_line/valve.{name}")
    house.stop("extraction_line")
    assert opening.wait().kind is Kind.UNKNOWN
    until(lambda: plant.pair() == (True, False), "the second followed")
    plant.setup.timeouts_s[RELAYS] = 0.01
    plant.start()
    until(lambda: plant.states()["D"] is OPEN, "two looks agree")


def test_another_channel_tells_where_the_valve_stands(house, plant_of):
    specs = (
        ValveSpec("D", "101", RELAYS, state_address="104"),
        ValveSpec("B", "103", RELAYS, opens_when="relay_open"),
    )
    plant = plant_of(specs)
    assert plant.states() == {"D": CLOSED, "B": OPEN}
    plant.simulator.relays["104"] = True
    assert plant.close("B").wait().state is CLOSED
    assert plant.simulator.relays["103"]
    house.tell(RELAYS, Tick("now"))
    until(lambda: plant.states()["D"] is OPEN, "the other channel is read")
    outcome = plant.close("D").wait()
    assert (outcome.kind, outcome.reason) == (Kind.UNKNOWN, Reason.FAILED)
    assert not plant.simulator.relays["101"]
