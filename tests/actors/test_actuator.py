"""An actuator on its own thread, with relays that have every fault."""

import contextlib
import itertools
import time
from dataclasses import replace
from typing import ClassVar

import pytest

from actors import actuator as actuator_module
from actors.actuation import Look, OriginBack, OriginLost, Seen, Switch, Switched
from actors.actuator import Actuator, ActuatorSetup
from actors.fence import Fence
from actors.messages import Kind, Ping, Reason, Source, State, Tick
from actors.table import ValveSpec
from tests.actors.fakes import FakeDriver
from tests.actors.house import RELAYS, request

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
VALVE = "extraction_line/valve.A"


class Wire:
    """A guard as the exchange is one: the check runs right before the write, within the call."""

    def __init__(self, driver):
        self.before_write = lambda: None
        self.opened = 0
        self._check = None
        driver.set = self._checked(driver.set)

    def _checked(self, write):
        def checked(channel, energised):
            self.before_write()
            if self._check:
                self._check()
            write(channel, energised)

        return checked

    @contextlib.contextmanager
    def guarded(self, check, acting):
        self.let_through = False
        self._check = lambda: (check(), acting())
        try:
            yield
        finally:
            self._check = None


class Rig:
    def __init__(self, house, *, opens_when_closed=True, poll_s=0.0, driver=None, wired=False, inverted=False):
        self.house = house
        self.driver = driver or FakeDriver(["101", "102"])
        self.wire = Wire(self.driver) if wired else None
        self.fence = Fence()
        self.line, self.valve = house.recorder("extraction_line"), house.recorder(VALVE)
        valves = [
            ValveSpec("A", "101", RELAYS, inverted_logic=inverted),
            ValveSpec("B", "102", RELAYS),
        ]
        setup = ActuatorSetup(valves, opens_when_closed, poll_s)
        house.start(Actuator, RELAYS, self.driver, self.wire, setup, self.fence)

    def switch(self, target=OPEN, *, check=True, epoch=0, deadline=None):
        order = Switch(VALVE, "A", target, check, epoch, request(deadline=deadline))
        self.house.tell(RELAYS, order)
        return self.valve.wait_for(Switched)


def test_a_switch_is_read_back(house):
    rig = Rig(house)
    began = time.monotonic()
    result = rig.switch()
    assert replace(result, read_at=0.0) == Switched("A", Kind.MOVED, OPEN, Source.READBACK)
    assert began < result.read_at < time.monotonic()
    assert rig.driver.writes == [("101", True)]


@pytest.mark.parametrize("opens_when_closed", [True, False])
@pytest.mark.parametrize("inverted", [True, False])
@pytest.mark.parametrize("target", [OPEN, CLOSED])
def test_polarity_both_ways(house, opens_when_closed, inverted, target):
    rig = Rig(house, opens_when_closed=opens_when_closed, inverted=inverted)
    assert rig.switch(target).state is target
    energised = ((target is OPEN) == opens_when_closed) != inverted
    assert rig.driver.writes == [("101", energised)]
    rig.line.clear()
    house.tell(RELAYS, Tick("now"))
    assert rig.line.wait_for(Seen).states["A"] is target


def test_a_switch_that_is_not_checked_is_assumed(house):
    assert Rig(house).switch(check=False) == Switched("A", Kind.MOVED, OPEN, Source.ASSUMED)


def test_a_device_that_cannot_be_read_back_is_assumed(house):
    rig = Rig(house, driver=FakeDriver(["101", "102"], has_readback=False))
    assert rig.switch() == Switched("A", Kind.MOVED, OPEN, Source.ASSUMED, unread=True)


def test_a_stuck_relay_reads_as_it_stands(house):
    rig = Rig(house)
    rig.driver.stuck.add("101")
    assert rig.switch().state is CLOSED


def test_what_was_not_sent_is_refused_and_the_device_is_lost(house):
    rig = Rig(house)
    rig.driver.absent.set()
    result = rig.switch()
    assert (result.kind, result.reason) == (Kind.REFUSED, Reason.NOT_CONNECTED)
    assert result.text == "A: relays: connection refused"
    lost = rig.line.wait_for(OriginLost)
    assert (lost.origin, lost.why) == (RELAYS, "relays: connection refused")


def test_silence_after_the_write_is_unknown(house):
    rig = Rig(house)
    rig.driver.mute.set()
    result = rig.switch()
    assert (result.kind, result.state, result.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)
    assert rig.driver.writes == [("101", True)]


def test_a_readback_that_cannot_be_sent_is_unknown_because_the_relay_has_moved(house):
    """The write was done; only the question after it was not sent."""
    rig = Rig(house)
    rig.driver.read_absent.set()
    result = rig.switch()
    assert rig.driver.writes == [("101", True)]
    assert (result.kind, result.state) == (Kind.UNKNOWN, UNKNOWN)


@pytest.mark.parametrize("wired", [False, True])
def test_what_an_earlier_line_ordered_is_not_written(house, wired):
    rig = Rig(house, wired=wired)
    rig.fence.advance()
    result = rig.switch(epoch=0)
    assert (result.kind, result.reason) == (Kind.REFUSED, Reason.EXPIRED)
    assert "restarted" in result.text
    assert rig.driver.writes == []


@pytest.mark.parametrize("wired", [False, True])
def test_a_switch_past_its_deadline_is_not_written(house, wired):
    rig = Rig(house, wired=wired)
    result = rig.switch(deadline=time.monotonic() - 0.1)
    assert (result.kind, result.reason) == (Kind.REFUSED, Reason.EXPIRED)
    assert rig.driver.writes == []


def test_the_fence_is_looked_at_right_before_the_write(house):
    """The order was valid when it was taken up; the line restarts while the link is being opened."""
    rig = Rig(house, wired=True)
    rig.wire.before_write = rig.fence.advance
    assert rig.switch(epoch=0).reason is Reason.EXPIRED
    assert rig.driver.writes == []


def test_the_deadline_is_looked_at_right_before_the_write(house):
    rig = Rig(house, wired=True)
    deadline = time.monotonic() + 0.05
    rig.wire.before_write = lambda: house.after(0.06)
    assert rig.switch(deadline=deadline).reason is Reason.EXPIRED
    assert rig.driver.writes == []


def test_a_deadline_that_passes_during_the_write_does_not_make_it_unwritten(house):
    rig = Rig(house, wired=True)
    write = rig.driver.set

    def slowly(channel, energised):
        write(channel, energised)
        house.after(0.06)

    rig.driver.set = slowly
    assert rig.switch(deadline=time.monotonic() + 0.05).kind is Kind.MOVED


def test_a_look_reads_one_channel(house):
    rig = Rig(house)
    rig.driver.relays["101"] = True
    house.tell(RELAYS, Look(VALVE, "A"))
    seen = replace(rig.valve.wait_for(Switched), read_at=0.0)
    assert seen == Switched("A", Kind.MOVED, OPEN, Source.READBACK)


def test_a_look_that_is_not_answered_is_unknown(house):
    rig = Rig(house)
    rig.driver.mute.set()
    house.tell(RELAYS, Look(VALVE, "A"))
    assert rig.valve.wait_for(Switched).kind is Kind.UNKNOWN


def test_it_looks_at_once_and_then_again_and_again(house):
    began = time.monotonic()
    rig = Rig(house, poll_s=0.02)
    for _ in range(3):
        seen = rig.line.wait_for(Seen)
        assert (seen.origin, seen.states, seen.source) == (RELAYS, {"A": CLOSED, "B": CLOSED}, Source.POLL)
        assert seen.asked_at >= began


def test_a_device_that_is_not_polled_looks_only_when_asked(house):
    rig = Rig(house, poll_s=0)
    rig.line.wait_for(Seen)
    house.tell(RELAYS, Tick("now"))
    rig.line.wait_for(Seen)
    house.quiet()
    assert rig.line.all(Seen) == []


def test_somebodys_wish_to_look_does_not_double_the_poll(house):
    rig = Rig(house, poll_s=0.1)
    rig.line.wait_for(Seen)
    for _ in range(5):
        house.tell(RELAYS, Tick("now"))
    for _ in range(5):
        rig.line.wait_for(Seen)
    house.after(0.35)
    assert len(rig.line.all(Seen)) <= 4


def test_a_channel_that_the_device_does_not_tell_is_unknown(house):
    rig = Rig(house, driver=FakeDriver(["101"]))
    assert rig.line.wait_for(Seen).states == {"A": CLOSED, "B": UNKNOWN}


def test_a_lying_readback_is_told_as_it_is_read(house):
    rig = Rig(house)
    rig.line.wait_for(Seen)
    rig.driver.lying.add("102")
    house.tell(RELAYS, Tick("now"))
    assert rig.line.wait_for(Seen).states == {"A": CLOSED, "B": OPEN}


def test_an_absent_device_is_lost_and_tried_again_until_it_is_back(house, logs, monkeypatch):
    monkeypatch.setattr(actuator_module, "RETRY_FIRST_S", 0.01)
    driver = FakeDriver(["101", "102"])
    driver.absent.set()
    rig = Rig(house, driver=driver, poll_s=0.02)
    for _ in range(3):
        rig.line.wait_for(OriginLost)
    assert house.detail(RELAYS).startswith("down: relays: connection refused, ")
    driver.absent.clear()
    assert rig.line.wait_for(OriginBack) == OriginBack(RELAYS)
    assert rig.line.wait_for(Seen).states == {"A": CLOSED, "B": CLOSED}
    assert len(logs.named("device.lost")) == 1, "a fault that repeats is logged first"
    assert len(logs.named("device.back")) == 1
    assert house.detail(RELAYS) == "2 valves"


def test_the_back_off_doubles(house, monkeypatch):
    monkeypatch.setattr(actuator_module.random, "uniform", lambda _low, _high: 1.0)
    monkeypatch.setattr(actuator_module, "RETRY_FIRST_S", 0.02)
    driver = FakeDriver(["101"])
    driver.absent.set()
    Rig(house, driver=driver, poll_s=1.0)
    times = []
    for _ in range(4):
        driver.entered.get(timeout=5)
        times.append(time.monotonic())
    first, second, third = (later - earlier for earlier, later in itertools.pairwise(times))
    assert first >= 0.02
    assert second >= 1.5 * first
    assert third >= 1.5 * second


def test_a_switch_waits_for_the_one_before(house):
    rig = Rig(house)
    rig.line.wait_for(Seen)
    assert rig.driver.entered.get(timeout=5) == "read_all"
    rig.driver.gate.clear()
    for target in (OPEN, CLOSED):
        house.tell(RELAYS, Switch(VALVE, "A", target, check=True, epoch=0, request=request()))
    assert rig.driver.entered.get(timeout=5) == "set"
    assert rig.driver.writes == []
    rig.driver.gate.set()
    assert [rig.valve.wait_for(Switched).state for _ in range(2)] == [OPEN, CLOSED]
    assert rig.driver.writes == [("101", True), ("101", False)]


def test_it_says_since_when_a_call_is_in_hand(house):
    rig = Rig(house)
    rig.line.wait_for(Seen)
    rig.driver.entered.get(timeout=5)
    rig.driver.gate.clear()
    house.tell(RELAYS, Tick("now"))
    rig.driver.entered.get(timeout=5)
    busy = house.context.directory.get(RELAYS).busy
    assert time.monotonic() - busy() < 5
    rig.driver.gate.set()
    rig.line.wait_for(Seen)
    house.ask(RELAYS, Ping())
    assert busy() is None


def test_an_order_that_the_line_has_given_up_is_never_written(house):
    rig = Rig(house)
    late = Switch(VALVE, "A", OPEN, check=True, epoch=0, request=request(), void_after=time.monotonic() - 1)
    house.tell(RELAYS, late)
    end = rig.valve.wait_for(Switched)
    assert (end.kind, end.reason) == (Kind.REFUSED, Reason.EXPIRED)
    assert rig.driver.writes == []


def test_what_the_device_says_of_a_valve_in_no_state_is_told_to_the_line(house):
    class Contradicts(FakeDriver):
        whys: ClassVar = {"101": "101: contradictory: both indicators"}

        def read_all(self):
            return {"102": False}

    seen = Rig(house, driver=Contradicts(["101", "102"])).line.wait_for(Seen)
    assert seen.states == {"A": UNKNOWN, "B": CLOSED}
    assert seen.whys == {"A": "101: contradictory: both indicators"}
