"""A box on a real wire that hangs up, is reset, is gone: it is read again before it is told anything."""

from actors.actuation import OriginLost, Seen
from actors.actuator import Actuator, ActuatorSetup
from actors.messages import Kind, Reason, Tick
from hardware.agilent_34970a.driver import AgilentGPActuator
from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from hardware.simulation import serve_tcp, simulator_for
from tests.actors.bench import Bench
from tests.actors.house import RELAYS, until
from tests.actors.on_a_wire.plant import CLOSED, OPEN, SETTINGS, SPECS, UNKNOWN


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
