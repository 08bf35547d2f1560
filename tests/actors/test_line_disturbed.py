"""A line on a wire, disturbed at random: nothing is ever opened against a rule, and nobody waits in vain."""

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors import extraction_line, line_orders
from actors.actuator import Actuator, ActuatorSetup
from actors.messages import State, Tick
from actors.table import ValveSpec
from hardware.agilent_34970a.driver import AgilentGPActuator, AgilentGPActuatorSettings
from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from hardware.simulation import serve_tcp, simulator_for
from tests.actors.bench import Bench
from tests.actors.house import RELAYS, House, until

SETTINGS = AgilentGPActuatorSettings(
    name="relays", klass="AgilentGPActuator", port="tcp://h:1", valve_opens_when="relay_closed"
)

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
CHANNELS = {"A": "101", "B": "102", "C": "103", "D": "104"}
PARTNERS = {"101": ("102", "103"), "102": ("101",), "103": ("101",), "104": ()}
SPECS = (
    ValveSpec("A", "101", RELAYS, interlocks=("B", "C")),
    ValveSpec("B", "102", RELAYS, interlocks=("A",), settling_time_s=0.02),
    ValveSpec("C", "103", RELAYS, interlocks=("A",), check=False),
    ValveSpec("D", "104", RELAYS, check_delay_s=0.02),
)


class Relays(dict):
    """The instrument's relays; notes each that a command closes while a partner of it is closed.

    What a hand moves counts from when the relay was asked for next: nobody can know it before.
    """

    def __init__(self, relays):
        super().__init__(relays)
        self.violations = []
        self._unseen = set()

    def __getitem__(self, channel):
        self._unseen.discard(channel)
        return super().__getitem__(channel)

    def __setitem__(self, channel, closed):
        known = {number for number, relay in self.items() if relay} - self._unseen
        if closed and known.intersection(PARTNERS.get(channel, ())):
            self.violations.append((channel, known))
        super().__setitem__(channel, closed)

    def by_hand(self, channel, closed):
        super().__setitem__(channel, closed)
        self._unseen.add(channel)


class Plant(Bench):
    def __init__(self, house):
        super().__init__(house, SPECS, timeout_s=0.3)
        self.simulator = simulator_for("AgilentGPActuator")
        self.relays = self.simulator.relays = Relays(self.simulator.relays)
        self.served = serve_tcp(self.simulator)
        self.handle = LinkHandle(self.served.address, 0.3)
        exchange = Exchange("relays", self.handle, terminator=AgilentGPActuator.terminator, timeout_s=0.3)
        driver = AgilentGPActuator(SETTINGS, exchange, list(CHANNELS.values()))
        self.start()
        setup = ActuatorSetup(SPECS, opens_when_closed=True, poll_s=0.0)
        house.start(Actuator, RELAYS, driver, exchange, setup, self.fence)

    def do(self, step):
        what, *more = step
        if what == "hang up":
            self.served.close()
            self.served = serve_tcp(self.simulator, port=self.served.port)
        elif what == "by hand":
            self.relays.by_hand(*more)
        elif what == "look":
            self.house.tell(RELAYS, Tick("now"))
        elif what == "slow":
            self.simulator.faults.slow_s = more[0]
        elif what == "mute":
            self.simulator.faults.mute = more[0]
        else:
            waiting = [self.ask(valve, target) for valve, target in more[0]]
            for answers in waiting:
                answers.wait()
            assert [answers.left() for answers in waiting] == [[]] * len(waiting)

    def close_down(self):
        self.handle.revoke("the test is over")
        self.served.close()


ORDERS = st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from([OPEN, CLOSED])), min_size=1, max_size=4)
STEPS = st.one_of(
    st.tuples(st.just("order"), ORDERS),
    st.tuples(st.just("order"), ORDERS),
    st.just(("hang up",)),
    st.just(("look",)),
    st.tuples(st.just("by hand"), st.sampled_from(list(CHANNELS.values())), st.booleans()),
    st.tuples(st.just("slow"), st.sampled_from([0.0, 0.02])),
)


@pytest.fixture
def short_times(monkeypatch):
    monkeypatch.setattr(extraction_line, "TICK_S", 0.02)
    monkeypatch.setattr(line_orders, "MAX_WAIT_S", 0.2)


@given(st.lists(STEPS, max_size=14))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_opened_against_a_rule_and_the_table_is_true_or_unknown(short_times, steps):  # noqa: ARG001
    house = House()
    plant = Plant(house)
    try:
        for step in steps:
            plant.do(step)
        assert plant.relays.violations == []
        plant.do(("slow", 0.0))
        plant.do(("look",))

        def true_or_unknown():
            return all(
                state is UNKNOWN or (state is OPEN) == plant.relays[CHANNELS[name]]
                for name, state in plant.states().items()
            )

        until(true_or_unknown, f"the table is true: {plant.states()}, {plant.relays}")
    finally:
        plant.close_down()
        house.close()
    assert threading.active_count() < 50
