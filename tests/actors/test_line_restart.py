"""The line actor is made to fail while A is moving: what is unknown, what is refused, what is never written."""

import threading
import time

import pytest

from actors import extraction_line, line_orders
from actors.actuator import Actuator, ActuatorSetup
from actors.extraction_line import ExtractionLine
from actors.messages import Kind, Move, News, Ping, Reason, State
from actors.restart import RestartPolicy
from actors.supervisor import Supervisor
from actors.table import ValveSpec
from actors.tree import Status
from actors.valve import Valve
from actors.views import GetTree
from actors.watched import Child, StartTree, StopTree
from tests.actors.bench import Bench
from tests.actors.fakes import FakeDriver
from tests.actors.house import PATIENCE_S, RELAYS, Answers, request, until

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
LINE = "extraction_line"
MOVE_S = 0.25  # the longest move, with the times below

SPECS = (
    ValveSpec("A", "101", RELAYS, interlocks=("B",)),
    ValveSpec("B", "102", RELAYS, interlocks=("A",)),
    ValveSpec("C", "103", RELAYS),
)


class Plant(Bench):
    """The line, its valves and an actuator with relays of its own, below a real supervisor."""

    def __init__(self, house):
        super().__init__(house, SPECS, timeout_s=0.05)
        self.driver = FakeDriver(["101", "102", "103"])
        setup = ActuatorSetup(SPECS, opens_when_closed=True, poll_s=0.05)
        context = house.context
        policy = RestartPolicy(first_s=0.01)
        supervisor = house.start(Supervisor, "supervisor", policy, pytest.fail)
        house.report = supervisor.tell

        def valve(spec):
            path = f"{LINE}/valve.{spec.name}"
            return Child(path, lambda: Valve.start(context, path, spec, LINE, self.intents))

        children = (
            Child(RELAYS, lambda: Actuator.start(context, RELAYS, self.driver, None, setup, self.fence)),
            Child(LINE, lambda: ExtractionLine.start(context, LINE, self.setup, {}), essential=True),
            *(valve(spec) for spec in SPECS),
        )
        assert supervisor.ask(StartTree(children), timeout=PATIENCE_S) is None
        until(lambda: UNKNOWN not in self.states().values(), "every valve is read")

    def cut_short(self, valve, target):
        """Have the line fail while the relay of `valve` is being written; return where the asker is answered."""
        while not self.driver.entered.empty():
            self.driver.entered.get()
        self.driver.gate.clear()
        answers = self.ask(valve, target)
        while self.driver.entered.get(timeout=PATIENCE_S) != "set":
            self.driver.gate.set()  # a poll was on its way first
            self.driver.gate.clear()
        self.fail()
        return answers

    def fail(self):
        """Have the line fail; return when its replacement stands, with all its valves."""
        before = self.house.ref(LINE)
        self.house.tell(LINE, "no message of the line's")
        paths = [LINE, *(f"{LINE}/valve.{spec.name}" for spec in SPECS)]

        def stands():
            refs = [self.house.ref(path) for path in paths]
            return None not in refs and refs[0] != before and self.statuses(*paths) == {Status.RUNNING}

        until(stands, "the line is back")

    def statuses(self, *paths):
        rows = self.house.ask("supervisor", GetTree())
        return {row.status for row in rows if row.path in paths}


@pytest.fixture
def plant(house, monkeypatch):
    monkeypatch.setattr(line_orders, "MAX_WAIT_S", 0.05)
    monkeypatch.setattr(extraction_line, "TICK_S", 0.02)
    made = Plant(house)
    yield made
    made.driver.gate.set()
    house.ask("supervisor", StopTree(3.0))


def test_the_requester_is_told_unknown_exactly_once(plant):
    answers = plant.cut_short("A", OPEN)
    outcome = answers.wait()
    assert (outcome.kind, outcome.state) == (Kind.UNKNOWN, UNKNOWN)
    plant.driver.gate.set()
    until(lambda: plant.states()["A"] is OPEN, "A is read again")
    assert answers.left() == []


def test_all_valves_are_unknown_until_they_are_read_again(plant):
    plant.cut_short("A", OPEN)
    assert set(plant.states().values()) == {UNKNOWN}
    assert plant.views()["A"].why == "the extraction line restarted while a valve was moving"


def test_an_interlocked_open_is_refused_until_the_move_is_known_to_have_ended(plant):
    plant.cut_short("A", OPEN)
    assert plant.open("B").wait().reason is Reason.INTERLOCKED
    plant.driver.gate.set()
    assert plant.open("B").wait().reason is Reason.INTERLOCKED
    until(lambda: plant.states()["A"] is OPEN, "A is read again")
    assert plant.open("B").wait().text == "B may not open while A is open"


def test_the_valve_that_moved_is_believed_only_after_the_longest_move(plant):
    began = time.monotonic()
    plant.cut_short("A", OPEN)
    plant.driver.gate.set()
    until(lambda: plant.states()["A"] is not UNKNOWN, "A is read again")
    assert time.monotonic() - began >= MOVE_S
    assert plant.states() == {"A": OPEN, "B": CLOSED, "C": CLOSED}


def test_afterwards_everything_moves_as_before(plant):
    plant.cut_short("A", OPEN)
    plant.driver.gate.set()
    until(lambda: plant.states()["A"] is OPEN, "A is read again")
    assert plant.close("A").wait().kind is Kind.MOVED
    assert plant.open("B").wait().kind is Kind.MOVED
    assert plant.intents.open == {}


def test_what_an_earlier_line_ordered_and_was_not_written_is_never_written(house, plant):
    plant.driver.gate.clear()
    flying = plant.open("A")
    waiting = plant.open("C")  # behind A in the actuator's mailbox
    until(lambda: "C" in plant.intents.open, "C has been ordered")
    plant.fail()
    assert (flying.wait().kind, waiting.wait().kind) == (Kind.UNKNOWN, Kind.UNKNOWN)
    plant.driver.gate.set()
    until(lambda: plant.states()["C"] is CLOSED, "C is read again")
    assert ("103", True) not in plant.driver.writes
    house.quiet()


def test_the_end_of_an_earlier_lines_order_is_not_taken_for_that_of_a_later_one(house, plant):
    """C's first order is void by the time the actuator gets to it; the second, from the new line, is carried out."""
    plant.driver.gate.clear()
    plant.open("A")
    plant.open("C")
    until(lambda: "C" in plant.intents.open, "C has been ordered")
    plant.fail()
    again = plant.open("C")
    house.quiet()
    plant.driver.gate.set()
    outcome = again.wait()
    until(lambda: plant.states()["C"] is not UNKNOWN, "C is read again")
    assert (outcome.kind is Kind.REFUSED) == (("103", True) not in plant.driver.writes), outcome


def test_the_store_and_the_actuator_do_not_restart_with_the_line(house, plant):
    before = house.ref(RELAYS)
    plant.fail()
    assert house.ref(RELAYS) == before
    assert house.ask(RELAYS, Ping()) == RELAYS


def test_a_request_between_two_lines_is_never_lost(house, plant):
    """Sent while the line fails: each is answered, whoever answers."""
    answers = [Answers() for _ in range(20)]
    blocked = threading.Event()
    house.context.loop.call(lambda: blocked.wait(PATIENCE_S))
    house.tell(LINE, "no message of the line's")
    for each in answers:
        house.tell(LINE, Move("C", OPEN, request(each)))
    blocked.set()
    assert {each.wait().kind for each in answers} == {Kind.REFUSED}
    until(lambda: plant.statuses(LINE) == {Status.RUNNING}, "the line is back")


def test_revisions_go_on_where_the_line_before_had_come_to(plant):
    """Whoever mirrors this line knows the last one; a smaller one would be taken for an older word."""
    for target in (OPEN, CLOSED) * 3:
        plant.ask("A", target).wait()
    before = plant.views()["A"].revision
    plant.chronicle.clear()
    plant.fail()
    news = plant.chronicle.wait_for(News, lambda news: news.topic == "valve.A")
    assert (news.value, news.rev > before) == ("unknown", True)
    until(lambda: plant.states()["A"] is CLOSED, "it was read")
    assert plant.ask("A", OPEN).wait().revision > news.rev
