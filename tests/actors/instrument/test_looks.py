"""An instrument is looked at, asked whether it is there, and lost."""

import pytest

from actors.instrument import Instrument
from actors.messages import Kind, News, Tick
from hardware.errors import NoAnswer
from tests.actors.house import until
from tests.actors.instrument.rig import PATH, Seldom, Unwatched
from tests.examples.chiller import Chiller


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
