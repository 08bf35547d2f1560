"""Devices by name: who is asked, and who is refused."""

import time

import pytest

from actors import devices
from actors.chronicle import Chronicle
from actors.devices import Devices
from actors.messages import Kind, News, Outcome, Query, Reason
from actors.placement import LoopActor
from actors.table import Row, ValveSpec
from tests.actors.house import Answers, request


class Said(LoopActor):
    """An actor that says of itself what it is told to."""

    def __init__(self, context, path, said):
        super().__init__(context, path)
        self.said = said

    def detail(self):
        return self.said


@pytest.fixture
def ask(house):
    house.start(Devices, "devices")

    def ask(what, *args):
        answers = Answers()
        house.tell("devices", Query(what, args, request(answers)))
        outcome = answers.wait()
        return outcome.text if outcome.kind is Kind.DONE else (outcome.reason, outcome.text)

    return ask


@pytest.fixture
def gauge(house):
    """A device whose actor answers with what it was asked."""

    def answer(query):
        text = f"{query.what} {query.args}"
        query.request.reply_to.answer(Outcome(query.what, "", Kind.DONE, text=text))

    return house.recorder("device.mic", answer)


@pytest.fixture
def relays(house):
    house.start(Said, "actuator.relays", "2 valves")
    specs = [ValveSpec("A", "101", "actuator.relays"), ValveSpec("D", "107,108", "actuator.relays")]
    house.context.facts["table"] = {spec.name: Row(spec) for spec in specs}


def test_what_comes_too_late_is_not_set(house, gauge):
    house.start(Devices, "devices")
    answers = Answers()
    late = request(answers, deadline=time.monotonic() - 0.1)
    house.tell("devices", Query("set", ("mic", "5"), late))
    assert answers.wait().reason is Reason.EXPIRED
    house.tell("devices", Query("read", ("mic",), request(answers := Answers(), deadline=late.deadline)))
    assert answers.wait().text == "read ()"
    assert [query.what for query in gauge.all(Query)] == ["read"]


@pytest.mark.parametrize(
    ("asked", "passed_on"),
    [
        (("read", "mic"), "read ()"),
        (("set", "mic", "5"), "set ('5',)"),
        (("ping", "mic"), "ping ()"),
        (("pressure", "mic", "IG"), "read ('IG',)"),
    ],
)
@pytest.mark.usefixtures("gauge")
def test_a_device_is_asked_without_its_name(ask, asked, passed_on):
    assert ask(*asked) == passed_on


@pytest.mark.parametrize("asked", [("read", "mik"), ("set", "mik", "5"), ("ping", "mik")])
@pytest.mark.usefixtures("gauge")
def test_a_device_that_is_not_there_is_not_connected(ask, asked):
    assert ask(*asked) == (Reason.NOT_CONNECTED, "device mik not connected (did you mean mic?)")


def test_a_gauge_that_is_not_there_is_not_available(ask):
    assert ask("pressure", "mic", "XX") == (Reason.NOT_AVAILABLE, "mic XX not available")


@pytest.mark.parametrize(("said", "connected"), [("2 valves", "True"), ("down: refused, 3 tries", "False")])
def test_a_ping_of_an_actuator_tells_whether_it_is_connected(house, ask, said, connected):
    house.start(Said, "actuator.relays", said)
    assert ask("ping", "relays") == connected


@pytest.mark.parametrize(
    ("said", "connected"),
    [
        ("TRIPPED: over 1450 C; 20.0 C, set-point 0 C", "True"),
        ("TRIPPED: over 1450 C; down: furnace: no answer", "False"),
        ("not read yet", "False"),
        ("TRIPPED: over 1450 C; not read yet", "False"),
    ],
)
def test_a_ping_of_the_furnace_tells_whether_it_is_reached_whatever_else_is_said(house, ask, said, connected):
    house.start(Said, "furnace", said)
    assert ask("ping", "furnace") == connected


def test_a_furnace_that_is_down_is_trouble_also_where_it_has_tripped(house, ask):
    house.start(Said, "furnace", "TRIPPED: over 1450 C; down: furnace: no answer")
    assert ask("error") == "furnace is down: furnace: no answer"


@pytest.mark.parametrize(
    ("asked", "valves"),
    [(("relays", "1"), "valves A, D"), (("101", "1"), "valve A"), (("108", "0"), "valve D")],
)
@pytest.mark.usefixtures("relays")
def test_nothing_that_a_valve_owns_is_set(ask, asked, valves):
    text = f"{asked[0]} switches {valves}: open and close by the valve's name"
    assert ask("set", *asked) == (Reason.NOT_PERMITTED, text)


@pytest.mark.usefixtures("relays")
def test_an_actuator_is_not_read_as_a_device(ask):
    text = "relays is an actuator: its channels are read and switched as valves"
    assert ask("read", "relays") == (Reason.NOT_PERMITTED, text)


def test_the_furnace_is_asked_in_its_own_words(house, ask):
    heard = house.recorder("furnace", lambda query: query.request.reply_to.answer(Outcome("", "", Kind.DONE, text="1")))
    assert ask("read", "Furnace") == ask("set", "furnace", "800") == "1"
    assert [(query.what, query.args) for query in heard.all(Query)] == [
        ("GetTemperature", ()),
        ("SetSetpoint", ("800",)),
    ]
    assert ask("ping", "furnace") == "True"


def test_the_test_command_answers_a_number(ask):
    assert 5 <= float(ask("data", "5")) < 6
    assert ask("data", "x") == (Reason.BAD_ARGUMENTS, "GetData takes a number, not 'x'")


def test_the_trouble_is_the_last_alarm_or_who_is_down_or_none(house, ask):
    house.start(Chronicle, "chronicle")
    assert ask("error") == "OK"
    house.start(Said, "actuator.relays", "down: connection refused, 3 tries")
    assert ask("error") == "actuator.relays is down: connection refused, 3 tries"
    house.tell("chronicle", News("alarm.store", value=True, extra={"text": "the disk is full"}))
    house.tell("chronicle", News("alarm.interlock", ["A", "B"], extra={"text": "A and B are open"}))
    house.quiet()
    said = ask("error")
    assert said.startswith("alarm.interlock, ")
    assert said.endswith(" s ago: A and B are open")
    house.tell("chronicle", News("alarm.interlock", value=False))
    house.quiet()
    assert ask("error").startswith("alarm.store, ")
    house.tell("chronicle", News("alarm.store", value=False))
    house.quiet()
    assert ask("error").startswith("actuator.relays is down")


def test_trouble_is_one_line_that_can_be_sent(house, ask):
    house.tell("devices", News("alarm.store", "full", extra={"text": "disk\tfull:\n  no space\x1b[2J left"}))
    assert ask("error").endswith(" ago: disk full: no space [2J left")


def test_an_alarm_that_nobody_ends_is_forgotten_in_time(house, ask, monkeypatch):
    house.tell("devices", News("alarm.interlock", ["A", "B"], extra={"text": "A and B are open"}))
    assert ask("error").startswith("alarm.interlock")
    monkeypatch.setattr(devices, "ALARM_KEPT_S", 0.0)
    assert ask("error") == "OK"
