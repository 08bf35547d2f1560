"""A gauge controller on its own thread: readings are numbers or states, told as news and answered when asked."""

import json

import pytest

from actors import gauges
from actors.devices import Devices
from actors.furnace_inputs import GaugeSeen
from actors.gauges import GAUGES, Gauges, GaugeSetup, said
from actors.messages import Kind, News, Query, Reason, Tick
from hardware.errors import DeviceRefused, LinkDown, NotSent
from hardware.gauge import GaugeState, Reading
from tests.actors.house import Answers, request, until

PATH = "device.gauges"
IG, CG = Reading(1.53e-9), Reading(None, GaugeState.OFF, "HV_OFF")


class Controller:
    units = "mbar"

    def units_of(self, channel):
        return {"9": "V"}.get(channel, self.units)

    def __init__(self):
        self.shown, self.error, self.refused = {"1": IG, "3": CG}, None, ()

    def read(self, channel):
        if self.error:
            raise self.error
        if channel in self.refused:
            raise DeviceRefused(f"no gauge on {channel}", "gauges")
        return self.shown[channel]

    def read_all(self):
        return {channel: self.read(channel) for channel in self.shown}


class Rig:
    def __init__(self, house, poll_s=3600.0):
        self.house, self.controller = house, Controller()
        self.chronicle = house.recorder("chronicle")
        house.start(Gauges, PATH, self.controller, GaugeSetup("gauges", {"IG": "1", "CG1": "3"}, poll_s))
        house.start(Devices, "devices")

    def ask(self, *args, what="read", path=PATH, **more):
        answers = Answers()
        self.house.tell(path, Query(what, args, request(answers, **more)))
        return answers.wait()

    def told(self, gauge, fits=lambda _news: True):
        return self.chronicle.wait_for(News, lambda news: news.topic == f"gauge.{gauge}" and fits(news))


@pytest.fixture
def rig(house):
    return Rig(house)


def test_who_watches_is_told_of_each_look_and_of_silence(house):
    controller, watcher = Controller(), house.recorder("furnace")
    house.start(Gauges, PATH, controller, GaugeSetup("gauges", {"IG": "1", "CG1": "3"}, 3600.0, "furnace"))
    seen = watcher.wait_for(GaugeSeen, lambda seen: seen.name == "IG")
    assert (seen.channel, seen.value, seen.said) == ("1", 1.53e-9, "")
    seen = watcher.wait_for(GaugeSeen, lambda seen: seen.name == "CG1")
    assert (seen.value, seen.said) == (None, "off (HV_OFF)")
    controller.error = LinkDown("unplugged")
    house.tell(PATH, Tick("poll"))
    seen = watcher.wait_for(GaugeSeen, lambda seen: seen.name == "IG" and seen.value is None)
    assert seen.said == "unplugged"


def test_the_first_look_is_told_as_news(rig):
    ion, convectron = rig.told("IG"), rig.told("CG1")
    assert (ion.value, ion.units, ion.quality, ion.extra) == (1.53e-9, "mbar", "good", {"state": "good"})
    assert (convectron.value, convectron.quality) == (None, "unknown")
    assert convectron.extra == {"state": "off", "said": "HV_OFF"}


def test_a_gauge_is_read_by_its_name_or_channel(rig):
    for asked in ("IG", "1"):
        outcome = rig.ask(asked)
        assert (outcome.kind, outcome.text, outcome.value) == (Kind.DONE, "1.53e-09", {"units": "mbar"})


def test_a_state_is_refused_in_its_own_words_and_is_no_number(rig):
    outcome = rig.ask("CG1")
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.NOT_AVAILABLE)
    assert outcome.text == "CG1 has no reading: off (HV_OFF)"


def test_all_of_them_are_read_at_once(rig):
    told = json.loads(rig.ask().text)
    assert told == {"IG": {"value": 1.53e-9, "state": "good"}, "CG1": {"value": None, "state": "off"}}


def test_a_gauge_that_is_not_there_is_refused_with_the_nearest(rig):
    assert rig.ask("IG2").text == "gauges has no gauge IG2 (did you mean IG?)"


def test_what_cannot_be_reached_is_unknown_told_once_and_comes_back(rig, logs):
    rig.told("IG")
    rig.controller.error = LinkDown("unplugged", "gauges")
    for _ in range(2):
        outcome = rig.ask("IG")
        assert (outcome.kind, outcome.reason) == (Kind.UNKNOWN, Reason.NO_ANSWER)
    lost = rig.told("IG")
    assert (lost.value, lost.quality, lost.extra) == (None, "unknown", {"why": "gauges: unplugged"})
    assert rig.house.detail(PATH) == "down: gauges: unplugged"
    rig.controller.error = None
    assert rig.ask("IG").kind is Kind.DONE
    assert (len(logs.named("device.lost")), len(logs.named("device.back"))) == (1, 1)


def test_what_was_not_sent_is_a_refusal(rig):
    rig.controller.error = NotSent("no such port", "gauges")
    outcome = rig.ask("IG")
    assert (outcome.kind, outcome.reason, outcome.text) == (Kind.REFUSED, Reason.NOT_CONNECTED, "gauges: no such port")


def test_a_question_after_its_deadline_is_not_asked(rig):
    rig.controller.error = AssertionError("it was asked")
    assert rig.ask("IG", deadline=0.0).reason is Reason.EXPIRED


def test_it_can_be_pinged_and_not_set(rig):
    assert rig.ask(what="ping").text == "True"
    rig.controller.error = NotSent("no such port", "gauges")
    assert rig.ask(what="ping").text == "False"
    assert rig.ask("5", what="set").reason is Reason.NOT_AVAILABLE


def test_the_tree_says_what_they_read(rig):
    rig.told("CG1")
    rig.house.quiet()
    assert rig.house.detail(PATH) == "IG 1.53e-09 mbar, CG1 off (HV_OFF)"


@pytest.mark.parametrize(("what", "args"), [("read", ("IG",)), ("pressure", ("gauges", "IG")), ("read", ("gauges",))])
def test_who_asks_for_devices_finds_gauges_too(rig, what, args):
    """`Read IG`, `GetPressure gauges,IG` and `Read gauges` on the wire."""
    outcome = rig.ask(*args, what=what, path="devices")
    assert outcome.kind is Kind.DONE
    assert "1.53e-09" in outcome.text


def test_a_gauge_that_nobody_knows_is_refused_with_the_nearest(rig):
    outcome = rig.ask("IG7", path="devices")
    assert (outcome.reason, outcome.text) == (Reason.NOT_CONNECTED, "device IG7 not connected (did you mean IG?)")


def test_it_is_looked_at_again_on_each_tick(rig):
    rig.told("IG")
    rig.controller.shown["1"] = Reading(2.0e-9)
    rig.house.tell(PATH, Tick("poll"))
    assert rig.told("IG").value == 2.0e-9
    assert rig.house.context.facts[GAUGES] == {"IG": PATH, "CG1": PATH}


def test_a_reading_as_a_person_reads_it():
    assert said(Reading(1e-12, GaugeState.UNDER), "Torr") == "under range (1e-12 Torr)"
    assert said(Reading(None, GaugeState.NO_GAUGE), "Torr") == "no gauge"


NO_NUMBERS = [float("nan"), float("inf"), float("-inf"), None, True, "1.5e-9", 10**400]


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_called_good_and_is_no_number_is_a_fault(rig, value):
    rig.told("IG")
    rig.controller.shown["1"] = Reading(value)
    rig.house.tell(PATH, Tick("poll"))
    news = rig.told("IG")
    assert (news.value, news.quality, news.extra) == (None, "unknown", {"state": "fault", "said": repr(value)})
    outcome = rig.ask("IG")
    assert (outcome.kind, outcome.text) == (Kind.REFUSED, f"IG has no reading: fault ({value!r})")
    assert json.loads(rig.ask().text)["IG"] == {"value": None, "state": "fault"}


def test_a_limit_is_never_answered_as_a_pressure(rig):
    rig.controller.shown.update({"1": Reading(1e-11, GaugeState.UNDER), "3": Reading(float("nan"), GaugeState.OVER)})
    outcome = rig.ask("IG")
    assert (outcome.kind, outcome.text) == (Kind.REFUSED, "IG has no reading: under range (1e-11 mbar)")
    assert rig.told("IG", lambda news: news.quality == "unknown").value is None
    assert rig.ask("CG1").text == "CG1 has no reading: over range (nan)"


def test_a_gauge_that_its_controller_does_not_tell_is_a_fault_and_the_others_are_not(rig):
    rig.told("IG")
    rig.told("CG1")
    del rig.controller.shown["3"]
    rig.house.tell(PATH, Tick("poll"))
    assert rig.told("CG1").extra["said"] == "its controller does not tell it"
    assert rig.told("IG").quality == "good"


def test_a_gauge_that_is_refused_has_no_reading_and_the_others_have_theirs(rig, logs):
    rig.told("IG")
    rig.told("CG1")
    rig.controller.refused = ("3",)
    outcome = rig.ask("CG1")
    assert (outcome.kind, outcome.text) == (Kind.REFUSED, "CG1 has no reading: fault (no gauge on 3)")
    rig.house.tell(PATH, Tick("poll"))
    assert rig.told("IG").quality == "good"
    assert json.loads(rig.ask().text) == {
        "IG": {"value": 1.53e-9, "state": "good"}, "CG1": {"value": None, "state": "fault"},
    }  # fmt: skip
    assert rig.ask(what="ping").text == "True"
    assert rig.house.detail(PATH) == "IG 1.53e-09 mbar, CG1 fault (no gauge on 3)"
    assert logs.named("device.lost") == []


@pytest.mark.parametrize("question", [("IG",), ()])
@pytest.mark.parametrize("error", [KeyError("1"), ValueError("no float")])
def test_whatever_a_driver_raises_is_no_reading_and_the_actor_lives(rig, logs, question, error):
    rig.told("IG")
    before = rig.house.ref(PATH)
    rig.controller.error = error
    outcome = rig.ask(*question)
    assert (outcome.kind, outcome.reason) == (Kind.UNKNOWN, Reason.NO_ANSWER)
    assert rig.told("IG").extra == {"why": outcome.text}
    assert logs.wait_for("device.lost")["exc_info"] is error
    rig.controller.error = None
    assert rig.ask(what="ping").text == "True"
    assert rig.house.ref(PATH) is before


@pytest.mark.parametrize("asked", [("read", "IG"), ("read",), ("ping",)])
def test_what_an_answer_finds_lost_is_lost_to_all(rig, asked):
    rig.told("IG")
    rig.told("CG1")
    rig.controller.error = NotSent("no such port", "gauges")
    rig.ask(*asked[1:], what=asked[0])
    assert rig.told("CG1").extra == {"why": "gauges: no such port"}
    assert rig.house.detail(PATH) == "down: gauges: no such port"
    assert rig.house.context.directory.get(PATH).is_down()


def test_what_a_look_finds_lost_is_told(rig):
    rig.told("IG")
    rig.controller.error = LinkDown("unplugged", "gauges")
    rig.house.tell(PATH, Tick("poll"))
    assert rig.told("IG").extra == {"why": "gauges: unplugged"}


def test_what_answers_a_ping_is_not_down_any_more(rig):
    rig.controller.error = LinkDown("unplugged", "gauges")
    rig.ask("IG")
    rig.controller.error = None
    assert rig.ask(what="ping").text == "True"
    assert rig.house.detail(PATH) == "IG 1.53e-09 mbar, CG1 off (HV_OFF)"


def test_what_was_read_before_it_was_lost_is_not_shown_after_it(rig):
    rig.told("CG1")
    rig.controller.error = LinkDown("unplugged", "gauges")
    rig.ask("IG")
    rig.controller.error = None
    rig.ask("IG")
    assert rig.house.detail(PATH) == "IG 1.53e-09 mbar"


def test_it_is_looked_at_again_and_again(house):
    rig = Rig(house, poll_s=0.01)
    for _ in range(3):
        rig.told("CG1")


def test_without_looks_it_is_only_asked_and_what_it_said_has_an_age(house):
    rig = Rig(house, poll_s=0.0)
    house.quiet()
    assert house.detail(PATH) == "not read yet"
    rig.ask("IG")
    assert house.detail(PATH) == "IG 1.53e-09 mbar 0.0 s ago"
    until(lambda: house.detail(PATH) == "IG 1.53e-09 mbar 0.1 s ago", "it is older")


def test_an_old_reading_has_an_age(rig, monkeypatch):
    rig.told("CG1")
    rig.house.quiet()
    monkeypatch.setattr(gauges, "AGED_S", 0.0)
    assert rig.house.detail(PATH) == "IG 1.53e-09 mbar 0.0 s ago, CG1 off (HV_OFF) 0.0 s ago"
