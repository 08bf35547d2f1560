"""How long an order is waited for that another node carries out: as long as the connection to it may take."""

import threading

import pytest

from actors.errors import OutcomeUnknown
from actors.facts import Fact, Keep
from actors.messages import Kind, SetLock
from actors.remote import Described
from actors.table import Row, ValveSpec
from roles.console.post import Post
from tests.actors.house import House, until
from tests.transports.rpc.controller import Controller
from tests.transports.rpc.near import LINE, NODE, Near
from tests.transports.rpc.proxy import Proxy
from transports.rpc import client as client_module
from transports.rpc import standing as standing_module

TIMEOUT_S = 0.8  # the node's
PATIENCE_S = 0.2  # the console's


@pytest.fixture
def controller(monkeypatch):
    monkeypatch.setattr(standing_module, "RETRY_FIRST_S", 0.02)
    monkeypatch.setattr(client_module, "KEEPALIVE_S", 60.0)
    made = Controller()
    yield made
    made.house.close()


@pytest.fixture
def wired(controller):
    """A proxy to the controller, and the house of the near side, whose line passes every order on."""
    house, proxy = House(), Proxy(controller.port)
    near = Near(house, proxy.port, timeout_s=TIMEOUT_S)
    near.is_up()
    near.line.wait_for(Described)
    house.context.facts["table"] = {"A": Row(ValveSpec("A", actuator=NODE, remote=True))}
    yield proxy, house
    house.stop(NODE)
    proxy.close()
    house.close()


@pytest.mark.parametrize("path", [NODE, LINE])
def test_a_lock_that_is_asked_for_again_by_its_id_is_waited_for(wired, controller, path):
    proxy, house = wired
    house.recorder(LINE, lambda message: isinstance(message, SetLock) and house.tell(NODE, message))
    proxy.lose("<OK")
    post = Post(house.context, by="me@bench/1", label="lab", timeout_s=PATIENCE_S, line_path=LINE)
    result = post.order("lock", "A", path, lambda request: SetLock("A", True, request))
    assert result.outcome.kind is Kind.DONE
    assert result.took_ms > (PATIENCE_S + 0.2) * 1000
    assert [keep.fact for keep in controller.store.all(Keep)] == [Fact.LOCK]


def test_what_nobody_answers_is_unknown_when_the_connection_has_given_it_up(wired):
    proxy, house = wired
    for _ in range(3):
        proxy.lose("<OK")
    post = Post(house.context, by="me@bench/1", label="lab", timeout_s=PATIENCE_S, line_path=LINE)
    with pytest.raises(OutcomeUnknown, match=r"no answer in 0\.8 s; asked again: no answer in "):
        post.order("lock", "A", NODE, lambda request: SetLock("A", True, request))


def test_a_valve_of_this_computer_is_not_waited_for_any_longer(wired):
    _, house = wired
    house.context.facts["table"]["B"] = Row(ValveSpec("B", actuator="actuator.relays"))
    house.recorder(LINE)
    post = Post(house.context, by="me@bench/1", label="lab", timeout_s=PATIENCE_S, line_path=LINE)
    ended = threading.Event()

    def lock():
        with pytest.raises(OutcomeUnknown, match=r"no answer in 0\.4 s"):
            post.order("lock", "B", LINE, lambda request: SetLock("B", True, request))
        ended.set()

    threading.Thread(target=lock).start()
    until(ended.is_set, "it was given up")
