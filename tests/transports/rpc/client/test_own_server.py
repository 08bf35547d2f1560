"""A node connection and a server of ours."""

import time

import pytest

from actors.actuation import Switch, Switched
from actors.messages import (
    Kind,
    Move,
    Outcome,
    Query,
    Reason,
    Source,
    State,
)
from actors.picture import Picture
from actors.remote import Described
from actors.table import ValveSpec
from tests.actors.house import House, request, until
from tests.transports.rpc.desk import in_background
from tests.transports.rpc.near import LINE, NODE, VALVE, Near
from transports.rpc.server import ListenSettings, RemoteCommandServer

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN


class Controller:
    """Our own server in a house of its own; `line` is who decides there."""

    def __init__(self):
        self.house = House("Far", "far-1")
        self.line = self.house.recorder(LINE, self._react)
        self.house.start(RemoteCommandServer, "remote_command_server", ListenSettings(port=0))
        self.port = self.house.context.facts["port"]

    def _react(self, message):
        if isinstance(message, Query):
            value = (ValveSpec("A", "101", "actuator.relays"),) if message.what == "describe" else Picture(1)
            message.request.reply_to.answer(Outcome("query", message.what, Kind.DONE, value=value))

    def answer(self, message, **more):
        message.request.reply_to.answer(Outcome("open", "A", source=Source.READBACK, revision=7, **more))


@pytest.fixture
def controller(logs):  # noqa: ARG001 - the loggers are bound when actors are made
    made = Controller()
    yield made
    made.house.close()


@pytest.fixture
def linked(house, controller):
    near = Near(house, controller.port, timeout_s=2.0)
    near.is_up()
    near.line.wait_for(Described)
    return near


def test_a_move_travels_there_and_back(controller, linked):
    linked.switch(by="jan@acq/1", trace="t7")
    move = controller.line.wait_for(Move)
    assert (move.valve, move.target, move.request.by, move.request.trace) == ("A", OPEN, "jan@acq/1", "t7")
    controller.answer(move, kind=Kind.MOVED, state=OPEN)
    assert linked.end() == Switched("A", Kind.MOVED, OPEN, Source.REPLY, revision=7, final=True)


@pytest.mark.parametrize(
    ("kind", "state", "reason"),
    [
        (Kind.ALREADY, OPEN, None),
        (Kind.REFUSED, CLOSED, Reason.INTERLOCKED),
        (Kind.REFUSED, CLOSED, Reason.LOCKED),
        (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER),
        (Kind.UNKNOWN, CLOSED, Reason.FAILED),
    ],
)
def test_every_outcome_is_the_same_on_the_other_side(controller, linked, kind, state, reason):
    linked.switch()
    text = {"text": "because"} if reason else {}
    controller.answer(controller.line.wait_for(Move), kind=kind, state=state, reason=reason, **text)
    end = linked.end()
    assert (end.kind, end.state, end.reason, end.text) == (kind, state, reason, text.get("text", ""))


def test_the_deadline_means_the_same_on_both_sides(controller, linked):
    deadline = time.monotonic() + 1.0
    linked.switch(deadline=deadline)
    move = controller.line.wait_for(Move)
    assert deadline - 0.5 < move.request.deadline <= deadline
    controller.answer(move, kind=Kind.MOVED, state=OPEN)
    linked.end()


def test_our_own_server_takes_the_goodbye_for_an_orderly_end(controller, linked, logs):
    linked.house.stop(NODE)
    server = "remote_command_server"
    until(lambda: controller.house.detail(server).endswith(", 0 clients"), "both connections have ended there")
    assert logs.named("connection.closed") == []
    assert controller.house.failures.empty()


def test_a_controller_that_stops_is_lost_and_found_again(controller, linked):
    linked.switch()
    controller.line.wait_for(Move)
    stopped = in_background(lambda: controller.house.stop("remote_command_server"))
    assert linked.end().kind is Kind.UNKNOWN
    stopped()
    linked.lost()
    controller.house.start(RemoteCommandServer, "remote_command_server", ListenSettings(port=controller.port))
    assert linked.is_up().boot == "far-1"


def test_an_end_names_the_order_that_it_is_the_end_of(pair):
    order = Switch(VALVE, "A", OPEN, check=True, epoch=1, request=request(), order=7)
    pair.near.house.tell(NODE, order)
    pair.acts.line()
    pair.acts.reply("OK", rev="1", state="open")
    assert pair.near.end().order == 7
