"""A line with all its parts, disturbed at random: everybody is answered, once, and no rule is broken by an opening."""

import sqlite3
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors import (
    extraction_line,
    line_durable,
    line_orders,
    line_safe,
    line_sightings,
    store_facts,
    store_file,
    store_health,
    store_journal,
)
from actors.actuation import OriginLost, Seen
from actors.extraction_line import ExtractionLine
from actors.messages import Assume, Claim, Failed, Kind, Reason, Refusal, Release, SafeState, SetService, Source, State
from actors.remote import SessionGone, SessionUp
from actors.store import Recall, Store
from actors.table import MANUAL, PipetteSpec, SafeStep, ValveSpec
from actors.valve import Valve
from tests.actors.bench import Bench
from tests.actors.house import PATIENCE_S, RELAYS, House, until
from tests.actors.line_bench import CLOSED, OPEN, Relays

PEOPLE = ("eva@acq/1", "jan@acq/2")
HERE = "10.0.0.7/acq"
EXCLUDED = (("B", "D"), ("A", "E"))
SPECS = (
    ValveSpec("A", "101", RELAYS, interlocks=("E",), pipette="Air", pipette_part="inner"),
    ValveSpec("B", "102", RELAYS, parent="A", interlocks=("D",)),
    ValveSpec("C", "103", RELAYS, parent="A", parent_inverted=True),
    ValveSpec("D", "104", RELAYS, interlocks=("B",), close_interlocks=("C",)),
    ValveSpec("E", "105", RELAYS, interlocks=("A",), pipette="Air", pipette_part="outer"),
    ValveSpec("M", kind=MANUAL),
)
STEPS = (SafeStep("D", CLOSED), SafeStep("A", CLOSED), SafeStep("E", CLOSED))
FULL = threading.Event()  # the disk takes nothing
NAMES = [spec.name for spec in SPECS]

valves = st.sampled_from(NAMES)
people = st.sampled_from(PEOPLE)
asked = st.one_of(
    st.tuples(st.just("move"), valves, st.sampled_from([OPEN, CLOSED]), people),
    st.tuples(st.just("lock"), valves, st.booleans(), people),
    st.tuples(st.just("claim"), valves, people),
    st.tuples(st.just("release"), valves, people),
    st.tuples(st.just("service"), valves, st.booleans()),
    st.tuples(st.just("assume"), valves),
    st.tuples(st.just("safe"), st.booleans()),
)
done = st.sampled_from(["hold", "go on", "refuse", "lose", "look", "session", "quiet", "full", "room"])
kicked = st.tuples(st.just("kick"), st.sampled_from("ABCDE"))
broken = st.one_of(st.sampled_from([("line",), ("store",)]), st.tuples(st.just("valve"), valves))
acts = st.lists(st.one_of(asked, asked, st.tuples(st.just("do"), done), kicked, broken), min_size=3, max_size=25)


class Box(Relays):
    """Relays that can be held: what they are told then waits. As an actuator it writes nothing by old knowledge."""

    def __init__(self, house):
        super().__init__(house, "ABCDE")
        self.held, self.holds = [], False
        self.knowing = 1
        self.bench = None
        self.broken = []

    def switch(self, order):
        if self.holds:
            self.held.append(order)
            return
        objection = self.bench.fence.objection(order.epoch, order.order)
        changed = order.knowing != self.knowing
        if objection is not None or changed or time.monotonic() > order.void_after:
            refusal = objection or Refusal(Reason.EXPIRED, "too late, or by old knowledge")
            stale = changed and objection is None
            told = {"kind": Kind.REFUSED, "source": Source.NONE, "reason": refusal.reason, "text": refusal.text}
            self.bench.done(order, State.UNKNOWN, **told, stale=stale)
            return
        if order.target is OPEN:
            others = [(pair, one) for pair in EXCLUDED if order.valve in pair for one in pair if one != order.valve]
            self.broken += [pair for pair, other in others if self.states[other] is OPEN]
        super().switch(order)

    def tell(self):
        told = Seen(RELAYS, dict(self.states), Source.POLL, time.monotonic(), knowing=self.knowing)
        self.house.context.directory.tell("extraction_line", told)

    def kick(self, valve):
        """Have a relay change by itself, and be seen to."""
        self.states[valve] = CLOSED if self.states[valve] is OPEN else OPEN
        self.knowing += 1
        self.tell()

    def let_go(self):
        self.holds = False
        held, self.held = self.held, []
        for order in held:
            self.switch(order)


class Plant:
    """The line with its store, and whoever keeps both running."""

    def __init__(self):
        FULL.clear()
        self.house = House()
        self.house.start(Store, "store", ":memory:")
        self.box = Box(self.house)
        self.bench = Bench(self.house, SPECS, timeout_s=0.1, pipettes=(PipetteSpec("Air", "A", "E"),), safe_state=STEPS)
        self.box.bench = self.bench
        self.bench.start()
        self.box.tell()
        self.house.quiet()
        self.answers = []

    def do(self, act):
        what, *args = act
        getattr(self, f"_{what}")(*args)

    def _move(self, valve, target, by):
        self.answers.append((valve, target, self.bench.ask(valve, target, by=by)))

    def _lock(self, valve, locked, by):
        self.answers.append(("lock", valve, self.bench.lock(valve, locked, by=by)))

    def _claim(self, valve, by):
        self.answers.append(("claim", valve, self.bench.wish(Claim, valve, 1, by=by, session=HERE)))

    def _release(self, valve, by):
        self.answers.append(("release", valve, self.bench.wish(Release, valve, by=by)))

    def _service(self, valve, back):
        self.answers.append(("service", valve, self.bench.wish(SetService, valve, back, "it leaks")))

    def _assume(self, valve):
        state = self.box.states.get(valve, CLOSED)  # who says it has looked
        self.answers.append(("assume", valve, self.bench.wish(Assume, valve, state, "looked at it")))

    def _safe(self, clear):
        self.answers.append(("safe", clear, self.bench.wish(SafeState, clear)))

    def _do(self, what):
        tell = self.house.tell
        if what == "hold":
            self.box.holds = True
        elif what == "go on":
            self.house.context.loop.call(self.box.let_go)
        elif what == "refuse":
            self.house.context.loop.call(self.refuse)
        elif what == "lose":
            tell(self.bench.line, OriginLost(RELAYS, "reset", self.box.knowing))
        elif what == "look":
            self.box.tell()
        elif what == "full":
            FULL.set()
        elif what == "room":
            FULL.clear()
        elif what == "session":
            tell(self.bench.line, SessionGone(HERE, orderly=False))
            tell(self.bench.line, SessionUp(HERE))
        self.house.quiet()

    def _kick(self, valve):
        self.house.context.loop.call(lambda: self.box.kick(valve))
        self.house.quiet()

    def refuse(self):
        held, self.box.held = self.box.held, []
        for order in held:
            self.bench.done(order, State.UNKNOWN, kind=Kind.REFUSED, source=Source.NONE, text="gone")

    def _line(self):
        self.house.tell(self.bench.line, "no message of the line's")
        self.house.failures.get(timeout=PATIENCE_S)
        facts = self.house.ask("store", Recall()).facts
        self.house.start(ExtractionLine, self.bench.line, self.bench.setup, facts)
        for valve in NAMES:
            self.start_valve(valve)
        self.box.tell()

    def _store(self):
        self.house.tell("store", "no message of the store's")
        self.house.failures.get(timeout=PATIENCE_S)
        self.house.start(Store, "store", ":memory:")

    def _valve(self, valve):
        path = f"{self.bench.line}/valve.{valve}"
        self.house.tell(path, "no message of a valve's")
        failed = self.house.failures.get(timeout=PATIENCE_S)
        self.house.tell(self.bench.line, Failed(path, failed.error, failed.at))
        self.start_valve(valve)

    def start_valve(self, valve):
        path = f"{self.bench.line}/valve.{valve}"
        if self.house.ref(path) is not None:
            self.house.stop(path)
        spec = next(spec for spec in SPECS if spec.name == valve)
        self.house.start(Valve, path, spec, self.bench.line, self.bench.intents)


@pytest.fixture(autouse=True)
def small_disk(monkeypatch):
    write = store_file.transaction

    def transaction(db, **more):
        if FULL.is_set():
            raise sqlite3.OperationalError("database or disk is full")
        return write(db, **more)

    for module in (store_facts, store_journal, store_file):
        monkeypatch.setattr(module, "transaction", transaction)
    monkeypatch.setattr(store_health, "PROBE_EVERY_S", 0.05)
    yield
    FULL.clear()


@pytest.fixture(autouse=True)
def short_times(monkeypatch):
    monkeypatch.setattr(line_orders, "MAX_WAIT_S", 0.1)
    monkeypatch.setattr(extraction_line, "TICK_S", 0.02)
    monkeypatch.setattr(line_durable, "AGAIN_S", 0.1)
    monkeypatch.setattr(line_safe, "STEP_S", 0.5)
    monkeypatch.setattr(line_safe, "AGAIN_S", 0.02)
    monkeypatch.setattr(line_sightings, "READ_LIMIT_S", 0.3)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
def test_everybody_is_answered_once_and_no_rule_is_broken(drawn):
    plant = Plant()
    try:
        for act in drawn:
            plant.do(act)
        FULL.clear()
        plant.house.context.loop.call(plant.box.let_go)
        until(lambda: all(answers.left() for _, _, answers in plant.answers), "everybody is answered")
        plant.house.quiet()
        assert [(what, of, answers.left()) for what, of, answers in plant.answers if len(answers.left()) != 1] == []
        assert plant.box.broken == []
        assert all(view.moving is None for view in plant.bench.views().values())
    finally:
        plant.house.close()


def test_the_box_says_when_a_rule_is_broken():
    plant = Plant()
    try:
        plant.bench.see(E=CLOSED)
        plant.box.states["E"] = OPEN
        plant.house.tell(plant.bench.line, Seen(RELAYS, {"E": CLOSED}, Source.POLL, time.monotonic(), complete=False))
        plant.bench.open("A").wait()
        assert plant.box.broken == [("A", "E")]
    finally:
        plant.house.close()
