"""A real furnace controller and its simulated instrument: commanded on the wire, switched off by itself."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.simulation import Served, serve_tcp, simulator_for
from tests.system.nodes import ANY_LISTENER, RoleProcess, eventually, settings, starter_site
from tests.system.wire import WireClient

QUICK = ("devices.furnace_controller.timeout=0.5",)
PREFERENCES = "furnace: {over_temperature: 1500, link_lost: 5}\n"


@pytest.fixture
def instrument() -> Iterator[Served]:
    served = serve_tcp(simulator_for("Eurotherm"))
    yield served
    served.close()


@pytest.fixture
def furnace(instrument: Served, tmp_path: Path) -> Iterator[RoleProcess]:
    root = starter_site("furnace_controller", tmp_path / "site")
    (root / "preferences.yaml").write_text(PREFERENCES, encoding="utf-8")
    here = (f"devices.furnace_controller.port={instrument.address}", *QUICK, *ANY_LISTENER)
    flags = ["--root", str(root), "--headless", "--log", "json", *settings(*here)]
    with RoleProcess("furnace_controller", *flags, home=tmp_path) as role:
        yield role


@pytest.fixture
def client(furnace: RoleProcess) -> Iterator[WireClient]:
    with WireClient(furnace.ready()["port"]) as made:
        made.hello("acq")
        yield made


def test_it_ramps_holds_and_is_read(client: WireClient) -> None:
    assert client.command("StartRamp 400,1000") == "OK"
    assert client.command("GetRamp").startswith("ramp to 400 C, ")
    assert client.command("SetSetpoint 300") == "OK"
    assert (client.command("GetSetpoint"), client.command("GetRamp")) == ("300", "none")
    assert client.command("GetVersion").replace(".", "").isdigit()
    assert client.command("GetTrip") == "none"


def test_what_it_shows_is_kept(client: WireClient, tmp_path: Path) -> None:
    assert client.command("SetSetpoint 300") == "OK"
    folder = tmp_path / "site/data/readings"
    eventually(lambda: any(",300.0," in file.read_text() for file in folder.glob("*.csv")), "the set-point is kept")


def test_nobody_heard_of_switches_the_heater_off(furnace: RoleProcess, client: WireClient) -> None:
    """The acquisition computer has died: its connection is gone, without a word."""
    assert client.command("SetSetpoint 800") == "OK"
    client.reset()
    told = furnace.wait_event("furnace.tripped", limit_s=20.0)
    assert "nobody who looks after it is heard" in told["why"]
    furnace.wait_event("furnace.heater_off")
    with WireClient(furnace.ready()["port"]) as again:
        again.hello("acq")
        assert "the furnace has tripped" in again.command("SetSetpoint 800")
        assert float(again.command("GetSetpoint")) == 0.0
        assert again.command("ResetTrip") == "OK"
        assert again.command("SetSetpoint 800") == "OK"


def test_a_broken_thermocouple_switches_the_heater_off(
    furnace: RoleProcess, client: WireClient, instrument: Served
) -> None:
    assert client.command("SetSetpoint 800") == "OK"
    instrument.simulator.furnace.faults.broken_sensor = True
    told = furnace.wait_event("furnace.tripped", limit_s=20.0)
    assert "thermocouple break" in told["why"]
    eventually(lambda: client.command("GetTrip").startswith("thermocouple break"), "the trip is told")


def test_a_furnace_that_is_found_hot_and_nobody_ever_looks_after_is_switched_off(
    furnace: RoleProcess, instrument: Served
) -> None:
    oven = instrument.simulator.furnace
    oven.temperature_c = oven.setpoint_c = 800.0
    told = furnace.wait_event("furnace.tripped", limit_s=20.0)
    assert "nobody who looks after it is heard" in told["why"]
    eventually(lambda: oven.setpoint_c == 0.0, "the heater was off")


def test_an_orderly_stop_switches_the_heater_off_and_is_no_trip(
    furnace: RoleProcess, client: WireClient, instrument: Served
) -> None:
    oven = instrument.simulator.furnace
    assert client.command("StartRamp 1200,500") == "OK"
    eventually(lambda: oven.setpoint_c > 22.0, "the ramp began")
    assert furnace.stop() == 0
    assert (oven.setpoint_c, oven.output_percent) == (0.0, 0.0)
    assert furnace.complaints() == []


def test_killed_in_a_ramp_it_comes_back_tripped_and_off(instrument: Served, tmp_path: Path) -> None:
    root = starter_site("furnace_controller", tmp_path / "site")
    here = (f"devices.furnace_controller.port={instrument.address}", *QUICK, *ANY_LISTENER)
    flags = ["--root", str(root), "--headless", "--log", "json", *settings(*here)]
    oven = instrument.simulator.furnace
    with RoleProcess("furnace_controller", *flags, home=tmp_path) as role:
        with WireClient(role.ready()["port"]) as client:
            client.hello("acq")
            assert client.command("StartRamp 1200,500,600") == "OK"
        role.kill()
    assert oven.setpoint_c > 0.0
    with RoleProcess("furnace_controller", *flags, home=tmp_path) as role, WireClient(role.ready()["port"]) as client:
        client.hello("acq")
        eventually(lambda: oven.setpoint_c == 0.0, "the heater was off")
        assert client.command("GetTrip") == "the program ended during a ramp to 1200 C"
        assert "the furnace has tripped" in client.command("SetSetpoint 800")
        assert client.command("ResetTrip") == "OK"
        assert client.command("SetSetpoint 800") == "OK"


def test_a_further_oven_is_looked_after_like_the_furnace(instrument: Served, tmp_path: Path) -> None:
    root = starter_site("furnace_controller", tmp_path / "site")
    text = "name: bakeout1\nklass: WatlowEZZone\nport: tcp://127.0.0.1:9\nsimulate: true\nsetpoint_max: 250\n"
    (root / "setupfiles/devices/bakeout1.yaml").write_text(text, encoding="utf-8")
    (root / "setupfiles/devices/furnace_controller.yaml").rename(root / "setupfiles/devices/a_furnace.yaml")
    here = (f"devices.furnace_controller.port={instrument.address}", *QUICK, *ANY_LISTENER)
    flags = ["--root", str(root), "--headless", "--log", "json", *settings(*here)]
    with RoleProcess("furnace_controller", *flags, home=tmp_path) as role, WireClient(role.ready()["port"]) as client:
        client.hello("acq")
        assert client.command("SetBakeoutClosedLoopSetpoint 1,120") == "OK"
        assert float(client.command("GetBakeoutSetpoint 1")) == pytest.approx(120.0, abs=0.1)
        assert "outside 0 to 250" in client.command("SetBakeoutClosedLoopSetpoint 1,300")
        assert "no temperature controller of this node" in client.command("GetBakeoutSetpoint 2")
        assert float(client.command("GetSetpoint")) < 50.0


def test_while_it_stops_nobody_has_it_heat_again(furnace: RoleProcess, client: WireClient, instrument: Served) -> None:
    oven = instrument.simulator.furnace
    assert client.command("SetSetpoint 800") == "OK"
    begun = threading.Event()

    def insist() -> None:
        with contextlib.suppress(OSError, AssertionError, ValueError):  # whatever ends it
            while True:
                client.command("SetSetpoint 1200")
                begun.set()

    insisting = threading.Thread(target=insist, daemon=True)
    insisting.start()
    assert begun.wait(10)
    assert furnace.stop() == 0
    insisting.join(10)
    assert (oven.setpoint_c, oven.output_percent) == (0.0, 0.0)
