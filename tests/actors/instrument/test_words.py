"""An instrument's own words: done, refused, or unknown."""

import time

import pytest

from actors.actuation import Settled
from actors.instrument import Word
from actors.messages import Kind, Reason
from hardware.errors import DeviceRefused, NotSent
from tests.actors.house import until
from tests.actors.instrument.rig import PATH, Damaged, Unwatched


def test_it_is_set_and_read_and_each_act_is_journaled(rig_of):
    rig = rig_of()
    assert (rig.ask("SetCoolant", "15").text, rig.ask("GetCoolant").text) == ("15", "15")
    settled = rig.chronicle.wait_for(Settled)
    assert (settled.request.by, settled.outcome.verb, settled.outcome.kind) == ("me@bench/1", "SetCoolant", Kind.DONE)
    rig.house.quiet()
    assert rig.chronicle.all(Settled) == []


@pytest.mark.parametrize("celsius", ["warm", "nan", "1_5", "4"])
def test_an_argument_that_is_none_is_refused_before_anything_is_sent(rig_of, celsius):
    rig = rig_of()
    outcome = rig.ask("SetCoolant", celsius)
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.BAD_ARGUMENTS)
    assert rig.exchange.opened == 0


@pytest.mark.parametrize("args", [(), ("15", "16")])
def test_too_few_arguments_and_too_many_are_refused(rig_of, args):
    rig = rig_of()
    outcome = rig.ask("SetCoolant", *args)
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.BAD_ARGUMENTS)
    assert outcome.text == f"SetCoolant takes celsius, not {', '.join(args) or 'nothing'}"
    assert rig.simulator.celsius == "20"


def test_what_may_be_left_out_may_be_and_any_number_is_any():
    word = Word("x", ("a", "[b...]"))
    assert [word.fits(count) for count in range(4)] == [False, True, True, True]
    assert [Word("x", ("a", "[b]")).fits(count) for count in range(4)] == [False, True, True, False]


def test_a_word_that_it_does_not_have_is_refused(rig_of):
    outcome = rig_of().ask("Fly")
    assert (outcome.kind, outcome.reason, outcome.text) == (
        Kind.REFUSED, Reason.NOT_AVAILABLE, "chiller knows no Fly",
    )  # fmt: skip


def test_after_its_deadline_nothing_is_sent(rig_of):
    rig = rig_of()
    outcome = rig.ask("SetCoolant", "15", deadline=time.monotonic() - 0.1)
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.EXPIRED)
    assert rig.exchange.opened == 0


class Slow(Unwatched):
    """It does not begin before the deadline has passed; where it does twice, not again."""

    first = b""

    def answer(self, word, args):
        if self.first:
            self.exchange.ask(self.first, acts=True)
        until(lambda: time.monotonic() > self.ends, "the deadline")
        return super().answer(word, args)


class SlowToGoOn(Slow):
    first = b"ST 15\r"


@pytest.mark.parametrize(
    ("kind", "ended", "celsius"),
    [(Slow, (Kind.REFUSED, Reason.EXPIRED), "20"), (SlowToGoOn, (Kind.UNKNOWN, Reason.NO_ANSWER), "15")],
)
def test_a_deadline_that_passes_meanwhile_is_refused_only_if_nothing_was_done(
    rig_of, monkeypatch, kind, ended, celsius
):
    rig = rig_of(kind)
    deadline = time.monotonic() + 0.1
    monkeypatch.setattr(Slow, "ends", deadline, raising=False)
    outcome = rig.ask("SetCoolant", "16", deadline=deadline)
    assert (outcome.kind, outcome.reason) == ended
    assert rig.simulator.celsius == celsius


@pytest.mark.parametrize("word", [("SetCoolant", "15"), ("GetCoolant",)])
def test_a_damaged_answer_is_unknown_and_no_refusal(rig_of, word):
    outcome = rig_of(simulator=Damaged()).ask(*word)
    assert (outcome.kind, outcome.reason) == (Kind.UNKNOWN, Reason.NO_ANSWER)
    assert outcome.text == "ValueError: expected a number, got b'\\xff\\xfe'"


def test_silence_after_an_act_is_unknown_and_it_is_down_until_it_answers(rig_of, logs):
    rig = rig_of()
    rig.simulator.faults.mute = True
    outcome = rig.ask("SetCoolant", "15")
    assert (outcome.kind, outcome.reason, rig.simulator.celsius) == (Kind.UNKNOWN, Reason.NO_ANSWER, "15")
    assert rig.house.detail(PATH).startswith("down: chiller: no answer to")
    assert rig.house.context.directory.get(PATH).is_down()
    rig.simulator.faults.mute = False
    assert rig.ask("GetCoolant").text == "15"
    assert [len(logs.named(event)) for event in ("device.lost", "device.back")] == [1, 1]
    assert rig.house.detail(PATH).startswith("answered 0.")


def test_one_that_is_not_there_is_not_connected(rig_of):
    rig = rig_of()
    rig.served.close()
    outcome = rig.ask("SetCoolant", "15")
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.NOT_CONNECTED)
    assert rig.house.detail(PATH).startswith("down: ")


class Raising(Unwatched):
    problem: Exception = DeviceRefused("the pump is off", "chiller")

    def answer(self, word, args):
        super().answer(word, args)
        raise self.problem


class Broken(Raising):
    problem = IndexError("string index out of range")


class Gone(Raising):
    problem = NotSent("its handle was revoked", "chiller")


def test_a_link_that_is_lost_after_an_act_is_no_refusal(rig_of):
    rig = rig_of(Gone)
    outcome = rig.ask("SetCoolant", "15")
    assert (outcome.kind, outcome.text) == (Kind.UNKNOWN, "chiller: its handle was revoked")
    outcome = rig.ask("GetCoolant")
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.NOT_CONNECTED)


def test_one_that_refuses_is_there(rig_of):
    rig = rig_of(Raising)
    rig.simulator.faults.mute = True
    rig.ask("GetCoolant")
    rig.simulator.faults.mute = False
    assert rig.ask("GetCoolant").kind is Kind.REFUSED
    assert rig.house.detail(PATH).startswith("answered 0.")


def test_what_the_device_refuses_is_a_refusal(rig_of):
    outcome = rig_of(Raising).ask("SetCoolant", "15")
    assert (outcome.kind, outcome.reason, outcome.text) == (Kind.REFUSED, Reason.FAILED, "chiller: the pump is off")


def test_whatever_else_it_raises_is_told_and_it_lives_on(rig_of, logs):
    rig = rig_of(Broken)
    before = rig.house.ref(PATH)
    outcome = rig.ask("SetCoolant", "15")
    assert (outcome.kind, outcome.text) == (Kind.UNKNOWN, "IndexError: string index out of range")
    assert isinstance(logs.wait_for("device.lost")["exc_info"], IndexError)
    assert rig.house.ref(PATH) is before
