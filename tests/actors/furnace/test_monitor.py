"""A furnace on another node is polled where its news do not tell, and unknown where nobody does."""

import json

import pytest

from actors.furnace_monitor import FurnaceMonitor
from actors.messages import Kind, News, Outcome, Query, Reason, Source

NODE, TOPIC = "node.Far", "furnace.Far"
SHOWN = {"response": 812.4, "setpoint": 850.0, "output": 41.5}


class Far:
    """A node that answers the polls as it is told."""

    def __init__(self, house):
        self.house = house
        self.says = Outcome("GetFurnaceSummary", "Far", Kind.DONE, text=json.dumps(SHOWN))
        self.heard = house.recorder(NODE, reaction=self._answer)
        self.chronicle = house.recorder("chronicle")

    def start(self, period_s=0.02, timeout_s=5.0):
        self.house.start(FurnaceMonitor, "furnace_monitor.Far", NODE, period_s, timeout_s)

    def _answer(self, query):
        if self.says is not None:
            query.request.reply_to.answer(self.says)

    def news(self, fits=lambda _news: True):
        return self.chronicle.wait_for(News, lambda news: news.topic == TOPIC and fits(news))


@pytest.fixture
def far(house):
    return Far(house)


def test_a_furnace_that_pushes_nothing_is_polled(far):
    far.start()
    for _ in range(2):
        news = far.news()
        assert (news.value, news.units, news.quality, news.source) == (812.4, "C", "good", Source.POLL)
        assert news.extra == {"setpoint": 850.0, "output": 41.5, "origin": "Far"}
    assert far.house.detail("furnace_monitor.Far") == "polled"
    assert far.heard.wait_for(Query).what == "GetFurnaceSummary"


def test_one_that_pushes_is_not_asked(far):
    far.start(period_s=0.2)
    for _ in range(4):
        far.house.tell("furnace_monitor.Far", News("furnace.Oven", 800.0))
        far.house.after(0.15)
    assert far.heard.all(Query) == []
    assert far.house.detail("furnace_monitor.Far") == "told by its news"
    topic = "furnace.Oven"  # as its news call it
    assert far.chronicle.wait_for(News, lambda news: news.topic == topic).source == Source.POLL


def test_a_further_oven_says_nothing_of_the_furnace(far):
    far.start(period_s=0.05)
    for _ in range(4):
        far.house.tell("furnace_monitor.Far", News("furnace.bakeout1", 90.0, extra={"actor": "furnace.bakeout1"}))
        far.house.after(0.03)
    assert far.news().value == 812.4
    far.says = Outcome("", "", Kind.REFUSED, reason=Reason.NOT_CONNECTED, text="it is down")
    far.news(lambda news: news.quality == "unknown")
    oven = far.chronicle.wait_for(News, lambda news: news.topic == "furnace.bakeout1")
    assert (oven.value, oven.quality) == (None, "unknown")


def test_an_answer_that_never_comes_is_given_up(far):
    far.says = None
    far.start(timeout_s=0.02)
    assert "no answer for" in far.news(lambda news: news.quality == "unknown").extra["why"]
    far.says = Outcome("", "", Kind.DONE, text=json.dumps(SHOWN))
    assert far.news(lambda news: news.quality == "good").value == 812.4


def test_one_poll_at_a_time(far):
    far.says = None
    far.start()
    first = far.heard.wait_for(Query)
    far.house.after(0.2)
    assert far.heard.all(Query) == []
    first.request.reply_to.answer(Outcome("", "", Kind.DONE, text=json.dumps(SHOWN)))
    far.news()
    far.heard.wait_for(Query)


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (Outcome("", "", Kind.REFUSED, reason=Reason.NOT_CONNECTED, text="it is down"), "it is down"),
        (Outcome("", "", Kind.DONE, text="No Response"), "its summary is not understood"),
        (Outcome("", "", Kind.DONE, text=json.dumps(SHOWN | {"response": None})), "None is no number"),
        (Outcome("", "", Kind.DONE, text=json.dumps(SHOWN | {"response": float("nan")})), "nan is no number"),
        (Outcome("", "", Kind.DONE, text=json.dumps(SHOWN | {"output": True})), "True is no number"),
        (Outcome("", "", Kind.DONE, text="[]"), "its summary is not understood"),
    ],
)
def test_what_nobody_tells_is_unknown_once_and_known_again(far, logs, says, why):
    far.start()
    far.news()
    told, far.says = far.says, says
    assert why in far.news(lambda news: news.quality == "unknown").extra["why"]
    assert logs.wait_for("furnace.late")["peer"] == NODE
    far.heard.clear()
    far.heard.wait_for(Query)
    assert [news for news in far.chronicle.all(News) if news.quality == "unknown"] == []
    far.says = told
    assert far.news(lambda news: news.quality == "good").value == 812.4
    logs.wait_for("furnace.heard_again")
