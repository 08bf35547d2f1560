"""A furnace on its own thread, with a controller that does as it is told."""

import json
import threading
import time

import pytest

from actors import furnace as furnace_module
from actors.actuation import Settled
from actors.furnace import Furnace
from actors.messages import Kind, News, Query, Reason
from hardware.errors import BadChannel, NoAnswer, NotSent
from tests.actors.house import Answers, request


class Controller:
    def __init__(self):
        self.setpoint_c, self.error = 20.0, None
        self.asked = threading.Event()

    def _ask(self):
        self.asked.set()
        if self.error:
            raise self.error

    def read_temperature_c(self):
        self._ask()
        return 812.46

    def read_setpoint_c(self):
        self._ask()
        return self.setpoint_c

    def set_setpoint_c(self, setpoint_c):
        self._ask()
        self.setpoint_c = setpoint_c

    def read_output_percent(self):
        self._ask()
        return 41.5


class Rig:
    def __init__(self, house, controller):
        self.house, self.controller = house, controller
        self.chronicle = house.recorder("chronicle")
        house.start(Furnace, "furnace", controller, "Furnace", 1500.0)

    def ask(self, what, *args, **more):
        answers = Answers()
        self.house.tell("furnace", Query(what, args, request(answers, **more)))
        return answers.wait()


@pytest.fixture
def rig(house):
    return Rig(house, Controller())


@pytest.fixture
def often(house, monkeypatch):
    monkeypatch.setattr(furnace_module, "POLL_S", 0.02)
    return Rig(house, Controller())


@pytest.mark.parametrize(
    ("what", "text"),
    [("GetTemperature", "812.46"), ("GetProcessValue", "812.46"), ("GetSetpoint", "20"), ("GetPercentOutput", "41.5")],
)
def test_a_question_is_answered_with_its_value(rig, what, text):
    outcome = rig.ask(what)
    assert (outcome.kind, outcome.text, outcome.subject) == (Kind.DONE, text, "Furnace")


def test_the_summary_is_json(rig):
    assert json.loads(rig.ask("GetFurnaceSummary").text) == {"setpoint": 20.0, "response": 812.46, "output": 41.5}


def test_a_setpoint_is_set_and_journaled(rig):
    outcome = rig.ask("SetSetpoint", "850.5")
    assert (outcome.kind, outcome.text, rig.controller.setpoint_c) == (Kind.DONE, "850.5", 850.5)
    assert rig.chronicle.wait_for(Settled).outcome == outcome


@pytest.mark.parametrize("args", [(), ("hot",), ("-1",), ("1500.1",), ("nan",), ("inf",), ("1e400",)])
def test_a_setpoint_that_is_none_is_refused_and_nothing_is_set(rig, args):
    outcome = rig.ask("SetSetpoint", *args)
    assert (outcome.kind, outcome.reason, rig.controller.setpoint_c) == (Kind.REFUSED, Reason.BAD_ARGUMENTS, 20.0)


def test_a_setpoint_past_its_deadline_is_refused_and_nothing_is_set(rig):
    outcome = rig.ask("SetSetpoint", "500", deadline=time.monotonic() - 0.1)
    assert (outcome.reason, rig.controller.setpoint_c) == (Reason.EXPIRED, 20.0)


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (NotSent("refused", "oven"), Kind.REFUSED, Reason.NOT_CONNECTED),
        (NoAnswer("silence", "oven"), Kind.UNKNOWN, Reason.NO_ANSWER),
    ],
)
@pytest.mark.parametrize("what", ["SetSetpoint", "GetTemperature"])
def test_a_device_that_does_not_answer_is_told_as_it_is(rig, what, error, kind, reason):
    rig.controller.error = error
    outcome = rig.ask(what, "500")
    assert (outcome.kind, outcome.reason, outcome.text) == (kind, reason, str(error))


def test_a_word_that_it_does_not_know_is_refused(rig):
    assert rig.ask("Dance").reason is Reason.UNKNOWN_VERB


def test_the_temperature_is_told_again_and_again(often):
    for _ in range(3):
        news = often.chronicle.wait_for(News)
        assert (news.topic, news.value, news.units, news.quality) == ("furnace.Furnace", 812.46, "C", "good")
        assert news.extra == {"setpoint": 20.0, "output": 41.5}
    assert often.house.detail("furnace") == "812.5 C, set-point 20 C"


def test_a_lost_controller_is_told_once_and_found_again(often, logs):
    often.chronicle.wait_for(News)
    often.controller.error = BadChannel("gone", "oven")
    assert often.chronicle.wait_for(News, lambda news: news.quality == "unknown").value is None
    assert logs.wait_for("device.lost")["why"] == "oven: gone"
    often.controller.asked.clear()
    assert often.controller.asked.wait(5)
    assert often.house.detail("furnace") == "down: oven: gone"
    often.controller.error = None
    logs.wait_for("device.back")
    often.chronicle.wait_for(News, lambda news: news.value == 812.46)
    assert logs.named("device.lost") == []
