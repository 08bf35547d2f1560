"""What a person at the acquisition computer is told when something fails, and what the relay has really done.

Every row of the README's table of faults that needs two nodes and a relay is shown here, from end to end.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest

from hardware.simulation import Faults, Served
from tests.system.cable import Cable
from tests.system.conftest import Controller, acquisition_site, start_controller
from tests.system.nodes import ANY_LISTENER, Console, eventually, settings, starter_site

TIMEOUT_S = "timeout: 0.2"  # of the instrument: silence is told sooner so
STUCK = "Valve A failed to actuate open: it reads closed, twice"
LYING = "Valve A failed to actuate close: it reads open, twice"
ASK = """
import threading
def ask(valve):
    global told
    try:
        told = str(open(valve))
    except Exception as why:
        told = f'{type(why).__name__}: {why}'
def begin(valve):
    global asking
    asking = threading.Thread(target=ask, args=(valve,))
    asking.start()
"""


class Lab:
    """A controller, its instrument, and the acquisition computer at the far end of a cable."""

    def __init__(self, folder: Path, instrument: Served) -> None:
        self._folder, self.instrument = folder, instrument
        self.root = starter_site("valve_controller", folder / "valve")
        device = self.root / "setupfiles" / "devices" / "switch_controller.yaml"
        device.write_text(device.read_text().replace("timeout: 1.0", TIMEOUT_S))
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.controller = self.new_controller()
        names = ("port", "notify_port", "reply_port")
        self.cables = {name: self._stack.enter_context(Cable(self.controller.told[name])) for name in names}
        self.console = self.new_console("acquisition")
        self.console.tell(ASK)
        return self

    def __exit__(self, *_why: object) -> None:
        self._stack.close()

    @property
    def faults(self) -> Faults:
        return self.instrument.simulator.faults

    def relay(self, channel: str) -> bool:
        return self.controller.relays[channel]

    def new_controller(self) -> Controller:
        controller = start_controller(self.root, self.instrument, self._folder / "there")
        self._stack.enter_context(controller.role)
        return controller

    def new_console(self, name: str) -> Console:
        told = {name: cable.port for name, cable in self.cables.items()}
        site = acquisition_site(self._folder / name, told)
        flags = ("--root", str(site), *settings(*ANY_LISTENER[:2]))
        console = self._stack.enter_context(Console("acquisition", *flags, home=self._folder / f"home of {name}"))
        self.await_state("A", "closed", console)
        return console

    def kill_controller(self) -> None:
        self.controller.role.kill()

    def restart_controller(self) -> None:
        self.controller = self.new_controller()
        for name, cable in self.cables.items():
            cable.target = self.controller.told[name]

    def state(self, valve: str, console: Console | None = None) -> str:
        return (console or self.console).say(f"print(state({valve!r}).state)")

    def await_state(self, valve: str, state: str, console: Console | None = None) -> None:
        eventually(lambda: self.state(valve, console) == state, f"{valve} is {state}")

    def told(self) -> str:
        """Return what was told to whoever asked last, by `begin`."""
        self.console.say("asking.join()")
        return self.console.say("print(told)")


@pytest.fixture
def lab(tmp_path: Path, instrument: Served) -> Iterator[Lab]:
    with Lab(tmp_path, instrument) as made:
        yield made
    instrument.simulator.faults = Faults()
    for channel in instrument.simulator.relays:  # type: ignore[attr-defined]
        instrument.simulator.relays[channel] = False  # type: ignore[attr-defined]


# --- the controller is killed -----------------------------------------------------------------------------------


def test_killed_before_the_relay_moved_nobody_knows_and_it_never_moves(lab: Lab):
    moves = lab.controller.moves
    os.kill(lab.controller.role.pid, signal.SIGSTOP)
    lab.console.say("begin('A')")
    eventually(lambda: lab.cables["port"].sent("Open A"), "the command is on its way")
    lab.kill_controller()
    assert lab.told().startswith("OutcomeUnknown: A: the node closed the connection")
    assert lab.state("A") == "unknown"
    lab.restart_controller()
    lab.await_state("A", "closed")
    assert (lab.controller.moves, lab.relay("101")) == (moves, False)


def test_killed_while_the_relay_moved_nobody_knows_until_it_is_read(lab: Lab):
    moves = lab.controller.moves
    lab.faults.mute = True
    lab.console.say("begin('A')")
    eventually(lambda: lab.relay("101"), "the relay has moved, and says nothing")
    lab.kill_controller()
    lab.faults.mute = False
    assert lab.told().startswith("OutcomeUnknown: A: the node closed the connection")
    assert lab.state("A") == "unknown"
    lab.restart_controller()
    lab.await_state("A", "open")
    assert lab.controller.moves == moves + 1


def test_killed_after_the_relay_moved_it_stays_and_is_read_again(lab: Lab):
    assert lab.console.say("open('A')").startswith("A  open  (moved, ")
    moves = lab.controller.moves
    lab.kill_controller()
    eventually(lambda: lab.state("A") == "unknown", "the loss was noticed")
    assert " is down since " in lab.console.say("print(state('A'))")
    lab.restart_controller()
    lab.await_state("A", "open")
    assert lab.console.say("open('B')").startswith("RAISED Interlocked: B may not open while A is open")
    assert lab.controller.moves == moves


# --- the relay and what is read of it ---------------------------------------------------------------------------


def test_a_relay_that_is_stuck_is_told_with_where_it_stands(lab: Lab):
    lab.faults.stuck.add("101")
    assert lab.console.say("open('A')") == f"RAISED FailedToActuate: {STUCK}"
    assert lab.state("A") == "closed"
    assert not lab.relay("101")


def test_a_readback_that_is_silent_leaves_the_valve_unknown_and_its_partner_shut(lab: Lab):
    lab.faults.mute = True
    told = lab.console.say("open('A')")
    assert told.startswith("RAISED OutcomeUnknown: A: ")
    assert "no answer" in told
    assert lab.relay("101")
    assert lab.state("A") == "unknown"
    assert lab.console.say("open('B')").startswith("RAISED Interlocked: B may not open while A is unknown (")
    lab.faults.mute = False
    lab.await_state("A", "open")
    assert not lab.relay("102")


def test_a_readback_that_lies_is_believed_and_never_called_a_success(lab: Lab):
    """There is no other witness: what is said is what was read."""
    lab.faults.lie.add("101")
    lab.await_state("A", "open")  # which nobody has ordered
    assert lab.controller.role.wait_event("valve.mismatch", valve="A")["level"] == "error"
    assert lab.console.say("open('B')").startswith("RAISED Interlocked: B may not open while A is open")
    assert lab.console.say("close('A')") == f"RAISED FailedToActuate: {LYING}"
    lab.faults.lie.clear()
    lab.await_state("A", "closed")
    assert lab.console.say("open('B')").startswith("B  open  (moved, ")


# --- two consoles ---------------------------------------------------------------------------------------------------


def test_two_consoles_at_once_never_open_what_one_after_the_other_could_not(lab: Lab):
    second = lab.new_console("second")
    second.tell(ASK)
    for _ in range(10):
        lab.console.tell("begin('A')")
        second.tell("begin('B')")
        ends = []
        for console in (lab.console, second):
            console.say("asking.join()")
            ends.append(console.say("print(told)"))
        assert not (lab.relay("101") and lab.relay("102"))
        assert sum("  open  (moved, " in end for end in ends) <= 1
        assert all("  open  (" in end or end.startswith("Interlocked: ") for end in ends), ends
        for valve in "AB":
            lab.console.say(f"close({valve!r})")
    lab.console.say("claim('A', 60)")
    assert second.say("open('A')").startswith("RAISED Owned: A is owned by ")
    assert lab.console.say("open('A')").startswith("A  open  (moved, ")
    eventually(lambda: "owned by" in second.say("print(state('A'))"), "the other console shows who has it")


# --- the cable ------------------------------------------------------------------------------------------------------


def test_a_cable_that_is_pulled_makes_the_valves_unknown_and_no_late_command_moves_one(lab: Lab):
    moves = lab.controller.moves
    for cable in lab.cables.values():
        cable.pull()
    told = lab.console.say("open('A')")
    assert told.startswith("RAISED OutcomeUnknown: A: no answer in 2.0 s")
    assert lab.state("A") == "unknown"
    eventually(lambda: " down " in lab.console.say("nodes"), "the node is said to be down")
    assert lab.console.say("open('C')").startswith("RAISED NotConnected: ")
    assert not lab.relay("101")
    for cable in lab.cables.values():
        cable.plug()
    lab.await_state("A", "closed")
    assert (lab.controller.moves, lab.relay("101")) == (moves, False)
    assert lab.console.say("open('A')").startswith("A  open  (moved, ")


def test_an_instrument_whose_cable_is_pulled_has_no_state(lab: Lab):
    lab.faults.disconnect = True
    lab.await_state("A", "unknown")
    assert "the device hung up" in lab.console.say("open('B')")
    assert not lab.relay("102")
    lab.faults.disconnect = False
    lab.await_state("A", "closed")
    eventually(lambda: lab.console.say("open('A')").startswith("A  open  ("), "it opens again")
    assert lab.relay("101")
