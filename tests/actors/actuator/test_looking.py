"""An actuator looks at its device: when asked, again and again, and while it is absent."""

import itertools
import time
from dataclasses import replace
from typing import ClassVar

from actors import actuator as actuator_module
from actors.actuation import Look, OriginBack, OriginLost, Seen, Switch, Switched
from actors.messages import Kind, Ping, Reason, Source, Tick
from tests.actors.actuator.rig import CLOSED, OPEN, UNKNOWN, VALVE, Rig
from tests.actors.fakes import FakeDriver
from tests.actors.house import RELAYS, request


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
