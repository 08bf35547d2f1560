"""What an actuator driver has to survive. Derive a test class from it; see `hardware.conformance`."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from hardware.catalog import find
from hardware.conformance.bench import LINE, Bench, also_on_a_line, needs, on_one_wire
from hardware.errors import BadChannel, DeviceError


class NotNow(Exception):
    """What a guard raises that lets nothing through."""


def prevent() -> None:
    """Let nothing through."""
    raise NotNow


class ActuatorConformance:
    """The tests. The simulator has `relays` (channel -> energised) and `moves` (how often one has really moved).

    Attributes:
        klass: the driver's, as a device file names it.
        keys: of its device file, beside name, klass, port and timeout.
        channels: at least two that the simulator has.
        bad_channels: some that the device cannot have.
        wires: on what it is tried: "tcp", "pty"; none: it has no wire, and `make_bench` makes what is there instead.
        line_keys: of its device file, where it is a serial line behind a terminal server.
    """

    klass: ClassVar[str]
    keys: ClassVar[Mapping[str, Any]] = {"valve_opens_when": "relay_closed"}
    channels: ClassVar[Sequence[str]]
    bad_channels: ClassVar[Sequence[str]] = ("", "no channel")
    wires: ClassVar[Sequence[str]] = ("tcp", "pty")
    line_keys: ClassVar[Mapping[str, Any]] = {}

    def make_bench(self, wire: str, folder: Path) -> Any:
        """Return the bench of one test; for a device without a wire a class overrides it."""
        return Bench(self.klass, wire, {**self.keys, **(self.line_keys if wire == LINE else {})}, self.channels, folder)

    def test_each_relay_is_energised_and_released_and_no_other(self, bench: Any) -> None:
        """Also: `read` and `read_all` tell where they really stand."""
        for channel in self.channels:
            for energised in (True, False, True):
                bench.driver.set(channel, energised)
                assert bench.simulator.relays[channel] is energised
                if bench.driver.has_readback:
                    assert bench.driver.read(channel) is energised
                    assert bench.driver.read_all() == {each: bench.simulator.relays[each] for each in self.channels}
        assert bench.simulator.moves == 3 * len(self.channels)

    def test_to_open_the_link_and_look_moves_nothing(self, bench: Any) -> None:
        """A node that starts finds the relays as they are, and leaves them so."""
        bench.simulator.relays[self.channels[0]] = True
        if bench.driver.has_readback:
            assert bench.driver.read_all() == {each: each == self.channels[0] for each in self.channels}
        assert bench.driver.identify()
        assert bench.simulator.moves == 0

    def test_to_repeat_a_command_moves_nothing(self, bench: Any) -> None:
        """A command may be given again."""
        bench.driver.set(self.channels[0], True)
        bench.driver.set(self.channels[0], True)
        assert bench.simulator.moves == 1

    def test_bytes_may_come_one_by_one(self, bench: Any) -> None:
        """What a slow line delivers is the same."""
        needs(bench, "bytes")
        bench.simulator.faults.trickle = True
        self._works(bench)

    def test_an_answer_may_take_its_time(self, bench: Any) -> None:
        """Within the timeout."""
        needs(bench, "lateness")
        bench.simulator.faults.slow_s = bench.timeout_s / 20
        self._works(bench)

    def test_silence_is_no_success(self, bench: Any) -> None:
        """A command that nobody confirms, and a question that nobody answers, fail."""
        needs(bench, "silence")
        bench.simulator.faults.mute = True
        with pytest.raises(DeviceError):
            bench.driver.set(self.channels[0], True)
        if bench.driver.has_readback:
            with pytest.raises(DeviceError):
                bench.driver.read(self.channels[0])

    @on_one_wire
    def test_silence_is_no_state_of_any(self, bench: Any) -> None:
        """What was read before, or set, is not told again."""
        _reads_back(bench)
        needs(bench, "silence")
        bench.driver.read_all()
        bench.driver.set(self.channels[0], True)
        bench.simulator.faults.mute = True
        with pytest.raises(DeviceError):
            bench.driver.read_all()

    @also_on_a_line
    def test_a_late_answer_is_never_taken_for_the_next_one(self, bench: Any) -> None:
        """The relay moves while the driver waits no longer; what it is told next is true."""
        needs(bench, "lateness")
        first = self.channels[0]
        bench.driver.set(first, False)
        bench.simulator.faults.slow_s = bench.timeout_s * 1.2
        with pytest.raises(DeviceError):
            bench.driver.set(first, True)
        bench.simulator.faults.slow_s = 0.0
        self._tells_the_truth(bench, tries=4)

    def test_a_damaged_answer_is_no_state(self, bench: Any) -> None:
        """Whatever is made of it, it is not a wrong one."""
        needs(bench, "bytes")
        bench.driver.set(self.channels[0], True)
        bench.simulator.faults.garble = True
        with contextlib.suppress(DeviceError):
            assert bench.driver.read(self.channels[0]) is True
        with contextlib.suppress(DeviceError):
            bench.driver.set(self.channels[1], True)
            assert bench.simulator.relays[self.channels[1]] is True
        bench.simulator.faults.garble = False
        self._tells_the_truth(bench, tries=4)

    def test_a_relay_that_sticks_is_read_where_it_stands(self, bench: Any) -> None:
        """The readback is the device's word, not what was sent."""
        _reads_back(bench)
        bench.driver.read_all()
        bench.simulator.faults.stuck.add(self.channels[0])
        with contextlib.suppress(DeviceError):
            bench.driver.set(self.channels[0], True)
        assert bench.driver.read_all()[self.channels[0]] is False
        assert bench.driver.read(self.channels[0]) is False

    def test_what_the_device_says_is_what_is_read(self, bench: Any) -> None:
        """Even if it lies: nothing is answered from memory."""
        _reads_back(bench)
        bench.driver.read_all()
        bench.driver.set(self.channels[0], True)
        bench.simulator.faults.lie.add(self.channels[0])
        assert bench.driver.read_all()[self.channels[0]] is False
        assert bench.driver.read(self.channels[0]) is False

    def test_unplugged_it_knows_nothing_and_plugged_in_it_goes_on(self, bench: Any) -> None:
        """By itself, with the next question."""
        needs(bench, "unplug")
        bench.driver.set(self.channels[0], True)
        if bench.driver.has_readback:
            bench.driver.read_all()
        bench.unplug()
        for _ in range(2):
            if bench.driver.has_readback:
                with pytest.raises(DeviceError):
                    bench.driver.read_all()
            with pytest.raises(DeviceError):
                bench.driver.set(self.channels[1], True)
            if bench.driver.has_readback:
                with pytest.raises(DeviceError):
                    bench.driver.read(self.channels[0])
        moves = bench.simulator.moves
        bench.plug_in()
        self._tells_the_truth(bench, tries=2)
        if not bench.driver.disturbs_on_open:
            assert bench.simulator.moves == moves

    def test_hung_up_on_in_the_middle_it_says_so(self, bench: Any) -> None:
        """The device acts, and hangs up instead of answering: nobody knows, and the next look does."""
        needs(bench, "hang up")
        bench.driver.set(self.channels[0], False)
        bench.simulator.faults.disconnect = True
        with pytest.raises(DeviceError):
            bench.driver.set(self.channels[0], True)
        bench.simulator.faults.disconnect = False
        bench.unplug()  # a pseudo-terminal that was dropped does not come back by itself
        bench.plug_in()
        self._tells_the_truth(bench, tries=2)

    def test_switched_off_and_on_it_is_read_as_it_is_then(self, bench: Any) -> None:
        """Its relays have fallen; nothing is energised again by itself."""
        needs(bench, "power")
        bench.driver.set(self.channels[0], True)
        bench.power_cycle()
        self._tells_the_truth(bench, tries=3)
        assert bench.simulator.moves == 0

    def test_what_is_prevented_is_not_written(self, bench: Any) -> None:
        """The guard is asked right before the write: a command that is too late moves nothing."""
        needs(bench, "guard")
        bench.driver.set(self.channels[0], False)
        moves = bench.simulator.moves
        with pytest.raises(NotNow), bench.guard.guarded(prevent):
            bench.driver.set(self.channels[0], True)
        assert bench.simulator.moves == moves
        self._works(bench)

    def test_what_moves_a_relay_is_told_as_an_act(self, bench: Any) -> None:
        """With `acts=True`: what has to hold still right before a relay moves is looked at then, and only then."""
        needs(bench, "guard")
        for energised in (True, False):
            bench.driver.set(self.channels[0], not energised)
            moves = bench.simulator.moves
            with pytest.raises(NotNow), bench.guard.guarded(lambda: None, acting=prevent):
                bench.driver.set(self.channels[0], energised)
            assert bench.simulator.moves == moves
        self._works(bench)

    @on_one_wire
    def test_a_command_whose_answer_is_lost_is_not_sent_again(self, bench: Any) -> None:
        """Nobody knows what became of it: whether it is told once more is for whoever has looked."""
        needs(bench, "guard", "silence")
        first, acts = self.channels[0], [0]

        def count() -> None:
            acts[0] += 1

        bench.driver.set(first, False)
        with bench.guard.guarded(lambda: None, acting=count):
            bench.driver.set(first, True)
        once, acts[0] = acts[0], 0
        bench.driver.set(first, False)
        bench.simulator.faults.mute = True
        with contextlib.suppress(DeviceError), bench.guard.guarded(lambda: None, acting=count):
            bench.driver.set(first, True)
        assert acts[0] <= once

    def test_a_channel_that_it_cannot_have_is_refused(self) -> None:
        """When the site is read, not when a valve is to move."""
        kind = find(self.klass)
        for channel in self.bad_channels:
            with pytest.raises(BadChannel):
                kind.check_channel(channel)
        for channel in self.channels:
            kind.check_channel(channel)

    def _works(self, bench: Any) -> None:
        for energised in (True, False):
            bench.driver.set(self.channels[0], energised)
            assert bench.simulator.relays[self.channels[0]] is energised
            if bench.driver.has_readback:
                assert bench.driver.read(self.channels[0]) is energised

    def _tells_the_truth(self, bench: Any, *, tries: int) -> None:
        """Assert that within some tries it tells where the relays stand, and nothing else before."""
        if not bench.driver.has_readback:
            return
        for _ in range(tries):
            try:
                told = bench.driver.read_all()
            except DeviceError:
                continue
            assert told == {each: bench.simulator.relays[each] for each in self.channels}
            return
        raise AssertionError(f"it did not tell anything in {tries} tries")


def _reads_back(bench: Any) -> None:
    if not bench.driver.has_readback:
        pytest.skip("it cannot be read back")
