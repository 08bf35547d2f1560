"""What holds on a controller for as long as somebody is there, or until somebody clears it, as consoles see it."""

import pytest

from tests.system.conftest import AcquisitionStarter, Controller
from tests.system.nodes import Console, eventually

LEASE_S = 6


def up(console: Console) -> Console:
    eventually(lambda: console.say("print(state('A').state)") != "unknown", "the console knows A")
    return console


@pytest.mark.usefixtures("everything_closed")
def test_what_a_killed_acquisition_had_claimed_runs_out_though_it_is_back(
    controller: Controller, acquisition_of: AcquisitionStarter
):
    first = up(acquisition_of(controller))
    assert "claimed" in first.say(f"claim('A', {LEASE_S})")
    first.kill()
    second = up(acquisition_of(controller))
    refused = second.say("open('A')")
    assert refused.startswith("RAISED Owned: A is owned by ")
    assert "its session has gone" in refused
    eventually(lambda: second.say("open('A')").startswith("A  open"), "the claim has run out", LEASE_S + 10.0)
    assert second.say("close('A')").startswith("A  closed")


@pytest.mark.usefixtures("everything_closed")
def test_a_latch_that_another_client_called_for_is_shown_until_it_is_cleared(
    controller: Controller, acquisition_of: AcquisitionStarter
):
    console = up(acquisition_of(controller))
    warning = "WARNING: nothing opens on ExtractionLine: "
    with controller.client() as other:
        assert other.command("SafeState") == "OK"
        eventually(lambda: warning in console.say("states()"), "the latch is shown")
        assert "A may not open: the safe state was called (127.0.0.1 at " in console.say("open('A')")
        assert other.command("SafeState clear") == "OK"
        eventually(lambda: warning not in console.say("states()"), "its end is shown")
        assert console.say("open('A')").startswith("A  open")


@pytest.mark.usefixtures("everything_closed")
def test_a_controller_that_has_not_heard_of_the_safe_state_opens_nothing_from_where_it_was_called(
    controller: Controller, acquisition_of: AcquisitionStarter
):
    console = up(acquisition_of(controller))
    with controller.client() as other:
        assert "safe state" in console.say("safe()")
        assert other.command("SafeState clear") == "OK"  # as if it had never heard of it
        assert console.say("open('A')").startswith("RAISED Latched: ")
        assert "WARNING: nothing opens: " in console.say("states()")
        console.say("safe(clear=True)")
        assert console.say("open('A')").startswith("A  open")
