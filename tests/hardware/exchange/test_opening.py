"""A link that dies, is opened again, and is greeted."""

import pytest

from hardware.errors import LinkDown, NotSent
from tests.hardware.exchange.bench import Bench, Prevented
from tests.hardware.fakes import FakeLink


def test_a_link_that_died_meanwhile_is_opened_again_before_anything_is_written():
    class Dead(FakeLink):
        def receive(self, _timeout_s):
            raise LinkDown("hung up")

    bench = Bench(Dead(), FakeLink())
    bench.handle.open()
    bench.exchange.send(b"Open\n")
    assert (bench.links[0].sent, bench.links[1].sent) == (b"", b"Open\n")


def test_a_link_that_dies_after_the_act_is_not_opened_again_behind_its_back():
    class DiesAfterWriting(FakeLink):
        def receive(self, _timeout_s):
            if self.sent:
                raise LinkDown("hung up")
            return b""

    bench = Bench(DiesAfterWriting(), FakeLink())
    with pytest.raises(LinkDown):
        bench.act_and_ask()
    assert bench.handle.opened == 1


def test_not_sent_after_an_act_is_link_down():
    class BreaksAfterWriting(FakeLink):
        def send_some(self, data):
            count = super().send_some(data)
            self.broken = True
            return count

    bench = Bench(BreaksAfterWriting(), FakeLink())
    with pytest.raises(LinkDown):
        bench.act_and_ask()


def test_each_opening_is_greeted_before_anything_else():
    bench = Bench()
    bench.exchange.on_open = lambda: bench.exchange.send(b"SYST:REM\n", acts=False)
    bench.exchange.send(b"Open\n")
    bench.handle.drop()
    bench.exchange.send(b"Close\n")
    assert [link.sent for link in bench.links[:2]] == [b"SYST:REM\nOpen\n", b"SYST:REM\nClose\n"]


def test_a_greeting_that_fails_means_not_sent():
    bench = Bench()
    bench.exchange.on_open = lambda: bench.exchange.ask(b"*IDN?\n")
    with pytest.raises(NotSent, match="when the link was opened"):
        bench.exchange.send(b"Open\n")
    assert bench.links[0].sent == b"*IDN?\n"
    assert bench.links[0].closed_by


def test_a_link_that_breaks_while_it_is_greeted_is_not_opened_again_and_again():
    class HungUp(FakeLink):
        def receive(self, _timeout_s):
            raise LinkDown("the device hung up")

    bench = Bench(*(HungUp() for _ in range(5)))
    bench.exchange.on_open = lambda: bench.exchange.ask(b"who?\n")
    with pytest.raises(NotSent, match=r"^relay-1: the device hung up \(when the link was opened\)$"):
        bench.exchange.ask(b"?\n")
    assert bench.handle.opened == 1


def test_a_greeting_that_a_guard_cut_short_is_said_again_in_full():
    bench = Bench()

    def greet():
        bench.exchange.send(b"one\n", acts=False)
        bench.exchange.send(b"two\n", acts=False)

    def prevent_the_second():
        if bench.links[0].sent:
            raise Prevented

    bench.exchange.on_open = greet
    with pytest.raises(Prevented), bench.exchange.guarded(prevent_the_second):
        bench.exchange.send(b"Open\n")
    bench.exchange.send(b"Open\n")
    assert (bench.links[0].sent, bench.links[1].sent) == (b"one\n", b"one\ntwo\nOpen\n")
