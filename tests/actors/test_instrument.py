"""A device of a lab's own kind, on a real wire: what is refused, what nobody knows, and what is told as news."""

import time

import pytest

from actors.actuation import Settled
from actors.instrument import Instrument, Word
from actors.messages import Kind, News, Query, Reason, Tick
from hardware.errors import DeviceRefused, NoAnswer, NotSent
from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from hardware.simulation import serve_tcp
from tests.actors.house import Answers, request, until
from tests.examples.chiller import Chiller, ChillerSimulator

PATH = "device.chiller"
COOLANT = "device.chiller.coolant"


class Unwatched(Chiller):
    poll_s = 0.0


class Seldom(Chiller):
    poll_s = 3600.0


class Rig:
    def __init__(self, house, kind=Unwatched, simulator=None, timeout_s=0.3):
        self.house = house
        self.simulator = simulator or ChillerSimulator()
        self.served = serve_tcp(self.simulator)
        settings = kind.settings_model(name="chiller", klass="x:Y", port=self.served.address, timeout=timeout_s)
        handle = LinkHandle(self.served.address, timeout_s)
        self.exchange = Exchange("chiller", handle, terminator=kind.terminator, timeout_s=timeout_s)
        self.chronicle = house.recorder("chronicle")
        house.start(kind, PATH, settings, self.exchange)

    def ask(self, what, *args, **more):
        answers = Answers()
        self.house.tell(PATH, Query(what, args, request(answers, **more)))
        return answers.wait()

    def told(self, fits=lambda _news: True):
        return self.chronicle.wait_for(News, lambda news: news.topic == COOLANT and fits(news))

    def close(self):
        self.exchange.handle.revoke("the test is over")
        self.served.close()


@pytest.fixture
def rig_of(house, request):
    def make(*args, **more):
        made = Rig(house, *args, **more)
        request.addfinalizer(made.close)
        return made

    return make


class Damaged(ChillerSimulator):
    """It does as it is told, and what it answers arrives as no text at all."""

    def answer(self, line):
        super().answer(line)
        return b"\xff\xfe\r"


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


@pytest.mark.parametrize("kind", [Unwatched, Chiller])
def test_one_that_is_absent_does_not_answer_a_ping(rig_of, kind):
    rig = rig_of(kind)
    rig.served.close()
    assert rig.ask("ping").text == "False"


def test_a_ping_asks_the_device(rig_of):
    rig = rig_of()
    assert rig.ask("ping").text == "True"
    rig.simulator.faults.mute = True
    assert rig.ask("ping").text == "False"
    assert rig.house.detail(PATH).startswith("down: ")


class Blind(Unwatched):
    look = Instrument.look


def test_one_that_cannot_look_is_there_once_it_has_answered(rig_of):
    rig = rig_of(Blind)
    assert (rig.ask("ping").text, rig.house.detail(PATH)) == ("False", "not asked yet")
    rig.ask("GetCoolant")
    assert (rig.ask("ping").text, rig.house.detail(PATH)[:11]) == ("True", "answered 0.")


def test_it_is_looked_at_again_and_again_and_told(rig_of):
    rig = rig_of(Chiller)
    assert (rig.told().value, rig.house.detail(PATH)) == (20.0, "coolant 20.0")
    rig.simulator.celsius = "12"
    news = rig.told(lambda news: news.value == 12.0)
    assert (news.quality, news.source) == ("good", "readback")


@pytest.mark.parametrize("fault", ["garble", "mute", "disconnect"])
def test_what_was_told_is_told_to_be_unknown_once_and_it_lives_on(rig_of, fault):
    rig = rig_of(Seldom)
    rig.told()
    before = rig.house.ref(PATH)
    setattr(rig.simulator.faults, fault, True)
    for _ in range(2):
        rig.house.tell(PATH, Tick("poll"))
    lost = rig.told(lambda news: news.quality != "good")
    assert (lost.value, lost.quality, rig.house.detail(PATH)) == (None, "unknown", f"down: {lost.extra['why']}")
    setattr(rig.simulator.faults, fault, False)
    rig.house.tell(PATH, Tick("poll"))
    rig.told(lambda news: news.value == 20.0)
    assert [news for news in rig.chronicle.all(News) if news.quality == "unknown"] == []
    assert rig.house.ref(PATH) is before


class Telling(Unwatched):
    poll_s = 3600.0
    shown: dict

    def look(self):
        return self.shown


def test_what_is_no_number_or_not_told_any_more_is_unknown(rig_of, monkeypatch):
    monkeypatch.setattr(Telling, "shown", {"a": 1.0, "b": float("nan"), "c": None, "d": "on"}, raising=False)
    rig = rig_of(Telling)
    rig.chronicle.wait_for(News, lambda news: news.topic.endswith(".d") and news.value == "on")
    unknown = [(news.topic[-1], news.value) for news in rig.chronicle.all(News) if news.quality == "unknown"]
    assert unknown == [("b", None), ("c", None)]
    rig.chronicle.clear()
    monkeypatch.setattr(Telling, "shown", {"b": 2.0})
    rig.house.tell(PATH, Tick("poll"))
    rig.chronicle.wait_for(News, lambda news: news.topic.endswith(".b") and news.value == 2.0)
    gone = {news.topic[-1]: news.quality for news in rig.chronicle.all(News)}
    assert gone == dict.fromkeys("acd", "unknown")


def test_a_look_that_returns_nonsense_is_none(rig_of, monkeypatch):
    monkeypatch.setattr(Telling, "shown", 7, raising=False)
    rig = rig_of(Telling)
    until(lambda: rig.house.detail(PATH).startswith("down: TypeError"), "it is down")
    assert rig.house.ref(PATH) is not None


class NotThere(Unwatched):
    def answer(self, word, args):  # noqa: ARG002
        raise NoAnswer("it is silent")


def test_what_fails_without_its_wire_is_unknown_too(rig_of):
    assert rig_of(NotThere).ask("GetCoolant").kind is Kind.UNKNOWN
