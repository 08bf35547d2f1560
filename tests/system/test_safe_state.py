"""The safe state of a real controller: called on the wire, at an orderly stop, by the dead-man; kept over a kill."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hardware.simulation import serve_tcp, simulator_for
from tests.system.conftest import Controller, start_controller
from tests.system.nodes import eventually, starter_site
from tests.system.wire import WireClient

SAFE = "safe_state: {A: closed, C: closed, G: hold}\n"
Starter = Callable[..., Controller]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    """Start a controller with these preferences; again: on the same site and instrument."""
    root = starter_site("valve_controller", tmp_path / "site")
    instrument = serve_tcp(simulator_for("AgilentGPActuator"))
    with ExitStack() as stack:

        def started(preferences: str = SAFE) -> Controller:
            (root / "preferences.yaml").write_text(preferences, encoding="utf-8")
            controller = start_controller(root, instrument, tmp_path / "home")
            stack.enter_context(controller.role)
            return controller

        yield started
        stack.pop_all().close()
        instrument.close()


def opened(controller: Controller, *valves: str) -> WireClient:
    client = controller.client()
    client.hello("acq")
    for valve in valves:
        assert client.command(f"Open {valve}") == "OK"
    return client


def test_it_is_called_and_cleared_on_the_wire(start: Starter):
    controller = start()
    with opened(controller, "A", "G") as client:
        assert client.command("SafeState") == "OK"
        assert (controller.relays["101"], controller.relays["107"]) == (False, True)
        assert client.command("Open A").startswith("ERROR 018 : A may not open: the safe state was called (acq at ")
        assert client.command("Why A").startswith("no: safe latch: A may not open: ")
        assert client.command("SafeState clear") == "OK"
        assert client.command("Open A") == "OK"


def test_its_latch_outlives_a_kill(start: Starter):
    controller = start()
    with opened(controller) as client:
        assert client.command("SafeState") == "OK"
    controller.role.kill()
    with opened(start()) as client:
        assert client.command("Open A").startswith("ERROR 018 : A may not open: the safe state was called (acq at ")


@pytest.mark.parametrize("on_stop", [True, False])
def test_an_orderly_stop_goes_there_only_where_the_site_says_so(start: Starter, on_stop: bool):
    controller = start(SAFE + f"safe_state_on_stop: {str(on_stop).lower()}\n")
    with opened(controller, "A", "G"):
        assert controller.role.stop() == 0
    assert (controller.relays["101"], controller.relays["107"]) == (not on_stop, True)


def test_silence_calls_it_where_the_site_says_so_and_a_goodbye_is_no_silence(start: Starter):
    controller = start(SAFE + "dead_man: {after: 2, action: safe_state}\n")
    with opened(controller, "A") as client:
        assert client.command("Goodbye") == "OK"
    with opened(controller) as client:
        assert controller.relays["101"] is True
        eventually(lambda: not controller.relays["101"], "it was called")
        assert controller.role.wait_event("dead_man.silent")["last"].endswith("/acq")
        eventually(lambda: client.command("GetValveState A") == "False", "its end is known")


def test_without_one_the_valves_stay(start: Starter):
    controller = start("{}\n")
    with opened(controller, "A") as client:
        assert client.command("SafeState") == "OK"
        assert controller.relays["101"] is True
        assert client.command("Open C").startswith("ERROR 018")
