"""What a gauge driver has to survive. Derive a test class from it; see `hardware.conformance`."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from hardware.catalog import find
from hardware.conformance.actuator import NotNow, prevent
from hardware.conformance.bench import LINE, Bench, also_on_a_line, needs, on_one_wire
from hardware.errors import BadChannel, DeviceError
from hardware.gauge import GaugeState, Reading
from hardware.numerals import is_number

PRESSURES = (1.53e-9, 7.602e2, 8.34e-3)


class GaugeConformance:
    """The tests. The simulator has `shown`: channel -> what it shows there, a number or one of the device's words.

    Attributes:
        klass: the driver's, as a device file names it.
        keys: of its device file, beside name, klass, port and timeout.
        channels: those that the simulator has; at least two, or channels that are mixed up are not noticed.
        bad_channels: some that the device cannot have.
        words: what the device may show instead of a number, and what state that is.
        unknown_words: what is neither a number nor one of its words; none: its simulator can show only those.
        values: what it may show, two at least and all different; `within` is the share by which it rounds.
        wires: on what it is tried: "tcp", "pty"; none: it has no wire, and `make_bench` makes what is there instead.
        line_keys: of its device file, where it is a serial line behind a terminal server.
    """

    klass: ClassVar[str]
    keys: ClassVar[Mapping[str, Any]]
    channels: ClassVar[Sequence[str]]
    bad_channels: ClassVar[Sequence[str]] = ("", "no channel")
    words: ClassVar[Mapping[str, GaugeState]] = {}
    unknown_words: ClassVar[Sequence[str]] = ("WHAT", "nan", "1_0")
    values: ClassVar[Sequence[float]] = PRESSURES
    within: ClassVar[float] = 0.01
    wires: ClassVar[Sequence[str]] = ("tcp", "pty")
    line_keys: ClassVar[Mapping[str, Any]] = {}

    def make_bench(self, wire: str, folder: Path) -> Any:
        """Return the bench of one test; for a device without a wire a class overrides it."""
        return Bench(self.klass, wire, {**self.keys, **(self.line_keys if wire == LINE else {})}, self.channels, folder)

    def test_a_number_is_read_as_it_is_shown(self, bench: Any) -> None:
        """On each channel its own, whatever its size, by `read` and by `read_all`."""
        for turn in range(len(self.values)):
            expected = {channel: self._value(turn + at) for at, channel in enumerate(self.channels)}
            bench.simulator.shown.update(expected)
            told = bench.driver.read_all()
            assert set(told) == set(self.channels)
            for channel, value in expected.items():
                self._is(told[channel], value)
                self._is(bench.driver.read(channel), value)

    def test_a_word_is_a_state_and_no_number(self, bench: Any) -> None:
        """Nothing is made of it that a rule or a script could take for a pressure; the other gauges are not touched."""
        first, *others = self.channels
        for word, state in self.words.items():
            bench.simulator.shown.update(dict.fromkeys(others, self.values[0]))
            bench.simulator.shown[first] = word
            told = bench.driver.read_all()
            for reading in (bench.driver.read(first), told[first]):
                assert reading.state is state, word
                assert state is not GaugeState.GOOD, f"{word} is no number: {reading}"
                assert reading.value is None or state in (GaugeState.UNDER, GaugeState.OVER), word
                assert reading.said, word
            for channel in others:
                self._is(told[channel], self.values[0])

    @on_one_wire
    def test_a_word_that_nobody_knows_is_no_number(self, bench: Any) -> None:
        """Neither 0, nor what a language takes for a number: it is an error, or a state."""
        first = self.channels[0]
        if not self.unknown_words:
            pytest.skip("its simulator shows numbers and known words only")
        for word in self.unknown_words:
            bench.simulator.shown[first] = word
            with contextlib.suppress(DeviceError):
                reading = bench.driver.read(first)
                assert reading.state is not GaugeState.GOOD, f"{word} was read as {reading}"
                assert reading.value is None, f"{word} was read as {reading}"

    @on_one_wire
    def test_each_look_is_a_new_one(self, bench: Any) -> None:
        """`read` does not answer what the last `read_all` found, nor the other way round."""
        first = self.channels[0]
        for value in self.values:
            bench.simulator.shown[first] = value
            self._is(bench.driver.read(first), value)
        for value in self.values:
            bench.simulator.shown[first] = value
            self._is(bench.driver.read_all()[first], value)
        for value in self.values:
            bench.simulator.shown[first] = value
            self._is(bench.driver.read(first), value)

    def test_it_has_units_and_a_name(self, bench: Any) -> None:
        """A number without a unit is none: at the latest with the first reading there is one."""
        assert bench.driver.identify()
        bench.driver.read(self.channels[0])
        assert bench.driver.units

    def test_it_has_the_gauges_of_its_file(self, bench: Any) -> None:
        """Even where nobody names any channel to it."""
        channels = bench.driver.settings.gauges.values()
        assert set(type(bench.driver)(bench.driver.settings, bench.exchange).channels) == set(channels)

    def test_to_look_is_no_act(self, bench: Any) -> None:
        """Neither opening the link nor reading is allowed to switch a gauge, or to change anything else."""
        with bench.exchange.guarded(lambda: None, acting=prevent):
            self._shows(bench, self.values[0])
            assert bench.driver.identify()
            assert set(bench.driver.read_all()) == set(self.channels)

    def test_what_is_prevented_is_not_asked(self, bench: Any) -> None:
        """The guard is asked right before the write, and what it raises comes through."""
        with pytest.raises(NotNow), bench.exchange.guarded(prevent):
            bench.driver.read(self.channels[0])
        self._shows(bench, self.values[0])

    def test_bytes_may_come_one_by_one(self, bench: Any) -> None:
        """What a slow line delivers is the same."""
        needs(bench, "bytes")
        bench.simulator.faults.trickle = True
        self._shows(bench, self.values[0])

    def test_an_answer_may_take_its_time(self, bench: Any) -> None:
        """Within the timeout."""
        needs(bench, "lateness")
        bench.simulator.faults.slow_s = bench.timeout_s / 20
        self._shows(bench, self.values[0])

    def test_silence_is_no_reading(self, bench: Any) -> None:
        """A question that nobody answers fails."""
        needs(bench, "silence")
        bench.simulator.faults.mute = True
        with pytest.raises(DeviceError):
            bench.driver.read(self.channels[0])
        bench.simulator.faults.mute = False
        self._shows_after(bench, tries=3)

    @on_one_wire
    def test_silence_is_no_reading_of_any(self, bench: Any) -> None:
        """What was read before is not told again."""
        needs(bench, "silence")
        bench.driver.read_all()
        bench.simulator.faults.mute = True
        with pytest.raises(DeviceError):
            bench.driver.read_all()

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

    @also_on_a_line
    def test_a_late_answer_is_never_taken_for_the_next_one(self, bench: Any) -> None:
        """What one gauge showed before is not what another shows now."""
        needs(bench, "lateness")
        bench.simulator.shown[self.channels[0]] = self.values[0]
        bench.simulator.faults.slow_s = bench.timeout_s * 1.2
        with pytest.raises(DeviceError):
            bench.driver.read(self.channels[0])
        bench.simulator.faults.slow_s = 0.0
        self._shows_after(bench, tries=4, channel=self.channels[-1])

    @on_one_wire
    def test_a_look_at_all_that_is_late_is_none(self, bench: Any) -> None:
        """And what comes of it later is not taken for the answers to the next one."""
        needs(bench, "lateness")
        bench.simulator.shown.update(dict.fromkeys(self.channels, self.values[0]))
        bench.driver.read_all()
        bench.simulator.faults.slow_s = bench.timeout_s * 1.2
        with pytest.raises(DeviceError):
            bench.driver.read_all()
        bench.simulator.faults.slow_s = 0.0
        self._shows_all_after(bench, tries=4)

    def test_unplugged_it_knows_nothing_and_plugged_in_it_goes_on(self, bench: Any) -> None:
        """By itself, with the next question."""
        needs(bench, "unplug")
        self._shows(bench, self.values[0])
        bench.driver.read_all()
        bench.unplug()
        for _ in range(2):
            for look in (bench.driver.read_all, lambda: bench.driver.read(self.channels[0])):
                with pytest.raises(DeviceError):
                    look()
        bench.plug_in()
        self._shows_after(bench, tries=2)

    def test_hung_up_on_in_the_middle_it_goes_on(self, bench: Any) -> None:
        """The question was heard, and nobody answers it."""
        self._shows(bench, self.values[0])
        bench.simulator.faults.disconnect = True
        with pytest.raises(DeviceError):
            bench.driver.read(self.channels[0])
        bench.simulator.faults.disconnect = False
        bench.unplug()  # a pseudo-terminal that was dropped does not come back by itself
        bench.plug_in()
        self._shows_after(bench, tries=2)

    def test_switched_off_and_on_it_is_read_as_it_is_then(self, bench: Any) -> None:
        """Nothing of before is answered from memory."""
        self._shows(bench, self.values[0])
        bench.power_cycle()
        self._shows_after(bench, tries=3)

    def test_a_channel_that_it_cannot_have_is_refused(self) -> None:
        """When the site is read."""
        kind = find(self.klass)
        for channel in self.bad_channels:
            with pytest.raises(BadChannel):
                kind.check_channel(channel)
        for channel in self.channels:
            kind.check_channel(channel)

    def _value(self, number: int) -> float:
        return self.values[number % len(self.values)]

    def _is(self, reading: Reading, value: float) -> None:
        assert reading.state is GaugeState.GOOD
        assert is_number(reading.value)
        assert self._like(reading, value)

    def _shows(self, bench: Any, value: float) -> None:
        bench.simulator.shown[self.channels[0]] = value
        self._is(bench.driver.read(self.channels[0]), value)

    def _shows_after(self, bench: Any, *, tries: int, channel: str = "") -> None:
        """Assert that within some tries it reads what is shown now, and nothing else before."""
        channel = channel or self.channels[0]
        bench.simulator.shown[channel] = self.values[-1]
        for _ in range(tries):
            try:
                reading = bench.driver.read(channel)
            except DeviceError:
                continue
            self._is(reading, self.values[-1])
            return
        raise AssertionError(f"it read nothing in {tries} tries")

    def _shows_all_after(self, bench: Any, *, tries: int) -> None:
        """Assert that within some tries it reads what all of them show now, and nothing else before."""
        bench.simulator.shown.update(dict.fromkeys(self.channels, self.values[-1]))
        for _ in range(tries):
            try:
                told = bench.driver.read_all()
            except DeviceError:
                continue
            for channel in self.channels:
                self._is(told[channel], self.values[-1])
            return
        raise AssertionError(f"it read nothing in {tries} tries")

    def _like(self, reading: Reading, value: float) -> bool:
        return reading.value is not None and abs(reading.value - value) <= self.within * abs(value)
