"""A server of ours that is spoken to as a plain peer."""

import pytest

from actors.actuation import Switched
from actors.messages import (
    Kind,
    Source,
    State,
)
from tests.actors.house import until
from tests.transports.rpc.controller import Controller
from tests.transports.rpc.near import NODE, Near
from tests.transports.rpc.plain.meeting import moved

OPEN, CLOSED = State.OPEN, State.CLOSED


@pytest.mark.parametrize("pychron", [True, False])
def test_our_own_server_is_a_plain_peer_where_that_is_pinned(house, logs, pychron):  # noqa: ARG001 - bound when actors are made
    controller = Controller(pychron=pychron)
    near = Near(house, controller.port, framing="plain", timeout_s=5.0)
    near.is_up()
    assert near.view().detail == "plain"
    near.word()
    assert near.heard().values == {"A": "0", "B": "0"}
    assert moved(near) == Switched("A", Kind.MOVED, OPEN, Source.REPLY, final=True)
    assert moved(near).kind is Kind.ALREADY
    assert moved(near, CLOSED).kind is Kind.MOVED
    house.stop(NODE)
    controller.house.close()


@pytest.mark.parametrize("end", ["stop", "fail"])
def test_a_peer_that_keeps_the_connection_is_told_of_an_orderly_end(house, logs, end):  # noqa: ARG001 - as above
    controller = Controller()
    near = Near(house, controller.port, framing="plain")
    near.is_up()
    assert moved(near).kind is Kind.MOVED
    heard = controller.house.context.facts["heard"]
    assert set(heard) == {"127.0.0.1/"}
    if end == "stop":
        house.stop(NODE)
    else:
        house.tell(NODE, object())  # which it does not take
    until(lambda: not controller.house.context.facts["sessions"], "its connections are gone")
    assert set(heard) == (set() if end == "stop" else {"127.0.0.1/"})
    controller.house.close()


def test_a_listener_of_ours_that_takes_plain_messages_only_is_spoken_to_so(house, logs):  # noqa: ARG001 - as above
    controller = Controller(framing=frozenset({"plain"}))
    near = Near(house, controller.port)
    near.is_up()
    assert near.view().detail == "plain"
    assert moved(near) == Switched("A", Kind.MOVED, OPEN, Source.REPLY, final=True)
    house.stop(NODE)
    controller.house.close()


@pytest.mark.parametrize(("framing", "taken"), [("braced", "plain"), ("auto", "bare_length")])
def test_a_listener_of_ours_that_takes_nothing_of_what_is_said_is_down_and_says_why(house, logs, framing, taken):  # noqa: ARG001
    controller = Controller(framing=frozenset({taken}))
    near = Near(house, controller.port, framing=framing)
    assert "ERROR 022 : this listener does not take" in near.lost()
    until(lambda: near.view().status == "down", "it is down")
    house.stop(NODE)
    controller.house.close()
