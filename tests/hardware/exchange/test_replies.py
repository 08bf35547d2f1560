"""Request and reply: framing, and what happens to an exchange that failed."""

import pytest

from hardware.errors import BadReply, DeviceRefused, NoAnswer
from hardware.listening import LONGEST_REPLY_BYTES
from tests.hardware.exchange.bench import Bench
from tests.hardware.fakes import FakeLink


def test_a_reply_comes_without_its_terminator():
    bench = Bench()
    bench.after_writing(b"1\r\n")
    assert bench.exchange.ask(b"?\n") == b"1"
    assert bench.links[0].sent == b"?\n"


def test_a_reply_may_come_byte_by_byte():
    bench = Bench()
    bench.after_writing(*[bytes([byte]) for byte in b'+0,"No error"\r\n'])
    assert bench.exchange.ask(b"?\n") == b'+0,"No error"'


def test_what_comes_after_a_reply_is_not_the_next_one():
    bench = Bench()
    bench.after_writing(b"1\r\n0\r\n")
    assert bench.exchange.ask(b"?\n") == b"1"
    bench.after_writing(b"5\r\n")
    assert bench.exchange.ask(b"?\n") == b"5"


def test_where_it_is_strict_nothing_may_come_between_two_questions():
    bench = Bench()
    bench.exchange.strict = True
    bench.after_writing(b"1\r\n")
    bench.exchange.ask(b"?\n")
    bench.links[0].arrivals.append(b"5\r\n")
    bench.after_writing(b"1\r\n0\r\n")  # what came before the first question is nobody's answer, and does no harm
    with bench.exchange.transaction():
        bench.exchange.ask(b"?\n")
        with pytest.raises(BadReply, match="nobody had asked"):
            bench.exchange.ask(b"?\n")
    assert bench.links[0].closed_by


def test_what_arrived_while_nobody_asked_is_thrown_away():
    bench = Bench()
    bench.handle.open()
    bench.links[0].arrivals.append(b"late\r\n")
    bench.after_writing(b"5\r\n")
    assert bench.exchange.ask(b"?\n") == b"5"


def test_a_frame_ends_where_its_framing_says():
    bench = Bench()
    bench.after_writing(b"ab", b"c")
    assert bench.exchange.ask(b"?", framing=lambda data: 3 if len(data) >= 3 else None) == b"abc"


def test_silence_names_the_device_the_question_and_what_did_come():
    bench = Bench()
    bench.after_writing(b"1")
    with pytest.raises(NoAnswer, match=r"^relay-1: no answer to b'\?\\n' within 0.05 s, only b'1'$"):
        bench.exchange.ask(b"?\n")


def test_after_a_failed_exchange_the_late_reply_is_never_the_next_ones():
    bench = Bench()
    with pytest.raises(NoAnswer):
        bench.exchange.ask(b"first\n")
    bench.links[0].arrivals.append(b"1\r\n")
    bench.after_writing(b"2\r\n", link=1)
    assert bench.exchange.ask(b"second\n") == b"2"
    assert bench.links[0].closed_by


def test_a_reply_that_does_not_end_is_given_up():
    bench = Bench()
    bench.after_writing(bytes(LONGEST_REPLY_BYTES), b"x")
    with pytest.raises(BadReply, match="does not end"):
        bench.exchange.ask(b"?\n")


def test_a_reply_that_cannot_be_decoded_drops_the_link():
    bench = Bench()
    bench.after_writing(b"x\r\n")
    with pytest.raises(BadReply, match=r"^relay-1: expected"):
        bench.ask_and_raise(BadReply("expected 1 or 0"))
    assert bench.links[0].closed_by


def test_the_devices_own_refusal_keeps_the_link():
    bench = Bench()
    bench.after_writing(b"x\r\n")
    with pytest.raises(DeviceRefused):
        bench.ask_and_raise(DeviceRefused("+112"))
    assert not bench.links[0].closed_by


def test_replies_that_are_not_accepted_are_passed_over():
    bench = Bench()
    bench.after_writing(b"1\r\n", b"0\r\n+0\r\n")
    assert bench.exchange.ask(b"?\n", accept=lambda reply: reply.startswith(b"+")) == b"+0"


def test_the_rest_of_a_late_line_is_no_line_of_its_own():
    bench = Bench()
    bench.exchange.send(b"hello\n", acts=False)
    bench.links[0].arrivals.append(b"0\r\n1,0,1,")
    bench.after_writing(b"0,1\r\n", b"1,1\r\n")
    assert bench.exchange.ask(b"?\n", accept=lambda reply: len(reply.split(b",")) == 2) == b"1,1"


def test_a_late_answer_is_thrown_away_on_the_next_link_too_where_a_server_hands_it_on():
    class HandsOn(FakeLink):
        late = b""

        def receive(self, timeout_s):
            late, self.late = (self.late, b"") if timeout_s > 0 else (b"", self.late)
            return late or super().receive(timeout_s)

    bench = Bench(FakeLink(), HandsOn())
    bench.exchange.late_s = 0.2
    with pytest.raises(NoAnswer):
        bench.exchange.ask(b"?\n")
    bench.links[1].late = b"5\r\n"
    with pytest.raises(NoAnswer):
        bench.exchange.ask(b"?\n")
    assert bench.links[1].late == b""
