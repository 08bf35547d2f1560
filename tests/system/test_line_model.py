"""A real controller on a real wire, commanded by several clients, disturbed and killed at random: a model of it.

Whatever happens: no two valves that exclude each other are opened together, no locked or foreign valve moves, every
answer is true, an id moves a relay at most once, and in the end the table is the truth.
"""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from hardware.simulation import serve_tcp, simulator_for
from tests.system.conftest import controller_flags
from tests.system.line_clients import Asked, LineClient
from tests.system.line_truth import Plan, watch
from tests.system.nodes import LIMIT_S, RoleProcess, eventually, starter_site
from tests.system.wire import WireClient, wait_until_known

PLAN = Plan(
    {valve: f"10{number}" for number, valve in enumerate("ABCDEFG", 1)},
    excludes=(("A", "B"), ("C", "D")),
    needs={"E": "F"},
)
VALVES = """
- {name: A, address: 101, interlock: [B]}
- {name: B, address: 102, interlock: [A], settling_time: 0.02}
- {name: C, address: 103}
- {name: D, address: 104}
- {name: E, address: 105, positive_interlock: [F]}
- {name: F, address: 106, close_interlock: [E], check_actuation_delay: 0.02}
- {name: G, address: 107}
- {kind: pipette, name: Air, inner: C, outer: D}
"""
CLIENTS = ("jan", "eva", "kim")
MOVES = ("Open", "Close")
A_VALVE, A_CLIENT = st.sampled_from("ABCDEFG"), st.sampled_from(CLIENTS)
A_MOVE = st.tuples(A_CLIENT, st.sampled_from(MOVES), A_VALVE)


class ControllerModel(RuleBasedStateMachine):
    """The machine. One process per run; the instrument lives here, and outlives it."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.asked: list[Asked] = []
        self.clients: dict[str, LineClient] = {}
        self.counts = {"commands": 0, "kills": 0}

    @initialize()
    def begin(self) -> None:
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.root = starter_site("valve_controller", self.folder / "site")
        (self.root / "setupfiles/extractionline/valves.yaml").write_text(VALVES, encoding="utf-8")
        self.simulator = simulator_for("AgilentGPActuator")
        self.truth = watch(self.simulator, PLAN)
        self.served = serve_tcp(self.simulator)
        self.start()

    def start(self) -> None:
        flags = controller_flags(self.root, self.served)
        self.role = RoleProcess("valve_controller", *flags, home=self.folder / "home")
        self.port = int(self.role.ready()["port"])
        wait_until_known(self.port, *PLAN.channels)
        self.clients = {name: LineClient(name, self.port, self.answered) for name in CLIENTS}

    # --- what is done to it -----------------------------------------------------------------------------------

    @rule(moves=st.lists(A_MOVE, min_size=1, max_size=8))
    def move(self, moves: list[tuple[str, str, str]]) -> None:
        """Ask for moves, all at once."""
        for client, verb, valve in moves:
            self.ask(client, verb, valve)

    @rule(client=A_CLIENT, verb=st.sampled_from(["Lock", "Unlock", "Claim", "Release"]), valve=A_VALVE)
    def hold(self, client: str, verb: str, valve: str) -> None:
        """Lock, claim, and the reverse; an unlock or a release counts from when it is asked for."""
        with self.truth.lock:
            if verb == "Unlock":
                self.truth.locked.discard(valve)
            elif verb == "Release" and self.truth.owners.get(valve) == client:
                del self.truth.owners[valve]
        self.ask(client, verb, valve)

    @rule(client=A_CLIENT, again=st.integers(0, 5))
    def ask_again(self, client: str, again: int) -> None:
        """Send a command once more, with its id."""
        own = [asked for asked in self.asked if asked.client == client and asked.verb in MOVES]
        if own:
            earlier = own[-1 - again % len(own)]
            self.note(self.clients[client].ask(earlier.verb, earlier.valve, same=earlier), again=earlier)

    @rule(client=A_CLIENT)
    def drop(self, client: str) -> None:
        """Lose a connection, and the replies on it."""
        self.clients[client].drop(self.port)

    @rule(valve=A_VALVE, fault=st.sampled_from(["stuck", "lie"]), on=st.booleans())
    def break_relay(self, valve: str, fault: str, on: bool) -> None:
        channel, channels = PLAN.channels[valve], getattr(self.simulator.faults, fault)
        if fault == "lie" and on != (channel in channels):
            self.truth.lied(channel)
        (channels.add if on else channels.discard)(channel)

    @rule(slow_s=st.sampled_from([0.0, 0.0, 0.01]), mute=st.sampled_from([False, False, False, True]))
    def trouble(self, slow_s: float, mute: bool) -> None:
        self.simulator.faults.slow_s, self.simulator.faults.mute = slow_s, mute

    @rule()
    def unplug(self) -> None:
        """Hang the instrument's wire up, and plug it in again."""
        self.served.close()
        self.served = serve_tcp(self.simulator, port=self.served.port)

    @rule(valve=A_VALVE, is_open=st.booleans())
    def by_hand(self, valve: str, is_open: bool) -> None:
        self.truth.put(PLAN.channels[valve], is_open)

    @rule()
    def settle(self) -> None:
        """Wait until everything that was asked for has been answered."""
        for asked in self.asked:
            assert asked.done.wait(LIMIT_S), f"no answer to {asked}"

    @precondition(lambda self: self.counts["kills"] < 2)
    @rule()
    def kill(self) -> None:
        """`kill -9`, and a new start on the same site."""
        self.counts["kills"] += 1
        self.role.kill()
        for client in self.clients.values():
            client.hang_up()
        self.simulator.faults.mute = False
        self.start()

    # --- what must be so --------------------------------------------------------------------------------------

    def ask(self, client: str, verb: str, valve: str) -> None:
        self.note(self.clients[client].ask(verb, valve))

    def note(self, asked: Asked, again: Asked | None = None) -> None:
        self.counts["commands"] += 1
        if asked.verb in MOVES:
            with self.truth.lock:
                self.truth.flying.append(asked)
        if again is not None:
            asked.sent_at = again.sent_at  # its answer may be what became of it then
        self.asked.append(asked)

    def answered(self, asked: Asked) -> None:
        """Judge an answer when it comes."""
        truth, valve = self.truth, asked.valve
        if asked.reply not in ("OK", "ok"):
            return
        with truth.lock:
            if asked.verb == "Lock":
                truth.locked.add(valve)
            elif asked.verb == "Claim":
                truth.owners[valve] = asked.client
            elif asked.verb in MOVES:
                opened = asked.verb == "Open"
                lying = set(self.simulator.faults.lie)
                if not truth.was(valve, opened, asked.sent_at, asked.replied_at) and not truth.lied_between(
                    valve, asked.sent_at, asked.replied_at, lying
                ):
                    truth.breaches.append(f"{asked.verb} {valve} was answered {asked.reply}, and it never stood so")

    def teardown(self) -> None:
        try:
            if self.clients:
                self.ends()
        finally:
            if hasattr(self, "role"):
                for client in self.clients.values():
                    client.hang_up()
                with self.role:
                    pass
                self.served.close()
            self.stack.close()

    def ends(self) -> None:
        """Mend everything, and see that the table becomes the truth."""
        faults = self.simulator.faults
        faults.mute, faults.slow_s = False, 0.0
        faults.stuck.clear()
        faults.lie.clear()
        self.settle()
        assert self.truth.breaches == []
        ids = {valve: {a.id for a in self.asked if a.verb in MOVES and a.valve == valve} for valve in PLAN.channels}
        for valve, writes in self.truth.writes.items():
            assert writes <= len(ids[valve]), f"{valve} was written {writes} times for {len(ids[valve])} commands"
        with WireClient(self.port) as client:
            client.hello("judge")
            eventually(lambda: self.table(client) == self.stands(), "the table is the truth")

    def table(self, client: WireClient) -> dict[str, str]:
        word = client.command("GetValveStates")[:-4]
        return {item[:-1]: item[-1] for item in word.split(",")}

    def stands(self) -> dict[str, str]:
        return {valve: str(int(self.truth.is_open(valve))) for valve in PLAN.channels}


def run(examples: int, steps: int) -> None:
    began = time.monotonic()
    run_state_machine_as_test(
        ControllerModel,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert time.monotonic() > began


@pytest.mark.timeout(300)
def test_a_controller_keeps_every_rule_whatever_happens():
    run(examples=8, steps=30)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_controller_keeps_every_rule_whatever_happens_for_long():
    run(examples=150, steps=60)
