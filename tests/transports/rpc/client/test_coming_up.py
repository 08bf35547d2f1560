"""A node that comes up: who is told, what it is asked first."""

import pytest

from actors.actuation import OriginBack, OriginLost, Switched
from actors.messages import (
    Kind,
    News,
    Source,
    State,
)
from actors.news import Retarget
from actors.remote import Announce, Described, NodeUp
from actors.store import Remember
from actors.table import ValveSpec
from tests.transports.rpc.client.pair import Pair
from tests.transports.rpc.near import NODE, Near
from transports.rpc import hello_peer

OPEN = State.OPEN


def test_everybody_is_told_when_the_node_is_up(house, far):
    valves = '{"valves": [{"name": "R", "interlocks": ["S"]}], "total": 1}'
    pair = Pair(house, far, valves=valves, features={"fields": "", "notify": "7001", "reply": "7002"})
    near = pair.near
    spec = ValveSpec("R", actuator=NODE, interlocks=("S",), remote=True, described=True)
    assert near.line.wait_for(Described) == Described(NODE, (spec,))
    assert near.line.wait_for(OriginBack) == OriginBack(NODE)
    assert near.subscriber.wait_for(Retarget) == Retarget("127.0.0.1", 7001, 7002)
    assert near.store.wait_for(Remember).origin == NODE
    assert near.chronicle.wait_for(News, lambda news: news.value == "up").topic == "node.Far"
    view = near.view()
    assert (view.status, view.detail, view.address) == ("up", "boot far-1", f"127.0.0.1:{far.port}")


def test_a_node_tells_again_when_it_is_asked_to(pair):
    pair.near.house.tell(NODE, Announce())
    assert pair.near.is_up() == NodeUp(NODE, "far-1")


def test_valves_come_by_pages(house, far):
    near = Near(house, far.port)
    _, asks = far.welcome()
    for first, name in ((0, "R"), (1, "S")):
        assert asks.line()[0] == f"Describe valves,{first}"
        asks.reply(f'{{"valves": [{{"name": "{name}"}}], "total": 2}}')
    assert [spec.name for spec in near.line.wait_for(Described).specs] == ["R", "S"]


def test_a_node_without_a_line_is_not_asked_for_valves(house, far):
    near = Near(house, far.port, line="")
    _, asks = far.welcome()
    near.is_up()
    near.query("GetSetpoint")
    assert asks.line()[0] == "GetSetpoint"


@pytest.mark.parametrize("page", ["no JSON", '{"valves": [1], "total": 1}', '{"valves": [{"name": ""}], "total": 1}'])
def test_a_description_that_is_none_is_a_reason_to_begin_anew_not_to_fail(house, far, page):
    near = Near(house, far.port)
    _, asks = far.welcome()
    asks.line()
    asks.reply(page)
    assert "described its valves" in near.lost()
    far.welcome()
    assert house.failures.empty()


def test_a_node_that_cannot_describe_itself_now_is_up_and_asked_again(house, far, monkeypatch, logs):
    monkeypatch.setattr(hello_peer, "DESCRIBE_AGAIN_S", 0.02)
    near = Near(house, far.port)
    _, asks = far.welcome()
    near.is_up()
    for _ in range(2):
        assert asks.line()[0] == "Describe valves,0"
        asks.reply("ERROR 020 : extraction_line is being restarted; nothing was begun")
    asks.line()
    asks.reply('{"valves": [{"name": "R"}], "total": 1}')
    assert [spec.name for spec in near.line.wait_for(Described).specs] == ["R"]
    assert near.view().status == "up"
    assert near.line.all(OriginLost) == []
    assert ["020" in told["why"] for told in logs.named("node.undescribed")] == [True]


def test_a_description_that_does_not_come_in_time_is_asked_for_again(house, far):
    near = Near(house, far.port, timeout_s=0.3)
    _, asks = far.welcome()
    near.is_up()
    asks.line()
    asks = far.greet(far.accept())
    assert asks.line()[0] == "Describe valves,0"
    asks.reply('{"valves": [{"name": "R"}], "total": 1}')
    assert [spec.name for spec in near.line.wait_for(Described).specs] == ["R"]


def test_a_valve_that_is_described_twice_is_a_reason_to_begin_anew(house, far):
    near = Near(house, far.port)
    _, asks = far.welcome()
    for _ in range(2):
        asks.line()
        asks.reply('{"valves": [{"name": "R"}], "total": 2}')
    assert "twice" in near.lost()


@pytest.mark.parametrize("port", ["x", "²", "-1", "70000", "9" * 30])
def test_news_from_a_port_that_is_none_are_not_listened_to(house, far, port):
    pair = Pair(house, far, features={"fields": "", "notify": port})
    assert pair.near.view().status == "up"
    assert pair.near.subscriber.all(Retarget) == []


def test_numbers_that_are_none_are_passed_over(pair):
    pair.near.switch()
    pair.acts.line()
    pair.acts.reply("OK", rev="²", t="²")
    assert pair.near.end() == Switched("A", Kind.MOVED, OPEN, Source.REPLY, final=True)
