"""The acquisition computer's console, a wire that loses, delays and breaks off, and a real controller: a model of it.

What the console is told is true: moved and already so were so, refused wrote nothing, and of what it is told nothing is
known a relay has moved once at most, and in time: whatever became of the request, the reply, the connection, or the
controller. Other clients command the same valves meanwhile, on a wire of their own.
"""

import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.system.conftest import ACQUISITION_DEVICE
from tests.system.line_clients import ALREADY, LOST_S, MOVED, Asked
from tests.system.line_model import CLIENTS, Controlled
from tests.system.line_plan import MARKS, NEITHER, PLAN, TARGETS
from tests.system.line_truth import LAG_S
from tests.system.model_run import run
from tests.system.nodes import ANY_LISTENER, Console, RoleProcess, eventually, settings, starter_site
from tests.transports.rpc.proxy import Proxy

MOST_KILLS = 3
CONSOLE = "console"
TIMEOUT_S = 2.0  # in which a command of the console is carried out, or not at all
STALE_S = 11.0  # then what it was told counts no longer
LONG_S = 40.0
ACT = """
def act(word, valve):
    try:
        outcome = word(valve).outcome
    except Exception as why:
        outcome = getattr(why, 'outcome', None)
        if outcome is None:
            raise
    print('ENDED', outcome.kind.name, outcome.text)

def known():
    print({name: str(state(name).state) for name in NAMES})

"""
A_VALVE, A_CLIENT = st.sampled_from(sorted(PLAN.channels)), st.sampled_from(CLIENTS)
A_MOVE = st.tuples(A_CLIENT, st.sampled_from(sorted(TARGETS)), A_VALVE)
A_VERB = st.sampled_from([*sorted(TARGETS) * 6, "Lock", "Unlock", "Unlock", "SafeState", "Clear", "Clear"])
A_HOLD = st.sampled_from(["Lock", "Unlock", "Unlock", "Claim", "Release", "Release"])
WORDS = {"Open": "open", "Close": "close", "Lock": "lock", "Unlock": "unlock"}
REQUESTS = ("Open", "Close", "Get", "Hello", "Lock")
REPLIES = ("<state=moved", "<source=", "<outcome=", "<\tt=", "<HELLO")


class Acquisition:
    """A console in front of a controller, through a proxy."""

    def __init__(self, counts: Counter[str]) -> None:
        self.counts = counts
        self.line = Controlled(counts)
        self.proxy = Proxy(self.line.port)
        self.held: list[threading.Event] = []
        root = starter_site("acquisition", self.line.folder / "acquisition")
        devices = root / "setupfiles" / "devices"
        (devices / "furnace.yaml").unlink()
        told = {"port": self.proxy.port, "notify_port": 0, "reply_port": 0}
        text = ACQUISITION_DEVICE.format(**told).replace("timeout: 2", "timeout: 1")
        text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(("notify", "reply")))
        (devices / "extraction_line.yaml").write_text(text, encoding="utf-8")
        flags = ("--root", str(root), *settings(*ANY_LISTENER[:2]))
        self.console = Console("acquisition", *flags, home=self.line.folder / "there")
        self.console.ready()
        self.console.tell(ACT)
        self.console.tell(f"NAMES = {sorted(PLAN.channels)!r}")
        self.hands = ThreadPoolExecutor(1)
        self.waiting: list[Future[None]] = []
        self.agrees()

    def ask(self, verb: str, valve: str) -> None:
        """Have the console do something; it does one thing after the other."""
        self.waiting.append(self.hands.submit(self._act, verb, valve))

    def _act(self, verb: str, valve: str) -> None:
        line, truth = self.line, self.line.truth
        more = "clear" if verb == "Clear" else ""
        asked = Asked(
            CONSOLE, f"console{len(line.asked)}", "SafeState" if more else verb, valve if verb in WORDS else more
        )
        safe = verb in ("SafeState", "Clear")
        said = f"act(lambda _none: safe(clear={bool(more)}), '')" if safe else f"act({WORDS[verb]}, {valve!r})"
        with truth.lock:
            asked.sent_at = time.monotonic()
            asked.deadline = None if safe else asked.sent_at + TIMEOUT_S
            line.note("say", asked)
            self.counts["said"] += 1
            line.begin(asked)
            line.asked.append(asked)
        try:
            text = self.console.say(said, LONG_S)
        except AssertionError as why:
            truth.breach(f"{asked} was not answered: {why}")
            return
        with truth.lock:
            line.note("told", asked, "->", text)
            self._take(asked, text)
        asked.done.set()

    def _take(self, asked: Asked, text: str) -> None:
        """Judge what the console was told."""
        line, (word, _, rest) = self.line, text.partition(" ")
        kind, _, why = rest.partition(" ")
        asked.replied_at = time.monotonic()
        replies = {
            "MOVED": MOVED,
            "DONE": MOVED,
            "ALREADY": ALREADY,
            "REFUSED": f"ERROR : {why}",
            "UNKNOWN": f"ERROR : {why}",
        }
        if word != "ENDED" or kind not in replies:
            line.truth.breach(f"{asked} was told {text}")
            return
        self.counts[f"told {kind.lower()}"] += 1
        asked.told = {"outcome": kind.lower()}
        asked.replies.append(replies[kind])
        asked.ends_by = asked.replied_at + (LOST_S if kind == "UNKNOWN" else 0.0)
        half_cleared = asked.verb == "SafeState" and bool(asked.valve) and kind == "REFUSED"  # here, or there, or both
        if kind == "UNKNOWN" or half_cleared:
            for change in asked.changes:
                change.done = asked.replied_at + LOST_S
            return
        line.conclude(asked, asked.reply)
        if asked.verb in TARGETS and asked.ok:
            line.judge.stood(asked, asked.reply)

    def settle(self) -> None:
        self.let_go()
        wait(self.waiting)
        for one in self.waiting:
            one.result()
        self.waiting.clear()

    def let_go(self) -> None:
        for event in self.held:
            event.set()
        self.held.clear()

    def known(self) -> dict[str, str]:
        return eval(self.console.say("known()", LONG_S))  # noqa: S307 - our own words

    def agrees(self) -> None:
        """Wait until the console shows what a look shows."""

        def so() -> bool:
            marks = {valve: MARKS.get(state, MARKS[NEITHER]) for valve, state in self.known().items()}
            return marks == self.line.seems()

        try:
            eventually(so, "the console shows the truth")
        except AssertionError:
            self.line.truth.breach(f"the console says {self.known()}, and a look {self.line.seems()}")

    def close(self) -> None:
        line = self.line
        try:
            self.proxy.forget()
            self.settle()
            line.mend()
            line.settle()
            self.agrees()
            self.counts["console words"] += 1
        finally:
            self.hands.shutdown(cancel_futures=True)
            with self.console:
                pass
            self.proxy.close()
            line.close()


class AcquisitionModel(RuleBasedStateMachine):
    """The machine."""

    counts: ClassVar[Counter[str]] = Counter()
    far: Acquisition | None = None
    kills = 0

    @initialize()
    def begin(self) -> None:
        self.counts["examples"] += 1
        self.far = Acquisition(self.counts)

    @rule(verb=A_VERB, valve=A_VALVE)
    def say(self, verb: str, valve: str) -> None:
        """Have the console do something, and wait for what it is told."""
        self.far.ask(verb, valve)
        wait(self.far.waiting)

    @rule(verb=A_VERB, valve=A_VALVE)
    def say_and_go_on(self, verb: str, valve: str) -> None:
        """Have the console do something; meanwhile anything may happen."""
        self.far.ask(verb, valve)

    @rule(moves=st.lists(A_MOVE, min_size=1, max_size=4))
    def move(self, moves: list[tuple[str, str, str]]) -> None:
        """Let other clients ask for moves."""
        for client, verb, valve in moves:
            self.far.line.ask(client, verb, valve)

    @rule(client=A_CLIENT, verb=A_HOLD, valve=A_VALVE)
    def hold(self, client: str, verb: str, valve: str) -> None:
        self.far.line.ask(client, verb, valve)

    @rule()
    def look(self) -> None:
        """What the console shows was so, not long ago, or it says that it does not know."""
        far = self.far
        far.settle()
        since = time.monotonic() - STALE_S - LAG_S
        for valve, state in far.known().items():
            if state != "unknown" and not far.line.truth.may_be_said(valve, state, since, time.monotonic()):
                far.line.truth.breach(f"the console shows {valve} {state}, and nobody had told that")

    # --- what goes wrong ------------------------------------------------------------------------------------------

    @rule(word=st.sampled_from(REQUESTS + REPLIES), how=st.sampled_from(["lose", "hold", "reset"]))
    def spoil(self, word: str, how: str) -> None:
        """Lose, hold, or break off at, the next request or reply with this word."""
        far = self.far
        self.counts["faults"] += 1
        far.line.note(how, word)
        if how == "hold":
            far.held.append(far.proxy.hold(word))
        else:
            getattr(far.proxy, how)(word)

    @rule()
    def let_go(self) -> None:
        """Hand on what was held."""
        self.far.line.note("handed on")
        self.far.let_go()

    @rule(channel=st.sampled_from(["101", "102", "103", "104", "106", "109"]), stuck=st.booleans())
    def stick(self, channel: str, stuck: bool) -> None:
        self.counts["faults"] += 1
        self.far.line.note("stuck", channel, stuck)
        faults = self.far.line.faults
        (faults.stuck.add if stuck else faults.stuck.discard)(channel)

    @rule(fault=st.sampled_from(["", "", "mute", "unplug"]), slow_s=st.sampled_from([0.0, 0.01, 0.3]))
    def trouble(self, fault: str, slow_s: float) -> None:
        self.counts["faults"] += 1
        self.far.line.note("trouble", slow_s, fault)
        self.far.line.faults.mute, self.far.line.faults.slow_s = fault == "mute", slow_s
        if fault == "unplug":
            self.far.line.unplug()

    @precondition(lambda self: self.kills < MOST_KILLS)
    @rule()
    def kill(self) -> None:
        """`kill -9` of the controller, and a new start; the proxy leads to the new one."""
        self.kills += 1
        self.counts["kills"] += 1
        self.far.line.end(RoleProcess.kill)
        self.far.proxy.lead_to(self.far.line.port)

    def teardown(self) -> None:
        if self.far is not None:
            self.far.close()
            self.far.line.verdict()


@pytest.mark.timeout(300)
def test_what_a_console_is_told_through_a_bad_wire_is_true():
    run(AcquisitionModel, examples=4, steps=40, number=3)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_what_a_console_is_told_through_a_bad_wire_is_true_for_long():
    run(AcquisitionModel, examples=120, steps=50)
