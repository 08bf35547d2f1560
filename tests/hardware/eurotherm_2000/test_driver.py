"""`Eurotherm` against the simulated controller, over TCP and over a serial line."""

import time

import pytest

from hardware.errors import BadReply, DeviceRefused, LinkDown, NoAnswer
from hardware.eurotherm_2000.driver import Eurotherm, EurothermSettings
from hardware.eurotherm_2000.simulator import EurothermSimulator
from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from hardware.simulation import serve_pty, serve_tcp


class Bench:
    """A driver on a wire to a simulated controller."""

    def __init__(self, serve, timeout_s=2.0, **settings) -> None:
        self.simulator = EurothermSimulator(lambda: 0.0)
        self.served = serve(self.simulator)
        self.handle = LinkHandle(self.served.address, timeout_s)
        self.exchange = Exchange("furnace", self.handle, terminator=Eurotherm.terminator, timeout_s=timeout_s)
        given = {"name": "furnace", "klass": "Eurotherm", "port": self.served.address} | settings
        self.controller = Eurotherm(EurothermSettings.model_validate(given), self.exchange)

    def close(self):
        self.handle.revoke("the test is over")
        self.served.close()


@pytest.fixture
def benches():
    made = []

    def make(*args, **kwargs):
        made.append(Bench(*args, **kwargs))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(params=[serve_tcp, serve_pty], ids=["tcp", "serial"])
def serve(request):
    return request.param


@pytest.fixture
def bench(benches, serve):
    return benches(serve)


def test_temperature_setpoint_and_output_are_read(bench):
    controller = bench.controller
    read = controller.read_temperature_c(), controller.read_setpoint_c(), controller.read_output_percent()
    assert read == (22.0, 22.0, 0.0)


def test_a_setpoint_is_written(bench):
    bench.controller.set_setpoint_c(800.04)
    assert bench.controller.read_setpoint_c() == 800.0


@pytest.mark.parametrize("setpoint_c", [-0.1, 1600.1, float("nan"), float("inf")])
def test_a_setpoint_out_of_range_is_refused_before_anything_is_sent(bench, setpoint_c):
    with pytest.raises(ValueError, match="expected 0 to 1600 C"):
        bench.controller.set_setpoint_c(setpoint_c)
    assert bench.handle.opened == 0


def test_the_controllers_own_limit_is_told_in_words(bench):
    with pytest.raises(DeviceRefused, match="set-point 1500 C refused: the value is over a limit"):
        bench.controller.set_setpoint_c(1500.0)
    assert bench.controller.read_setpoint_c() == 22.0


def test_another_station_stays_silent(benches, serve):
    bench = benches(serve, timeout_s=0.05, unit=2)
    with pytest.raises(NoAnswer):
        bench.controller.read_temperature_c()


def test_a_damaged_answer_is_a_bad_reply(bench):
    bench.simulator.faults.garble = True
    with pytest.raises(BadReply):
        bench.controller.read_temperature_c()
    bench.simulator.faults.garble = False
    assert bench.controller.read_temperature_c() == 22.0


def test_hanging_up_after_a_write_leaves_its_outcome_unknown(bench):
    bench.controller.read_setpoint_c()
    bench.simulator.faults.disconnect = True
    with pytest.raises(LinkDown):
        bench.controller.set_setpoint_c(800.0)
    assert bench.simulator.writes == 1


def test_a_guard_prevents_the_write(bench):
    def too_late():
        raise TimeoutError

    with pytest.raises(TimeoutError), bench.exchange.guarded(too_late):
        bench.controller.set_setpoint_c(800.0)
    assert bench.simulator.writes == 0


def test_it_follows_a_real_clock():
    simulator = EurothermSimulator(time.monotonic, speed=100_000.0)
    served = serve_tcp(simulator)
    handle = LinkHandle(served.address, 2.0)
    exchange = Exchange("furnace", handle, timeout_s=2.0)
    settings = EurothermSettings(name="furnace", klass="Eurotherm", port=served.address)
    controller = Eurotherm(settings, exchange)
    controller.set_setpoint_c(800.0)
    while controller.read_temperature_c() < 799.0:
        pass
    handle.revoke("the test is over")
    served.close()
