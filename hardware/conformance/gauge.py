"""What a gauge driver has to survive. Derive a test class from it; see `hardware.conformance`."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from hardware.catalog import find
from hardware.conformance.bench import TIMEOUT_S, Bench, needs
from hardware.errors import BadChannel, DeviceError
from hardware.gauge import GaugeState, Reading

PRESSURES = (1.53e-9, 7.602e2, 8.34e-3)


class GaugeConformance:
    """The tests. The simulator has `shown`: channel -> what it shows there, a number or one of the device's words.

    Attributes:
        klass: the driver's, as a device file names it.
        keys: of its device file, beside name, klass, port and timeout.
        channels: those that the simulator has, at least one.
        bad_channels: some that the device cannot have.
        words: what the device may show instead of a number, and what state that is.
        values: what it may show, within what it can show; `within` is the share by which it rounds.
        wires: on what it is tried: "tcp", "pty"; none: it has no wire, and `make_bench` makes what is there instead.
    """

    klass: ClassVar[str]
    keys: ClassVar[Mapping[str, Any]]
    channels: ClassVar[Sequence[str]]
    bad_channels: ClassVar[Sequence[str]] = ("", "no channel")
    words: ClassVar[Mapping[str, GaugeState]] = {}
    values: ClassVar[Sequence[float]] = PRESSURES
    within: ClassVar[float] = 0.01
    wires: ClassVar[Sequence[str]] = ("tcp", "pty")

    def make_bench(self, wire: str, folder: Path) -> Any:
        """Return the bench of one test; for a device without a wire a class overrides it."""
        return Bench(self.klass, wire, self.keys, self.channels, folder)

    def test_a_number_is_read_as_it_is_shown(self, bench: Any) -> None:
        """On each channel, whatever its size."""
        for value in self.values:
            for channel in self.channels:
                bench.simulator.shown[channel] = value
            self._reads(bench, value)

    def test_a_word_is_a_state_and_no_number(self, bench: Any) -> None:
        """Nothing is made of it that a rule or a script could take for a pressure."""
        for word, state in self.words.items():
            bench.simulator.shown[self.channels[0]] = word
            reading = bench.driver.read(self.channels[0])
            assert reading.state is state, word
            assert reading.value is None or state in (GaugeState.UNDER, GaugeState.OVER), word
            assert reading.said, word

    def test_it_has_units_and_a_name(self, bench: Any) -> None:
        """A number without a unit is none."""
        assert bench.driver.units
        assert bench.driver.identify()

    def test_bytes_may_come_one_by_one(self, bench: Any) -> None:
        """What a slow line delivers is the same."""
        needs(bench, "bytes")
        bench.simulator.faults.trickle = True
        self._shows(bench, self.values[0])

    def test_an_answer_may_take_its_time(self, bench: Any) -> None:
        """Within the timeout."""
        needs(bench, "lateness")
        bench.simulator.faults.slow_s = TIMEOUT_S / 20
        self._shows(bench, self.values[0])

    def test_silence_is_no_reading(self, bench: Any) -> None:
        """A question that nobody answers fails."""
        needs(bench, "silence")
        bench.simulator.faults.mute = True
        with pytest.raises(DeviceError):
            bench.driver.read(self.channels[0])
        bench.simulator.faults.mute = False
        self._shows_after(bench, tries=3)

    def test_a_damaged_answer_is_no_number(self, bench: Any) -> None:
        """Whatever is made of it, it is not a wrong one."""
        needs(bench, "bytes")
        bench.simulator.shown[self.channels[0]] = self.values[0]
        bench.simulator.faults.garble = True
        with contextlib.suppress(DeviceError):
            reading = bench.driver.read(self.channels[0])
            assert reading.state is not GaugeState.GOOD or self._like(reading, self.values[0])
        bench.simulator.faults.garble = False
        self._shows_after(bench, tries=3)

    def test_a_late_answer_is_never_taken_for_the_next_one(self, bench: Any) -> None:
        """What was shown before is not what is shown now."""
        needs(bench, "lateness")
        bench.simulator.shown[self.channels[0]] = self.values[0]
        bench.simulator.faults.slow_s = TIMEOUT_S * 1.2
        with pytest.raises(DeviceError):
            bench.driver.read(self.channels[0])
        bench.simulator.faults.slow_s = 0.0
        self._shows_after(bench, tries=4)

    def test_unplugged_it_knows_nothing_and_plugged_in_it_goes_on(self, bench: Any) -> None:
        """By itself, with the next question."""
        needs(bench, "unplug")
        self._shows(bench, self.values[0])
        bench.unplug()
        for _ in range(2):
            with pytest.raises(DeviceError):
                bench.driver.read(self.channels[0])
        bench.plug_in()
        self._shows_after(bench, tries=2)

    def test_a_channel_that_it_cannot_have_is_refused(self) -> None:
        """When the site is read."""
        kind = find(self.klass)
        for channel in self.bad_channels:
            with pytest.raises(BadChannel):
                kind.check_channel(channel)
        for channel in self.channels:
            kind.check_channel(channel)

    def _shows(self, bench: Any, value: float) -> None:
        bench.simulator.shown[self.channels[0]] = value
        reading = bench.driver.read(self.channels[0])
        assert reading.state is GaugeState.GOOD
        assert self._like(reading, value)

    def _reads(self, bench: Any, value: float) -> None:
        for reading in (*bench.driver.read_all().values(), bench.driver.read(self.channels[0])):
            assert reading.state is GaugeState.GOOD
            assert self._like(reading, value)

    def _shows_after(self, bench: Any, *, tries: int) -> None:
        """Assert that within some tries it reads what is shown now, and nothing else before."""
        bench.simulator.shown[self.channels[0]] = self.values[-1]
        for _ in range(tries):
            try:
                reading = bench.driver.read(self.channels[0])
            except DeviceError:
                continue
            assert reading.state is GaugeState.GOOD
            assert self._like(reading, self.values[-1])
            return
        raise AssertionError(f"it read nothing in {tries} tries")

    def _like(self, reading: Reading, value: float) -> bool:
        return reading.value is not None and abs(reading.value - value) <= self.within * abs(value)
