"""A line, its valves, their actuator and a simulated instrument on a real wire, which is lost now and then."""

import pytest

from actors import extraction_line, line_sightings
from actors.actuation import OriginLost, Seen
from actors.actuator import Actuator, ActuatorSetup
from actors.extraction_line import ExtractionLine
from actors.messages import Kind, Reason, State, Tick
from actors.table import ValveSpec
from hardware.agilent_34970a.driver import AgilentGPActuator, AgilentGPActuatorSettings
from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from hardware.simulation import serve_tcp, simulator_for
from tests.actors.bench import Bench
from tests.actors.house import RELAYS, until

SETTINGS = AgilentGPActuatorSettings(
    name="relays", klass="AgilentGPActuator", port="tcp://h:1", valve_opens_when="relay_closed"
)

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
SPECS = (
    ValveSpec("A", "101", RELAYS, interlocks=("B", "C")),
    ValveSpec("B", "102", RELAYS, interlocks=("A",)),
    ValveSpec("C", "103", RELAYS, interlocks=("A",), check_delay_s=0.05),
    ValveSpec("D", "104", RELAYS),
)


class Plant(Bench):
    """`hang_up`: the instrument ends the connection; `reset`: and its relays fall to where they fall."""

    def __init__(self, house, specs=SPECS, poll_s=0.0, wrap=lambda driver: driver):
        super().__init__(house, specs, timeout_s=5.0)
        self.simulator = simulator_for("AgilentGPActuator")
        self.served = serve_tcp(self.simulator)
        handle = LinkHandle(self.served.address, 2.0)
        self.exchange = Exchange("relays", handle, terminator=AgilentGPActuator.terminator, timeout_s=2.0)
        self.driver = wrap(AgilentGPActuator(SETTINGS, self.exchange, ["101", "102", "103", "104"]))
        setup = ActuatorSetup(specs, opens_when_closed=True, poll_s=poll_s)
        self.start()
        house.start(Actuator, RELAYS, self.driver, self.exchange, setup, self.fence)
        if self.driver.has_readback:
            until(lambda: UNKNOWN not in self.states().values(), "it was read")

    def unplug(self):
        self.exchange.handle.revoke("the test is over")
        self.served.close()

    def hang_up(self):
        port = self.served.port
        self.served.close()
        self.served = serve_tcp(self.simulator, port=port)

    def reset(self, **closed):
        self.simulator.relays.update({channel.removeprefix("c"): on for channel, on in closed.items()})
        self.hang_up()

    def both_open(self):
        return self.simulator.relays["101"] and self.simulator.relays["102"]


@pytest.fixture
def plant_of(house, monkeypatch):
    monkeypatch.setattr(extraction_line, "TICK_S", 0.02)
    plants = []

    def make(**more):
        plants.append(Plant(house, **more))
        return plants[-1]

    yield make
    for made in plants:
        made.unplug()


@pytest.fixture
def plant(plant_of):
    return plant_of()


def test_a_box_that_hangs_up_when_idle_is_told_all_the_same(plant):
    for target, closed in ((OPEN, True), (CLOSED, False)) * 4:
        plant.hang_up()
        assert plant.ask("A", target).wait().kind is Kind.MOVED
        assert plant.simulator.relays["101"] is closed


def test_a_device_that_was_reset_is_read_and_the_rules_decide_anew(plant):
    """B fell open with the reset: the Open that was permitted while it was closed is not carried out."""
    plant.reset(c102=True)
    outcome = plant.open("A").wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.INTERLOCKED)
    assert outcome.text == "A may not open while B is open"
    assert plant.states() == {"A": CLOSED, "B": OPEN, "C": CLOSED, "D": CLOSED}
    assert not plant.both_open()


def test_what_was_permitted_before_a_look_that_finds_it_otherwise_is_decided_anew(house, plant):
    """The look is in hand and the order waits behind it: the order is one of before."""
    plant.simulator.faults.slow_s = 0.15
    plant.simulator.relays["102"] = True  # by hand: B opens
    house.tell(RELAYS, Tick("now"))
    outcome = plant.open("A").wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.INTERLOCKED)
    assert not plant.both_open()


def test_orders_of_several_valves_behind_a_reset_are_all_decided_anew(plant):
    plant.reset(c101=True)
    waiting = [plant.open("B"), plant.open("D"), plant.open("B")]
    outcomes = [answers.wait() for answers in waiting]
    assert [outcome.kind for outcome in outcomes] == [Kind.REFUSED, Kind.MOVED, Kind.REFUSED]
    assert [answers.left() for answers in waiting] == [[], [], []]
    assert not plant.both_open()


def test_what_a_look_after_a_move_found_is_what_the_device_is_compared_with(plant):
    """C is stuck; it is told as it reads, twice; when its relay moves after all, and the link is lost, that is news."""
    plant.simulator.faults.stuck.add("103")
    assert plant.open("C").wait().reason is Reason.FAILED
    plant.simulator.faults.stuck.clear()
    plant.reset(c103=True)
    assert plant.open("A").wait().reason is Reason.INTERLOCKED
    assert plant.states()["C"] is OPEN
    assert not plant.simulator.relays["101"]


def test_a_device_that_is_gone_is_refused_at_once(plant):
    plant.served.close()
    outcome = plant.open("A").wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.NOT_CONNECTED)
    until(lambda: plant.states()["A"] is UNKNOWN, "nothing is known of it")


def test_each_loss_is_told_with_a_new_number(house):
    heard = house.recorder("extraction_line")
    served = serve_tcp(simulator_for("AgilentGPActuator"))
    exchange = Exchange(
        "relays", LinkHandle(served.address, 1.0), terminator=AgilentGPActuator.terminator, timeout_s=1.0
    )
    setup = ActuatorSetup(SPECS, opens_when_closed=True, poll_s=0.0)
    house.start(
        Actuator, RELAYS, AgilentGPActuator(SETTINGS, exchange, ["101"]), exchange, setup, Bench(house, SPECS).fence
    )
    first = heard.wait_for(Seen).knowing
    house.tell(RELAYS, Tick("now"))
    assert heard.wait_for(Seen).knowing == first
    served.close()
    house.tell(RELAYS, Tick("now"))
    assert heard.wait_for(OriginLost).knowing > first
    exchange.handle.revoke("the test is over")


# --- what nobody had looked at -----------------------------------------------------------------------------------


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
