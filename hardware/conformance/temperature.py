"""What a temperature controller's driver has to survive. Derive a test class from it; see `hardware.conformance`."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from hardware.conformance.actuator import NotNow, prevent
from hardware.conformance.bench import also_on_a_line, on_one_wire
from hardware.conformance.heating import HeatingConformance, hold
from hardware.errors import DeviceError, NoAnswer, SensorBroken
from hardware.temperature import Pid

FULL_PERCENT = 100.0


class TemperatureConformance(HeatingConformance):
    """The tests. The simulator has `furnace`, a `hardware.thermal.Furnace`, and `writes`: how often it was changed.

    Attributes:
        klass: the driver's, as a device file names it.
        keys: of its device file, beside name, klass, port and timeout.
        temperatures: what it may show, two at least; `within` is by how many kelvins it rounds.
        setpoints: what it may be told, two at least, none of them where it begins.
        outside: set-points that its file does not let through.
        pid: what it may be told, where it has one.
        wires: on what it is tried: "tcp", "pty".
        line_keys: of its device file, where it is a serial line behind a terminal server.
        unchecked: those of them whose frames have no check of their own, so that damage cannot be seen.
    """

    def test_a_temperature_is_read_as_it_is(self, bench: Any) -> None:
        """Whatever it is."""
        for celsius in self.temperatures:
            hold(bench, celsius)
            assert self.like(bench.driver.read_temperature_c(), celsius)

    def test_each_set_point_is_kept_and_read_back(self, bench: Any) -> None:
        """By the device, and by what it answers."""
        for celsius in self.setpoints:
            bench.driver.set_setpoint_c(celsius)
            assert self.like(bench.simulator.furnace.setpoint_c, celsius)
            assert self.like(bench.driver.read_setpoint_c(), celsius)

    @on_one_wire
    def test_a_set_point_that_sticks_is_no_success(self, bench: Any) -> None:
        """The device takes it, and keeps another: that is told, and what it has is read."""
        bench.driver.set_setpoint_c(self.setpoints[0])
        bench.simulator.furnace.faults.stuck_setpoint = True
        with pytest.raises(DeviceError):
            bench.driver.set_setpoint_c(self.setpoints[1])
        assert self.like(bench.driver.read_setpoint_c(), self.setpoints[0])

    def test_to_open_the_link_and_look_changes_nothing(self, bench: Any) -> None:
        """A node that starts finds the furnace as it is, and leaves it so."""
        hold(bench, self.temperatures[0])
        assert bench.driver.identify()
        bench.driver.read_setpoint_c()
        assert 0.0 <= bench.driver.read_output_percent() <= FULL_PERCENT
        assert bench.simulator.writes == 0

    def test_a_set_point_out_of_range_is_refused_before_anything_is_written(self, bench: Any) -> None:
        """Not even the link is opened for it."""
        for celsius in self.outside:
            with pytest.raises(ValueError, match="set-point"):
                bench.driver.set_setpoint_c(celsius)
        assert bench.exchange.opened == 0
        assert bench.simulator.writes == 0

    def test_the_three_terms_are_kept_and_read_back(self, bench: Any) -> None:
        """Where it tells them; else both say that it does not."""
        if not bench.driver.proportional_units:
            for call in (bench.driver.read_pid, lambda: bench.driver.set_pid(self.pid)):
                with pytest.raises(DeviceError):
                    call()
            return
        assert bench.driver.read_pid() != self.pid
        bench.driver.set_pid(self.pid)
        told = bench.driver.read_pid()
        assert [told.proportional, told.integral_s, told.derivative_s] == pytest.approx(
            [self.pid.proportional, self.pid.integral_s, self.pid.derivative_s], rel=1e-3
        )
        writes = bench.simulator.writes
        with pytest.raises(ValueError, match="numbers"):
            bench.driver.set_pid(Pid(float("nan"), 1.0, 1.0))
        assert bench.simulator.writes == writes

    @on_one_wire
    def test_what_no_sensor_can_measure_is_no_temperature(self, bench: Any) -> None:
        """A controller shows a huge number, or a very low one, where its thermocouple is open."""
        settings = bench.driver.settings
        for celsius in (settings.reading_max + 1.0, settings.reading_min - 1.0):
            hold(bench, celsius)
            with pytest.raises(SensorBroken):
                bench.driver.read_temperature_c()
        hold(bench, self.temperatures[0])
        assert self.like(bench.driver.read_temperature_c(), self.temperatures[0])

    def test_a_broken_sensor_is_no_temperature(self, bench: Any) -> None:
        """Whatever the device shows then; and it is there again with the sensor."""
        hold(bench, self.temperatures[0])
        bench.simulator.furnace.faults.broken_sensor = True
        with pytest.raises(SensorBroken):
            bench.driver.read_temperature_c()
        assert bench.driver.identify()
        bench.driver.heater_off()
        bench.simulator.furnace.faults.broken_sensor = False
        assert self.like(bench.driver.read_temperature_c(), self.temperatures[0])
        assert bench.exchange.opened == 1

    def test_bytes_may_come_one_by_one(self, bench: Any) -> None:
        """What a slow line delivers is the same."""
        bench.simulator.faults.trickle = True
        self._works(bench)

    def test_an_answer_may_take_its_time(self, bench: Any) -> None:
        """Within the timeout."""
        bench.simulator.faults.slow_s = bench.timeout_s / 20
        self._works(bench)

    def test_silence_is_no_success(self, bench: Any) -> None:
        """A set-point that nobody confirms, and a question that nobody answers, fail."""
        bench.simulator.faults.mute = True
        for call in (lambda: bench.driver.set_setpoint_c(self.setpoints[0]), bench.driver.read_temperature_c):
            with pytest.raises(NoAnswer):
                call()
        bench.simulator.faults.mute = False
        self._tells_the_truth(bench, tries=3)

    def test_a_damaged_answer_is_no_number(self, bench: Any, wire: str) -> None:
        """Whatever is made of it, it is not a wrong one, and no success."""
        if wire in self.unchecked:
            pytest.skip("its frames have no check of their own: on this wire the network's has to do")
        hold(bench, self.temperatures[0])
        bench.driver.set_setpoint_c(self.setpoints[0])
        bench.simulator.faults.garble = True
        furnace = bench.simulator.furnace
        asked: tuple[tuple[Callable[[], float], float], ...] = (
            (bench.driver.read_temperature_c, self.temperatures[0]),
            (bench.driver.read_setpoint_c, self.setpoints[0]),
            (bench.driver.read_output_percent, furnace.output_percent),
        )
        for call, right in asked:
            with contextlib.suppress(DeviceError):
                assert self.like(call(), right)
        with contextlib.suppress(DeviceError):
            bench.driver.set_setpoint_c(self.setpoints[1])
            assert self.like(furnace.setpoint_c, self.setpoints[1])
        bench.simulator.faults.garble = False
        self._tells_the_truth(bench, tries=4)

    @also_on_a_line
    def test_a_late_answer_is_never_taken_for_the_next_one(self, bench: Any) -> None:
        """What was shown before is not what is shown now, and a set-point is no temperature."""
        hold(bench, self.temperatures[0])
        bench.driver.set_setpoint_c(self.setpoints[0])
        for late in (
            bench.driver.read_temperature_c,
            bench.driver.read_setpoint_c,
            lambda: bench.driver.set_setpoint_c(self.setpoints[1]),
        ):
            bench.simulator.faults.slow_s = bench.timeout_s * 1.2
            with pytest.raises(DeviceError):
                late()
            bench.simulator.faults.slow_s = 0.0
            hold(bench, self.temperatures[1])
            self._tells_the_truth(bench, tries=4)

    def test_unplugged_it_knows_nothing_and_plugged_in_it_goes_on(self, bench: Any) -> None:
        """By itself, with the next question."""
        self._works(bench)
        bench.driver.read_output_percent()
        bench.unplug()
        driver = bench.driver
        calls = (driver.read_temperature_c, driver.read_setpoint_c, driver.read_output_percent, driver.heater_off)
        for _ in range(2):
            for call in calls:
                with pytest.raises(DeviceError):
                    call()
        writes = bench.simulator.writes
        bench.plug_in()
        self._tells_the_truth(bench, tries=2)
        assert bench.simulator.writes == writes

    def test_hung_up_on_in_the_middle_it_says_so(self, bench: Any) -> None:
        """The device acts, and hangs up instead of answering: nobody knows, and the next look does."""
        self._works(bench)
        bench.simulator.faults.disconnect = True
        with pytest.raises(DeviceError):
            bench.driver.set_setpoint_c(self.setpoints[1])
        bench.simulator.faults.disconnect = False
        bench.unplug()  # a pseudo-terminal that was dropped does not come back by itself
        bench.plug_in()
        self._tells_the_truth(bench, tries=2)

    def test_switched_off_and_on_it_is_read_as_it_is_then(self, bench: Any) -> None:
        """No set-point is sent again by itself."""
        bench.driver.set_setpoint_c(self.setpoints[0])
        bench.power_cycle()
        self._tells_the_truth(bench, tries=3)
        assert bench.simulator.writes == 0

    def test_what_is_prevented_is_not_written(self, bench: Any) -> None:
        """The guard is asked right before the write: a command that is too late changes nothing. Each is an act."""
        bench.driver.set_setpoint_c(self.setpoints[0])
        bench.driver.read_temperature_c()
        writes = bench.simulator.writes
        acts: tuple[Callable[[], None], ...] = (
            lambda: bench.driver.set_setpoint_c(self.setpoints[1]),
            lambda: bench.driver.set_pid(self.pid),
            bench.driver.heater_off,
        )
        for act in acts if bench.driver.proportional_units else (acts[0], acts[2]):
            for guarded in (bench.exchange.guarded(prevent), bench.exchange.guarded(_allow, prevent)):
                with pytest.raises(NotNow), guarded:
                    act()
        assert bench.simulator.writes == writes
        self._works(bench)

    def _works(self, bench: Any) -> None:
        hold(bench, self.temperatures[0])
        assert self.like(bench.driver.read_temperature_c(), self.temperatures[0])
        bench.driver.set_setpoint_c(self.setpoints[0])
        assert self.like(bench.simulator.furnace.setpoint_c, self.setpoints[0])
        assert self.like(bench.driver.read_setpoint_c(), self.setpoints[0])

    def _tells_the_truth(self, bench: Any, *, tries: int) -> None:
        """Assert that within some tries it tells what is there, and nothing else before."""
        furnace = bench.simulator.furnace
        furnace.speed = 0.0
        for _ in range(tries):
            try:
                told = bench.driver.read_temperature_c(), bench.driver.read_setpoint_c()
            except DeviceError:
                continue
            assert self.like(told[0], furnace.measured_c)
            assert self.like(told[1], furnace.setpoint_c)
            return
        raise AssertionError(f"it did not tell anything in {tries} tries")


def _allow() -> None:
    """Let everything through."""
