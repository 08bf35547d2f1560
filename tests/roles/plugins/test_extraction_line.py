"""What the plug-in ExtractionLine starts for each kind of valve, with devices in memory."""

from types import SimpleNamespace

import pytest

from actors.double_valve import DoubleActuationValve
from actors.fence import Fence
from actors.messages import Kind, Move, Ping, State
from actors.polarity import DOUBLE, MANUAL
from actors.store import Memory
from actors.table import ValveSpec
from actors.views import GetValves
from hardware.in_memory.driver import DummyGPActuatorSettings
from roles.plugins.extraction_line import children
from tests.actors.house import Answers, House, Logs, request, until

RELAYS, SENSORS = "actuator.relays", "actuator.sensors"
VALVES = (
    ValveSpec("A", "1", RELAYS),
    ValveSpec("D", "2,3", RELAYS, kind=DOUBLE),
    ValveSpec("S", "4", RELAYS, state_actuator=SENSORS, state_address="7"),
    ValveSpec("M", "9", kind=MANUAL),
    ValveSpec("F", "1", "node.far", kind=DOUBLE, remote=True),
)


@pytest.fixture
def house():
    logs = Logs()
    made = House()
    yield made
    made.close()
    logs.close()


@pytest.fixture
def running(house):
    """Start what the plug-in lists; return path -> actor's reference."""
    devices = {name: DummyGPActuatorSettings(name=name, klass="DummyGPActuator") for name in ("relays", "sensors")}
    site = SimpleNamespace(valves=VALVES, devices=devices, remotes={})
    building = SimpleNamespace(
        site=site,
        context=house.context,
        state_dir=None,
        simulate=False,
        served=[],
        fence=Fence(),
        timeouts_s={},
        grow=lambda _specs: None,
        recall=lambda: Memory({}, {}),
    )
    refs = {}
    for child in children(building):
        refs[child.path] = child.start()
        refs[child.path].ask(Ping(), timeout=5)
    yield refs
    for ref in reversed(list(refs.values())):
        ref.stop(timeout=5)


def states(running):
    return {view.name: view.state for view in running["extraction_line"].ask(GetValves(), timeout=5)}


def test_each_valve_has_its_actor_and_each_device_one(running):
    assert list(running) == [
        RELAYS,
        SENSORS,
        "extraction_line",
        *(f"extraction_line/valve.{name}" for name in "ADSMF"),
        "statistics",
    ]


def test_a_double_valve_has_the_actor_of_one_where_it_is_not_another_nodes(running):
    def kind(name):
        return running[f"extraction_line/valve.{name}"].actor_class

    assert kind("D") is DoubleActuationValve
    assert kind("F") is not DoubleActuationValve
    assert kind("A") is not DoubleActuationValve


def test_a_device_tells_of_the_valves_that_it_moves_or_reads_and_not_of_one_that_a_person_turns(house, running):
    assert set(running) >= {RELAYS, SENSORS}
    assert (house.detail(RELAYS), house.detail(SENSORS)) == ("3 valves", "1 valves")


def test_valves_of_both_kinds_move(house, running):
    until(lambda: states(running)["A"] is State.CLOSED, "the relays were read")
    for valve in ("A", "D"):
        answers = Answers()
        house.tell("extraction_line", Move(valve, State.OPEN, request(answers)))
        outcome = answers.wait()
        assert (outcome.kind, outcome.state) == (Kind.MOVED, State.OPEN)
