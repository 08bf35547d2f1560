"""Several handles on one line: they take turns, and what becomes of one leaves the others their link."""

import threading

import pytest

from hardware.errors import BadReply, LinkDown, NoAnswer, NotSent
from hardware.exchange import Exchange
from hardware.links import line as line_module
from hardware.links.handle import LinkHandle
from hardware.links.line import Line
from tests.hardware.fakes import Caller, FakeLink

ADDRESS = "tcp://127.0.0.1:1"
TIMEOUT_S = 0.05


class Bus:
    """A shared line on fake links, and the exchanges of two devices on it."""

    def __init__(self, *links) -> None:
        self.links = links or (FakeLink(), FakeLink())
        self.line = Line(ADDRESS, shared=True, link_to=lambda _: self.links[self.line.opened])
        self.oven, self.gauge = self.device("oven"), self.device("gauge")

    def device(self, name):
        handle = LinkHandle(ADDRESS, TIMEOUT_S, line=self.line)
        return Exchange(name, handle, terminator=b"\r\n", timeout_s=TIMEOUT_S)

    def answers(self, *replies, link=0):
        """Answer the next writes to a link, one each."""
        target, said = self.links[link], list(replies)
        send_some = FakeLink.send_some

        def send_and_answer(data):
            if said:
                target.arrivals.append(said.pop(0))
            return send_some(target, data)

        target.send_some = send_and_answer


def test_the_link_is_opened_once_and_greeted_by_each():
    bus = Bus()
    bus.oven.on_open = lambda: bus.oven.send(b"oven here\n", acts=False)
    bus.gauge.on_open = lambda: bus.gauge.send(b"gauge here\n", acts=False)
    for exchange in (bus.oven, bus.gauge, bus.oven, bus.gauge):
        exchange.send(b"!\n")
    assert bus.links[0].sent == b"oven here\n!\ngauge here\n!\n!\n!\n"
    assert bus.line.opened == 1


def test_a_device_that_is_silent_leaves_its_neighbours_the_link():
    bus = Bus()
    with pytest.raises(NoAnswer):
        bus.oven.ask(b"T?\n")
    bus.answers(b"1E-9\r\n")
    assert bus.gauge.ask(b"P?\n") == b"1E-9"
    assert (bus.line.opened, bus.links[0].closed_by) == (1, [])


def test_the_late_answer_of_one_is_never_taken_for_that_of_another():
    bus = Bus()
    with pytest.raises(NoAnswer):
        bus.oven.ask(b"T?\n")
    bus.links[0].arrivals.append(b"800\r\n")
    bus.answers(b"1E-9\r\n")
    assert bus.gauge.ask(b"P?\n") == b"1E-9"


def test_nor_is_one_that_comes_only_now():
    bus = Bus(ComesLate(), FakeLink())
    with pytest.raises(NoAnswer):
        bus.oven.ask(b"T?\n")
    bus.links[0].late = b"800\r\n"
    with pytest.raises(NoAnswer):
        bus.gauge.ask(b"P?\n")
    assert bus.links[0].late == b""


class ComesLate(FakeLink):
    """A link on which an answer arrives as soon as somebody waits for anything."""

    late = b""

    def receive(self, timeout_s):
        if timeout_s > 0 and self.late:
            late, self.late = self.late, b""
            return late
        return super().receive(timeout_s)


def test_after_a_broken_conversation_each_greets_again():
    bus = Bus()
    bus.gauge.on_open = lambda: bus.gauge.send(b"?\n", acts=False)
    bus.gauge.send(b"a\n")
    with pytest.raises(NoAnswer):
        bus.oven.ask(b"T?\n")
    bus.gauge.send(b"b\n")
    assert bus.links[0].sent == b"?\na\nT?\n?\nb\n"


def test_a_greeting_that_fails_leaves_the_neighbours_the_link_and_is_said_again():
    bus = Bus()
    bus.oven.on_open = lambda: bus.oven.ask(b"who?\n")
    for _ in range(2):
        with pytest.raises(NotSent, match=r"^oven: no answer to b'who\?\\n'"):
            bus.oven.send(b"heat\n")
        bus.gauge.send(b"!\n")
    assert bus.links[0].sent == b"who?\n!\nwho?\n!\n"
    assert bus.line.opened == 1


def test_a_greeting_that_is_not_understood_has_the_neighbours_greet_again():
    bus = Bus()

    def greet():
        raise BadReply("what?")

    bus.oven.on_open = greet
    bus.gauge.on_open = lambda: bus.gauge.send(b"gauge here\n", acts=False)
    bus.gauge.send(b"a\n")
    with pytest.raises(NotSent, match=r"what\?"):
        bus.oven.send(b"heat\n")
    bus.gauge.send(b"b\n")
    assert bus.links[0].sent == b"gauge here\na\ngauge here\nb\n"


def test_a_greeting_that_was_not_sent_keeps_nobody_waiting():
    bus = Bus()

    def greet():
        raise NotSent("no such slot")

    bus.oven.on_open = greet
    with pytest.raises(NotSent, match="no such slot"):
        bus.oven.send(b"heat\n")
    assert bus.line.quiet_from == 0.0


def test_a_link_that_breaks_in_the_gap_has_sent_nothing():
    class BreaksInTheGap(FakeLink):
        def receive(self, timeout_s):
            if timeout_s > 0:
                raise LinkDown("gone")
            return b""

    bus = Bus(BreaksInTheGap(), FakeLink())
    bus.oven.gap_s = 0.05
    with pytest.raises(NotSent, match="gone"):
        bus.oven.send(b"heat\n")
    assert bus.links[0].sent == b""


def test_a_broken_link_is_dropped_also_by_a_device_that_would_keep_it():
    bus = Bus(FakeLink(capacity=3), FakeLink())
    bus.oven.keeps_link = True
    with pytest.raises(LinkDown):
        bus.oven.send(b"heat\n")
    assert bus.links[0].closed_by


def test_a_link_that_broke_is_opened_again_by_whoever_comes_next():
    bus = Bus()
    bus.gauge.on_open = lambda: bus.gauge.send(b"gauge here\n", acts=False)
    bus.gauge.send(b"a\n")
    bus.links[0].broken = True
    with pytest.raises(NotSent):
        bus.oven.send(b"heat\n")
    bus.oven.send(b"heat\n")
    bus.gauge.send(b"b\n")
    assert bus.links[1].sent == b"heat\ngauge here\nb\n"
    assert bus.links[0].closed_by


def test_a_link_that_breaks_while_it_is_read_is_opened_again():
    class Breaks(FakeLink):
        def receive(self, _timeout_s):
            if self.sent:
                raise LinkDown("gone")
            return b""

    bus = Bus(Breaks(), FakeLink())
    with pytest.raises(LinkDown):
        bus.oven.ask(b"T?\n")
    bus.answers(b"1E-9\r\n", link=1)
    assert bus.gauge.ask(b"P?\n") == b"1E-9"


def test_a_link_that_takes_no_more_is_opened_again():
    bus = Bus(FakeLink(capacity=3), FakeLink())
    with pytest.raises(LinkDown, match="took 3 of 5 bytes"):
        bus.oven.send(b"heat\n")
    bus.gauge.send(b"b\n")
    assert bus.links[1].sent == b"b\n"


def test_a_new_link_is_whole_until_it_breaks_itself():
    bus = Bus(FakeLink(), FakeLink(), FakeLink())
    bus.oven.send(b"a\n")
    bus.links[0].broken = True
    with pytest.raises(NotSent):
        bus.oven.send(b"a\n")
    with pytest.raises(NoAnswer):
        bus.oven.ask(b"T?\n")
    assert (bus.line.opened, bus.links[1].closed_by) == (2, [])


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
