"""Request and reply: framing, what happens to a failed exchange, and what a guard lets through."""

import pytest

from hardware.errors import BadReply, DeviceRefused, HungUp, LinkDown, NoAnswer, NotSent
from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from hardware.listening import LONGEST_REPLY_BYTES
from tests.hardware.fakes import FakeLink


class Prevented(Exception):
    """What the check of these tests raises."""


def prevent():
    raise Prevented


class Bench:
    """An exchange on fake links; each opening takes the next link."""

    def __init__(self, *links, timeout_s=0.05) -> None:
        self.links = links or (FakeLink(), FakeLink(), FakeLink())
        self.handle = LinkHandle("tcp://127.0.0.1:1", timeout_s, link_to=lambda _: self.links[self.handle.opened])
        self.exchange = Exchange("relay-1", self.handle, terminator=b"\r\n", timeout_s=timeout_s)

    def after_writing(self, *replies, link=0):
        """Let replies arrive once something has been written to a link."""
        target = self.links[link]
        send_some = target.send_some

        def send_and_answer(data):
            count = send_some(data)
            target.arrivals.extend(replies)
            target.send_some = send_some
            return count

        target.send_some = send_and_answer

    def ask_and_raise(self, problem):
        """Ask, and find something wrong with the reply."""
        with self.exchange.transaction():
            self.exchange.ask(b"?\n")
            raise problem

    def ask_and_raise_after(self, reply, problem):
        """Ask, get this reply, and find something wrong with it."""
        self.after_writing(reply)
        self.ask_and_raise(problem)

    def act_and_ask(self):
        """Act, and ask what came of it."""
        with self.exchange.transaction():
            self.exchange.send(b"Open\n")
            self.exchange.ask(b"?\n")


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


def test_a_guard_prevents_an_act_even_after_a_greeting():
    bench = Bench()
    greeted = []
    bench.exchange.on_open = lambda: greeted.append(True)

    def check():
        if greeted:
            raise Prevented

    with pytest.raises(Prevented), bench.exchange.guarded(check):
        bench.exchange.send(b"Open\n")
    assert bench.links[0].sent == b""


def test_a_guard_does_not_prevent_finding_out_what_the_act_did():
    bench = Bench()
    checks = []

    def once():
        checks.append(True)
        if len(checks) > 1:
            raise Prevented

    with bench.exchange.guarded(once), bench.exchange.transaction():
        bench.exchange.send(b"Open\n")
        bench.after_writing(b"+0\r\n")
        assert bench.exchange.ask(b"?\n") == b"+0"
        with pytest.raises(Prevented):
            bench.exchange.send(b"Close\n")


def test_a_guard_ends_with_its_block():
    bench = Bench()
    with pytest.raises(Prevented), bench.exchange.guarded(prevent):
        bench.exchange.send(b"Open\n")
    bench.exchange.send(b"Close\n")
    assert bench.links[0].sent == b"Close\n"


def test_what_a_guard_prevented_keeps_the_link():
    bench = Bench()
    with pytest.raises(Prevented), bench.exchange.guarded(prevent):
        bench.exchange.send(b"Open\n")
    assert not bench.links[0].closed_by


def test_a_revoked_handle_refuses_every_exchange():
    bench = Bench()
    bench.exchange.send(b"Open\n")
    bench.handle.revoke("fenced")
    for use in (bench.exchange.send, bench.exchange.ask):
        with pytest.raises(NotSent, match=r"^relay-1: not used any more: fenced$"):
            use(b"Close\n")
    assert bench.links[0].sent == b"Open\n"


def test_a_reply_may_end_where_the_device_hangs_up():
    bench = Bench(HangsUp(b"OK"), HangsUp(b""), HangsUp(b"OK"))
    assert bench.exchange.ask(b"?\n", may_hang_up=True) == b"OK"
    bench.handle.drop()
    with pytest.raises(LinkDown):  # it hung up without a word
        bench.exchange.ask(b"?\n", may_hang_up=True)
    with pytest.raises(LinkDown):
        bench.exchange.ask(b"?\n")


class HangsUp(FakeLink):
    """A link whose far end says a word when it is written to, and hangs up."""

    def __init__(self, word):
        super().__init__()
        self.word = word

    def receive(self, _timeout_s):
        if not self.sent:
            return b""
        word, self.word = self.word, b""
        if not word:
            raise HungUp("the device hung up")
        return word


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
