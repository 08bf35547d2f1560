"""Acts that overtake each other, where the far end knows ids."""

from actors.messages import (
    Kind,
)
from actors.remote import Described, WordHeard
from actors.store import NodeSeen
from tests.transports.rpc.client.pair import BY_ID, Pair
from tests.transports.rpc.near import NODE, Near
from transports.rpc import client as client_module
from transports.rpc import words


def test_replies_are_matched_by_their_ids(house, far):
    pair = Pair(house, far, features=BY_ID)
    pair.near.switch(valve="A")
    _, first = pair.acts.line()
    pair.near.switch(valve="B")
    _, second = pair.acts.line()
    pair.acts.reply("OK", id=second["id"], state="open")
    assert pair.near.end("B").kind is Kind.MOVED
    pair.acts.reply("OK", id=first["id"], state="open")
    assert pair.near.end("A").kind is Kind.MOVED


def test_a_reply_with_an_id_that_nobody_gave_ends_the_connection(house, far):
    pair = Pair(house, far, features=BY_ID)
    pair.acts.reply("OK", id="another", state="open")
    assert "unasked" in pair.near.lost()
    assert pair.acts.how_it_ended() == "reset"


def test_each_act_has_its_own_time_where_none_waits_for_another(house, far):
    valves = '{"valves": [{"name": "A", "settling_time_s": 30.0}, {"name": "B"}], "total": 2}'
    pair = Pair(house, far, features=BY_ID, timeout_s=0.2, valves=valves)
    pair.near.line.wait_for(Described)
    pair.near.switch(valve="A")
    pair.near.switch(valve="B")
    assert "no answer in 0.2 s" in pair.near.end("B").text


def test_both_connections_are_kept_alive(house, far, monkeypatch):
    monkeypatch.setattr(client_module, "KEEPALIVE_S", 0.05)
    pair = Pair(house, far)
    for session in (pair.acts, pair.asks):
        text, _ = session.line()
        assert text.startswith("Hello 1 ")


def test_connections_to_two_lives_are_not_taken_for_one_node(house, far):
    near = Near(house, far.port)
    acts, asks = far.accept(), far.accept()
    far.greet(acts, boot="old")
    far.greet(asks, boot="new")
    assert "it restarted (boot " in near.lost()
    far.welcome("new")


def test_a_far_end_that_takes_no_fields_is_told_none(house, far):
    pair = Pair(house, far, features={"ids": ""})
    pair.near.switch()
    assert pair.acts.line() == ("Open A", {})
    pair.acts.reply("OK")
    assert pair.near.end().kind is Kind.MOVED


def test_a_far_end_that_tells_no_ids_is_answered_in_order(pair):
    answers = pair.near.query("GetTemperature")
    pair.near.word()
    assert [pair.asks.line()[0] for _ in range(2)] == ["GetTemperature", "GetValveStates"]
    pair.asks.reply("23.5")
    pair.asks.reply("A0" + words.crc("A0"))
    assert answers.wait().text == "23.5"
    assert pair.near.monitor.wait_for(WordHeard).values == {"A": "0"}


def test_a_node_that_never_answered_does_not_take_the_place_of_where_it_did(house, new_far):
    silent = new_far(listening=False)
    near = Near(house, silent.port)
    near.lost()
    house.quiet()
    assert near.store.all(NodeSeen) == []


def test_where_a_node_answers_is_remembered_and_until_when(house, far):
    pair = Pair(house, far)
    first = pair.near.store.wait_for(NodeSeen)
    assert first.address == f"127.0.0.1:{far.port}"
    pair.acts.close()
    pair.near.lost()
    assert pair.near.store.wait_for(NodeSeen).at >= first.at


def test_another_life_is_noticed_though_both_connections_had_gone(house, far):
    pair = Pair(house, far, timeout_s=0.1)
    pair.near.switch()
    pair.near.word()
    pair.near.end()
    pair.near.monitor.wait_for(WordHeard)
    acts, asks = far.accept(), far.accept()
    far.greet(acts, boot="far-2")
    assert "it restarted (boot far-2)" in pair.near.lost()
    asks.close()
    far.welcome("far-2")


def test_a_node_that_is_simulated_is_said_to_be(house, far, logs):
    pair = Pair(house, far, features={"fields": "", "simulated": ""})
    assert "SIMULATED" in pair.near.view().detail
    assert "SIMULATED" in house.detail(NODE)
    assert logs.wait_for("node.simulated")["peer"] == pair.near.view().name
    assert house.context.facts["simulated_nodes"] == {pair.near.view().name: True}
