"""`T4Inputs`: which level is 1, who is refused, and that nothing is ever written."""

import pytest
from pydantic import ValidationError

from hardware.errors import NotSent
from hardware.exchange import Exchange
from hardware.gauge import Reading
from hardware.labjack_t.driver import T4Actuator, T4ActuatorSettings
from hardware.labjack_t.inputs import T4Inputs, T4InputsSettings
from hardware.labjack_t.simulator import T4Simulator, T7Simulator
from hardware.links.handle import LinkHandle
from hardware.links.line import Line
from hardware.simulation import serve_tcp


class Clock:
    def __call__(self):
        return 0.0


def settings(**keys):
    given = {"name": "daq", "klass": "T4Inputs", "port": "tcp://h:502", "on_when": "low", "gauges": {"water": "CIO0"}}
    return T4InputsSettings.model_validate(given | keys)


@pytest.fixture
def wired():
    """Serve a simulator; make exchanges on the one line to it."""
    ends = []

    def make(simulator):
        served = serve_tcp(simulator)
        line = Line(served.address, shared=True)

        def exchange():
            handle = LinkHandle(served.address, 2.0, line=line)
            ends.append(lambda: handle.revoke("the test is over"))
            return Exchange("daq", handle, terminator=b"\n", timeout_s=2.0)

        ends.insert(0, served.close)
        return exchange

    yield make
    for end in reversed(ends):
        end()


@pytest.mark.parametrize(("on_when", "high", "value"), [("low", True, 0.0), ("low", False, 1.0), ("high", True, 1.0)])
def test_the_level_that_is_1_is_said_in_the_file(wired, on_when, high, value):
    simulator = T4Simulator(Clock())
    if not high:
        simulator.pulled_up.discard("CIO0")
    driver = T4Inputs(settings(on_when=on_when), wired(simulator)())
    assert driver.read("CIO0") == Reading(value)


def test_another_labjack_is_refused(wired):
    with pytest.raises(NotSent, match="it is a T7, and T4Inputs is for a T4"):
        T4Inputs(settings(), wired(T7Simulator(Clock()))()).read("CIO0")


def test_it_has_one_labjack_together_with_an_actuator(wired):
    simulator = T4Simulator(Clock())
    exchange = wired(simulator)
    relays = T4ActuatorSettings.model_validate(
        {"name": "relays", "klass": "T4Actuator", "port": "tcp://h:502", "valve_opens_when": "relay_closed"}
    )
    actuator, inputs = T4Actuator(relays, exchange(), ["EIO0"]), T4Inputs(settings(), exchange())
    actuator.set("EIO0", True)
    assert inputs.read_all() == {"CIO0": Reading(0.0)}
    assert actuator.read_all() == {"EIO0": True}
    assert inputs.parts(inputs.settings, ()) == {"line CIO0": "an input"}
    assert actuator.parts(actuator.settings, actuator.channels) == {"line EIO0": "an output"}


def test_a_line_that_no_t4_has_is_found_in_its_file():
    with pytest.raises(ValidationError, match="a T4 has FIO4-7"):
        settings(gauges={"water": "FIO1"})


def test_a_port_that_is_no_network_is_refused():
    with pytest.raises(ValidationError, match="reached over the network"):
        settings(port="serial:///dev/ttyUSB0")
