"""Devices of a lab's own, named by their modules in the site of a real controller: no edit anywhere else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.nodes import ANY_LISTENER, RoleProcess, run_role, settings, starter_site
from tests.system.wire import WireClient

DEVICES = {
    "switch_controller": "klass: tests.examples.relay_box:RelayBox\nvalve_opens_when: relay_closed\n",
    "gauges": "klass: tests.examples.convectron:Convectron\ngauges: {CG1: '1', CG2: '2'}\npoll: 0.2\n",
    "chiller": "klass: tests.examples.chiller:Chiller\ncoldest: 8\n",
}
VALVES = (
    "- {name: A, address: '1', actuator: switch_controller}\n- {name: B, address: '2', actuator: switch_controller}\n"
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = starter_site("valve_controller", tmp_path / "site")
    for old in (root / "setupfiles/devices").iterdir():
        old.unlink()
    for name, keys in DEVICES.items():
        text = f"name: {name}\nport: tcp://127.0.0.1:9\nsimulate: true\n{keys}"
        (root / f"setupfiles/devices/{name}.yaml").write_text(text, encoding="utf-8")
    (root / "setupfiles/extractionline/valves.yaml").write_text(VALVES, encoding="utf-8")
    return root


@pytest.fixture
def client(site: Path, tmp_path: Path) -> Iterator[WireClient]:
    flags = ["--root", str(site), "--headless", "--log", "json", *settings(*ANY_LISTENER)]
    with RoleProcess("valve_controller", *flags, home=tmp_path) as role:
        port = role.ready()["port"]
        with WireClient(port) as made:
            made.hello("acq")
            yield made


def test_a_home_made_relay_box_moves_valves(client: WireClient) -> None:
    assert client.command("Open A") == "OK"
    assert client.command("GetIndicatorState A") == "True"
    assert client.command("Open A") == "ok"
    assert client.command("Close A") == "OK"


def test_a_home_made_gauge_is_read_and_its_state_is_no_number(client: WireClient) -> None:
    assert client.command("Read CG1") == "760"
    assert client.command("GetPressure gauges,CG1") == "760"
    assert "CG2 has no reading: off (OFF)" in client.command("Read CG2")


def test_a_home_made_kind_has_verbs_of_its_own(client: WireClient) -> None:
    assert client.command("GetCoolant") == "20"
    assert client.command("SetCoolant 15") == "OK"
    assert client.command("GetCoolant") == "15"
    assert client.command("Read chiller") == "15"
    assert "5 C is colder than 8 C" in client.command("SetCoolant 5")
    assert "GetCoolant" in client.command("Describe")


def test_the_verbs_of_two_of_a_kind_are_a_finding(site: Path, tmp_path: Path) -> None:
    first = (site / "setupfiles/devices/chiller.yaml").read_text(encoding="utf-8")
    second = first.replace("name: chiller", "name: other_chiller")
    (site / "setupfiles/devices/other_chiller.yaml").write_text(second, encoding="utf-8")
    ended = run_role("valve_controller", "--root", str(site), "--check", home=tmp_path)
    assert ended.process.returncode == 2
    told = "\n".join(ended.err.all)
    assert "other_chiller.yaml:4: klass: its verb GetCoolant is that of chiller already" in told


@pytest.mark.parametrize(
    ("klass", "says"),
    [
        ("tests.examples.nothing:Relay", "there is no module 'tests.examples.nothing'"),
        ("tests.examples.relay_box:Relay", "module tests.examples.relay_box has no 'Relay'"),
        ("tests.examples.relay_box:RelayBoxSimulator", "is no device: it has to derive from"),
        ("RelayBox", "unknown klass 'RelayBox'"),
    ],
)
def test_a_klass_that_cannot_be_had_is_a_finding_that_says_why(
    site: Path, tmp_path: Path, klass: str, says: str
) -> None:
    path = site / "setupfiles/devices/switch_controller.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("tests.examples.relay_box:RelayBox", klass), encoding="utf-8"
    )
    ended = run_role("valve_controller", "--root", str(site), "--check", home=tmp_path)
    assert ended.process.returncode == 2
    assert says in "\n".join(ended.err.all)
