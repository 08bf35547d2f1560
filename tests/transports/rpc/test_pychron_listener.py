"""A listener in Pychron's own words, met by a node of ours: it is answered in full all the same."""

import pytest

from actors.messages import Claim, Kind, Reason, State
from tests.actors.house import request
from tests.transports.rpc.controller import Controller
from tests.transports.rpc.desk import Client
from tests.transports.rpc.near import NODE, Near
from transports.rpc import client as client_module

OPEN, CLOSED = State.OPEN, State.CLOSED


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(client_module, "KEEPALIVE_S", 60.0)


@pytest.fixture
def controller(logs):  # noqa: ARG001 - the loggers are bound when actors are made
    made = Controller(pychron=True)
    yield made
    made.house.close()


@pytest.mark.parametrize("framing", ["auto", "plain"])
def test_owners_are_read_whoever_the_word_is_written_for(house, controller, framing):
    near = Near(house, controller.port, framing=framing)
    near.is_up()
    controller.house.tell("extraction_line", Claim("A", 60, request(by="eva of-lab@acq-1/console 2")))
    controller.house.quiet()
    near.word("owners")
    heard = near.heard()
    assert (heard.error, heard.values) == ("", {"A": "eva of-lab@acq-1/console 2", "B": ""})
    house.stop(NODE)


def test_a_peer_that_has_said_hello_is_told_the_rule_that_refused(controller):
    client = Client(controller.port)
    client.hello()
    controller.house.tell("extraction_line", Claim("A", 60, request(by="eva")))
    controller.house.quiet()
    assert client.call("Open A", id="1")[0].startswith("ERROR 012 : ")
    assert client.call("GetValveState A")[0] == "False"
    assert client.call("Open B", id="2")[0] == "OK"
    assert client.call("GetValveState B")[0] == "True"
    client.close()


def test_a_node_of_ours_knows_why_it_was_refused(house, controller):
    near = Near(house, controller.port)
    near.is_up()
    controller.house.tell("extraction_line", Claim("A", 60, request(by="eva")))
    controller.house.quiet()
    near.switch()
    end = near.end()
    assert (end.kind, end.reason) == (Kind.REFUSED, Reason.OWNED)
    house.stop(NODE)
