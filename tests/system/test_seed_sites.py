"""The seed's own four sites start, on ports of this test."""

from pathlib import Path
from shutil import copytree

import pytest

from tests.roles.boot.test_seed_sites import SITES
from tests.system.nodes import ANY_LISTENER, ANY_PORTS, RoleProcess, settings
from tests.system.wire import WireClient

ROLES = {
    "experiment": ("acquisition", ANY_PORTS),
    "valve": ("valve_controller", ANY_LISTENER),
    "furpi": ("furnace_controller", ANY_LISTENER),
    "crunch": ("data_reduction", ()),
}


@pytest.mark.parametrize("name", ROLES)
def test_a_site_of_the_seed_is_ready_and_stops_in_order(name: str, tmp_path: Path):
    role, ports = ROLES[name]
    root = tmp_path / "site"
    copytree(SITES / name, root)
    flags = ("--root", str(root), "--headless", "--log", "json", *settings(*ports))
    with RoleProcess(role, *flags, home=tmp_path / "home") as started:
        told = started.ready()
        assert told["role"] == role
        if "port" in told:
            with WireClient(told["port"]) as client:
                assert client.command("Hello 1 tester -").startswith("HELLO 1 ")
        assert started.stop() == 0
        assert started.complaints() == []
        assert not any("Traceback" in line or "exception" in line for line in started.err.all)


def test_the_valve_site_of_the_seed_has_no_valves_and_says_so(tmp_path: Path):
    root = tmp_path / "site"
    copytree(SITES / "valve", root)
    flags = ("--root", str(root), "--headless", "--log", "json", *settings(*ANY_LISTENER))
    with RoleProcess("valve_controller", *flags, home=tmp_path / "home") as started:
        with WireClient(started.ready()["port"]) as client:
            assert client.command("GetValveStates") == "ffff"
            assert client.command("Open A").startswith("ERROR 005 : ")
        warnings = [record["why"] for record in started.records("site.warning")]
        assert any("no valves" in warning for warning in warnings)
