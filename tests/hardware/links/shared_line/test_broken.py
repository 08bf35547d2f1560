"""A shared link that breaks: who opens it again, and what was sent."""

import pytest

from hardware.errors import LinkDown, NoAnswer, NotSent
from tests.hardware.fakes import FakeLink
from tests.hardware.links.shared_line.bus import Bus


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
