"""A device that is deaf at first, and links that are kept."""

import pytest

from hardware.errors import BadReply, LinkDown, NoAnswer
from tests.hardware.exchange.bench import Bench, HangsUp
from tests.hardware.fakes import FakeLink


class Deaf(FakeLink):
    """A link to a device that does not hear its first questions; what it then answers to each comes at once."""

    def __init__(self, deaf_for, *answers):
        super().__init__()
        self.deaf_for, self.answers, self.asked = deaf_for, list(answers), 0

    def send_some(self, data):
        self.asked += 1
        if self.asked > self.deaf_for and self.answers:
            self.arrivals.append(self.answers.pop(0))
        return super().send_some(data)


def rouse(bench, quiet_s=0.0, within_s=1.0):
    bench.exchange.rouse(b"?\n", lambda reply: reply in {b"0", b"1"}, quiet_s=quiet_s, within_s=within_s)


def test_a_device_that_is_deaf_at_first_is_asked_again_until_it_answers():
    bench = Bench(Deaf(2, b"0\r\n"), timeout_s=0.01)
    rouse(bench)
    assert bench.links[0].sent == b"?\n" * 3
    bench.after_writing(b"1\r\n")
    assert bench.exchange.ask(b"?\n") == b"1"


def test_what_it_says_while_it_starts_is_no_answer():
    bench = Bench(Deaf(0, b"\x00boot\r\n0\r\n"), timeout_s=0.01)
    bench.handle.open()
    bench.links[0].arrivals.append(b"1\r\n")
    rouse(bench, quiet_s=0.01)
    assert bench.links[0].sent == b"?\n"


def test_answers_that_are_still_owed_are_heard_out():
    bench = Bench(Deaf(1, b"0\r\n0\r\n"), timeout_s=0.01)
    rouse(bench)
    assert not bench.links[0].arrivals
    bench.after_writing(b"1\r\n")
    assert bench.exchange.ask(b"?\n") == b"1"


def test_an_answer_between_two_of_these_questions_is_no_fault_where_it_is_strict():
    class Late(FakeLink):
        """Its first answer comes when nobody waits for it any more."""

        def receive(self, timeout_s):
            data = super().receive(timeout_s)
            if timeout_s > 0 and not data and self.sent == b"?\n":
                self.arrivals.append(b"0\r\n")
            return data

    bench = Bench(Late(), timeout_s=0.01)
    bench.exchange.strict = True

    def answer_the_second(data, send_some=bench.links[0].send_some):
        if bench.links[0].sent:
            bench.links[0].arrivals.append(b"1\r\n")
        return send_some(data)

    bench.links[0].send_some = answer_the_second
    rouse(bench)
    assert bench.links[0].sent == b"?\n" * 2
    assert bench.handle.opened == 1


def test_a_device_that_stays_deaf_is_given_up():
    bench = Bench(Deaf(99), timeout_s=0.01)
    with pytest.raises(NoAnswer, match=r"no answer to b'\?\\n', asked 3 times within 0.05 s"):
        rouse(bench, within_s=0.05)


def test_a_link_that_is_to_be_kept_survives_silence_and_hears_it_out():
    bench = Bench()
    bench.exchange.keeps_link = True
    with pytest.raises(NoAnswer):
        bench.exchange.ask(b"?\n")
    bench.links[0].arrivals.append(b"late\r\n")
    bench.after_writing(b"5\r\n")
    assert bench.exchange.ask(b"?\n") == b"5"
    with pytest.raises(BadReply):
        bench.ask_and_raise_after(b"7\r\n", BadReply("wrong"))
    assert bench.handle.opened == 1
    assert not bench.links[0].closed_by


def test_a_link_that_is_to_be_kept_is_dropped_when_it_is_down():
    bench = Bench(HangsUp(b""), FakeLink())
    bench.exchange.keeps_link = True
    with pytest.raises(LinkDown):
        bench.exchange.ask(b"?\n")
    assert bench.links[0].closed_by
