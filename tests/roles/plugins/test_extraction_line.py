"""What the plug-in ExtractionLine starts for each kind of valve, with devices in memory."""

from importlib import resources

import pytest

from actors.double_valve import DoubleActuationValve
from actors.messages import Kind, Move, Ping, State
from actors.store import Store
from actors.views import GetValves
from roles.boot.site import load_site
from roles.boot.starter import write_starter
from roles.catalog import vocabulary
from roles.plugins.building import Building
from roles.plugins.extraction_line import children
from tests.actors.house import Answers, House, Logs, request, until

RELAYS, SENSORS = "actuator.relays", "actuator.sensors"
VALVES = """
- {name: A, address: "1", actuator: relays}
- {name: D, kind: double_actuation_valve, address: "2,3", actuator: relays, open_delay: 0.01}
- {name: S, address: "4", actuator: relays, state_device: {name: sensors, address: "7"}}
- {name: M, kind: manual_valve}
- {name: F, kind: double_actuation_valve, address: "1,2", actuator: Far}
"""
FAR = "name: Far\nklass: RemoteExtractionLineManager\nhost: 127.0.0.1\nport: 1061\n"


@pytest.fixture
def house():
    logs = Logs()
    made = House()
    yield made
    made.close()
    logs.close()


@pytest.fixture
def running(house, tmp_path):
    """Start what the plug-in lists; return path -> actor's reference."""
    write_starter(resources.files("roles.defaults") / "valve_controller", tmp_path)
    for file in (tmp_path / "setupfiles/devices").glob("*.yaml"):
        file.unlink()
    for name in ("relays", "sensors"):
        (tmp_path / f"setupfiles/devices/{name}.yaml").write_text(f"name: {name}\nklass: DummyGPActuator\n")
    (tmp_path / "setupfiles/devices/far.yaml").write_text(FAR)
    (tmp_path / "setupfiles/extractionline/valves.yaml").write_text(VALVES)
    site = load_site(tmp_path, vocabulary=vocabulary("valve_controller"))
    house.start(Store, "store", ":memory:")
    refs = {}
    for child in children(Building(site, house.context, None, None)):
        refs[child.path] = child.start()
        refs[child.path].ask(Ping(), timeout=5)
    yield refs
    for ref in reversed(list(refs.values())):
        ref.stop(timeout=5)


def states(running):
    return {view.name: view.state for view in running["extraction_line"].ask(GetValves(), timeout=5)}


def test_each_valve_has_its_actor_and_each_device_one(running):
    valves = {f"extraction_line/valve.{name}" for name in "ADSMF"}
    assert {path for path in running if "valve." in path} == valves
    assert {path for path in running if path.startswith("actuator.")} == {RELAYS, SENSORS}
    assert {"extraction_line", "statistics"} <= set(running)


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
