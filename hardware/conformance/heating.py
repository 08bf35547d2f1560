"""What the heater of a temperature controller's driver has to do, and what it must not; a part of its conformance."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from hardware.conformance.bench import LINE, Bench, on_one_wire
from hardware.errors import DeviceError, NoAnswer
from hardware.temperature import Pid

OUTSIDE = (-0.1, 1600.1, float("nan"), float("inf"), float("-inf"))


class HeatingConformance:
    """The tests. What they need is said in `hardware.conformance.temperature.TemperatureConformance`."""

    klass: ClassVar[str]
    keys: ClassVar[Mapping[str, Any]] = {}
    temperatures: ClassVar[Sequence[float]] = (23.4, 1205.7, 816.0)
    within: ClassVar[float] = 0.051
    setpoints: ClassVar[Sequence[float]] = (800.0, 1234.5, 150.0)
    outside: ClassVar[Sequence[float]] = OUTSIDE
    pid: ClassVar[Pid] = Pid(35.0, 250.0, 40.0)
    wires: ClassVar[Sequence[str]] = ("tcp", "pty")
    line_keys: ClassVar[Mapping[str, Any]] = {}
    unchecked: ClassVar[Sequence[str]] = ()

    def make_bench(self, wire: str, folder: Path) -> Any:
        """Return the bench of one test; for a device without a wire a class overrides it."""
        return Bench(self.klass, wire, {**self.keys, **(self.line_keys if wire == LINE else {})}, (), folder)

    @on_one_wire
    def test_what_somebody_sets_at_its_keys_is_read(self, bench: Any) -> None:
        """Nothing is answered from memory: neither the set-point, nor what the heater gets."""
        furnace = bench.simulator.furnace
        hold(bench, self.temperatures[0])
        for celsius in self.setpoints:
            bench.driver.set_setpoint_c(self.setpoints[0])
            furnace.setpoint_c = celsius
            assert self.like(bench.driver.read_setpoint_c(), celsius)
        furnace.mode = "manual"
        for furnace.manual_percent in (37.0, 81.5, 0.0, 12.0):
            assert abs(bench.driver.read_output_percent() - furnace.manual_percent) < 1.0
        furnace.mode, furnace.setpoint_c = "auto", self.setpoints[1]
        assert abs(bench.driver.read_output_percent() - furnace.output_percent) < 1.0

    def test_it_heats(self, bench: Any) -> None:
        """The output says so, and the temperature follows."""
        hold(bench, self.temperatures[0])
        bench.driver.set_setpoint_c(self.setpoints[0])
        assert bench.driver.read_output_percent() > 0
        bench.simulator.furnace.advance(7200.0)
        assert abs(bench.driver.read_temperature_c() - self.setpoints[0]) < 1.0

    def test_the_heater_is_switched_off_and_on(self, bench: Any) -> None:
        """Its set-point is the lowest, it gives nothing, and cools; it heats again only when it is told to."""
        hold(bench, self.temperatures[0])
        bench.driver.set_setpoint_c(self.setpoints[0])
        bench.simulator.furnace.advance(3600.0)
        for _ in range(2):
            bench.driver.heater_off()
            assert bench.driver.read_output_percent() == 0.0
            assert self.like(bench.driver.read_setpoint_c(), bench.driver.settings.setpoint_min)
        before = bench.driver.read_temperature_c()
        bench.simulator.furnace.advance(600.0)
        assert bench.driver.read_temperature_c() < before - 10.0
        bench.driver.heater_on()
        bench.driver.set_setpoint_c(self.setpoints[1])
        assert bench.driver.read_output_percent() > 0

    @on_one_wire
    def test_the_heater_is_off_or_it_says_so(self, bench: Any) -> None:
        """Somebody has put it into manual at its keys: then a lower set-point alone does not stop it."""
        furnace = bench.simulator.furnace
        hold(bench, self.temperatures[0])
        furnace.mode, furnace.manual_percent = "manual", 80.0
        with contextlib.suppress(DeviceError):
            bench.driver.heater_off()
            assert furnace.output_percent == 0.0

    @on_one_wire
    def test_a_set_point_does_not_switch_a_heater_on_that_is_off(self, bench: Any) -> None:
        """Only `heater_on` does, where `heater_off` did more than to lower the set-point."""
        furnace = bench.simulator.furnace
        for began in ("auto", "manual"):
            furnace.mode, furnace.manual_percent = began, 80.0
            hold(bench, self.temperatures[0])
            bench.driver.set_setpoint_c(self.setpoints[0])
            with contextlib.suppress(DeviceError):
                bench.driver.heater_off()
                if furnace.mode == "auto":
                    continue  # the loop is all that it has switched off
                bench.driver.set_setpoint_c(self.setpoints[1])
                assert furnace.output_percent == 0.0
                if began == "auto":  # out of what somebody else put it into, it need not know the way
                    bench.driver.heater_on()
                    assert furnace.output_percent > 0.0

    @on_one_wire
    def test_silence_is_no_output(self, bench: Any) -> None:
        """Whether it heats is not known then."""
        bench.driver.set_setpoint_c(self.setpoints[0])
        bench.driver.read_output_percent()
        bench.simulator.faults.mute = True
        with pytest.raises(NoAnswer):
            bench.driver.read_output_percent()

    def like(self, told: float, right: float) -> bool:
        """Return whether a number of kelvins is told as it is, but for its rounding."""
        return abs(told - right) <= self.within


def hold(bench: Any, celsius: float) -> None:
    """Have the furnace at a temperature, with its time standing still."""
    bench.simulator.furnace.speed = 0.0
    bench.simulator.furnace.temperature_c = celsius
