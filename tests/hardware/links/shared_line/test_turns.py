"""They take turns; one that is revoked, or hangs, leaves the others their link."""

import threading

import pytest

from hardware.errors import LinkDown, NoAnswer, NotSent
from hardware.exchange import Exchange
from hardware.links import line as line_module
from hardware.links.handle import LinkHandle
from tests.hardware.fakes import Caller, FakeLink
from tests.hardware.links.shared_line.bus import ADDRESS, Bus, ComesLate


def test_what_nobody_wrote_is_no_reason_to_keep_the_line_quiet():
    bus = Bus()

    def too_late():
        raise NotSent("too late")

    with bus.oven.guarded(too_late), pytest.raises(NotSent, match="too late"):
        bus.oven.send(b"heat\n")
    assert bus.line.quiet_from == 0.0


def test_one_that_is_revoked_while_idle_leaves_the_link_to_the_others():
    bus = Bus()
    bus.oven.send(b"a\n")
    bus.oven.handle.revoke("a new actor takes the device over")
    bus.gauge.send(b"b\n")
    with pytest.raises(NotSent, match="a new actor"):
        bus.oven.send(b"c\n")
    assert bus.links[0].sent == b"a\nb\n"
    assert not bus.links[0].closed_by
    bus.gauge.handle.revoke("the node stops")
    assert bus.links[0].closed_by


def test_one_that_hangs_is_cut_off_and_the_others_open_the_link_anew():
    bus = Bus()
    slow = Exchange("oven", LinkHandle(ADDRESS, 1.0, line=bus.line), timeout_s=1.0)
    caller = Caller(lambda: slow.ask(b"T?\n"))
    assert bus.links[0].waiting.wait(5)
    slow.handle.revoke("it hung")
    assert isinstance(caller.end(), LinkDown)
    assert bus.links[0].closed_by == [caller]
    bus.gauge.send(b"b\n")
    assert bus.links[1].sent == b"b\n"


def test_one_that_was_cut_off_never_closes_the_link_of_another():
    bus = Bus()
    slow = Exchange("oven", LinkHandle(ADDRESS, 1.0, line=bus.line), timeout_s=1.0)
    caller = Caller(lambda: slow.ask(b"T?\n"))
    assert bus.links[0].waiting.wait(5)
    slow.handle.revoke("it hung")
    caller.end()
    bus.gauge.send(b"b\n")
    with pytest.raises(NotSent):
        slow.ask(b"T?\n")
    assert not bus.links[1].closed_by


def test_what_comes_in_the_gap_is_nobodys_answer():
    bus = Bus(ComesLate())
    bus.gauge.gap_s = 0.05
    bus.links[0].late = b"800\r\n"
    with pytest.raises(NoAnswer):
        bus.gauge.ask(b"P?\n")


def test_revoking_one_never_cuts_off_the_call_of_another():
    bus = Bus()
    slow = Exchange("oven", LinkHandle(ADDRESS, 30.0, line=bus.line), terminator=b"\r\n", timeout_s=30.0)
    answered = []
    caller = Caller(lambda: answered.append(slow.ask(b"T?\n")))
    assert bus.links[0].waiting.wait(5)
    bus.gauge.handle.revoke("it hung")
    bus.links[0].arrivals.append(b"800\r\n")
    bus.links[0].cancelled.set()  # data has come
    assert caller.end() is None
    assert answered == [b"800"]


def test_the_last_one_revoked_does_not_close_the_link_under_one_that_still_hangs():
    bus = Bus()
    inside, leave = threading.Event(), threading.Event()

    def hang():
        with bus.oven.handle.call():
            bus.oven.handle.open()
            inside.set()
            leave.wait(10)

    caller = Caller(hang)
    assert inside.wait(5)
    bus.oven.handle.revoke("it hung")
    bus.gauge.handle.revoke("the node stops")
    assert not bus.links[0].closed_by
    leave.set()
    caller.end()
    assert bus.links[0].closed_by == [caller]


def test_who_waits_in_vain_for_its_turn_has_sent_nothing(monkeypatch):
    monkeypatch.setattr(line_module, "TURN_S", 0.05)
    bus = Bus()
    inside, leave = threading.Event(), threading.Event()

    def hang():
        with bus.oven.handle.call():
            inside.set()
            leave.wait(10)

    caller = Caller(hang)
    assert inside.wait(5)
    with pytest.raises(NotSent, match=r"in use: another device on it has not finished after 0.05 s"):
        bus.gauge.send(b"b\n")
    leave.set()
    caller.end()
    bus.gauge.send(b"b\n")
    assert bus.links[0].sent == b"b\n"


def test_the_line_is_quiet_for_the_gap_that_a_device_wants(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("hardware.links.handle.time", clock)
    monkeypatch.setattr("hardware.links.line.time", clock)
    monkeypatch.setattr("hardware.listening.time", clock)
    monkeypatch.setattr("hardware.exchange.time", clock)
    bus = Bus(Waits(clock))
    bus.gauge.gap_s = 0.25
    bus.gauge.send(b"a\n")  # somebody else may just have talked on a line that is opened
    assert clock.now == pytest.approx(100.25)
    clock.now = 200.0
    bus.oven.send(b"b\n")
    clock.now += 0.1
    bus.gauge.send(b"c\n")
    assert clock.now == pytest.approx(200.25)
    clock.now = 300.0
    bus.links[0].answers_in_s = 5.0
    bus.oven.ask(b"T?\n")
    bus.gauge.send(b"d\n")
    assert clock.now == pytest.approx(305.25)
    bus.oven.send(b"e\n")
    assert clock.now == pytest.approx(305.25)


class Clock:
    """Time that passes only where somebody waits."""

    now = 100.0

    def monotonic(self):
        return self.now


class Waits(FakeLink):
    """A link on which waiting takes all the time that it may; `answers_in_s`: but for one answer."""

    def __init__(self, clock) -> None:
        super().__init__()
        self.clock, self.answers_in_s = clock, None

    def receive(self, timeout_s):
        if self.answers_in_s is not None and timeout_s > 0:
            self.clock.now += self.answers_in_s
            self.answers_in_s = None
            return b"800\r\n"
        self.clock.now += timeout_s
        return b""
