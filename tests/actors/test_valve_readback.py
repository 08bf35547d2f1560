"""Where a valve's state is read from: its relay, another channel, another device, nowhere; and a look by command."""

import pytest

from actors import valve as valve_module
from actors.actuation import Actuate, LookAt, OriginLost, Seen, Switched
from actors.actuator import Actuator, ActuatorSetup
from actors.fence import Fence
from actors.intents import IntentLog
from actors.messages import Kind, Move, Outcome, Ping, Reason, Source, State, Tick
from actors.polarity import of_device
from actors.table import ValveSpec
from actors.valve import Valve
from tests.actors.fakes import FakeDriver, FakeLink
from tests.actors.house import RELAYS, Answers, request

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
SENSORS = "actuator.sensors"
PATH = "extraction_line/valve.A"


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(valve_module, "SECOND_LOOK_S", 0.01)


class Rig:
    """A valve, the device that moves it, and one that reads; the line is the test."""

    def __init__(self, house, *, readback=True, **spec):
        self.house = house
        self.line = house.recorder("extraction_line")
        self.intents = IntentLog()
        self.spec = ValveSpec("A", "101", RELAYS, **spec)
        self.relays = FakeDriver(["101", "201"], has_readback=readback)
        self.sensors = FakeDriver(["7"])
        self.orders = 0
        self.link = FakeLink(self.relays)
        for path, driver, link in ((RELAYS, self.relays, self.link), (SENSORS, self.sensors, None)):
            setup = ActuatorSetup(of_device([self.spec], path), opens_when_closed=True, poll_s=0.0)
            house.start(Actuator, path, driver, link, setup, Fence())
        house.start(Valve, PATH, self.spec, "extraction_line", self.intents)
        self.first = {path: self._seen_by(path) for path in (RELAYS, SENSORS)}

    def move(self, target=OPEN, **more):
        self.orders += 1
        self.house.tell(PATH, Actuate(Move("A", target, request()), 0, self.orders, **more))
        return self.line.wait_for(Switched)

    def look(self, path):
        self.house.tell(path, Tick("now"))
        return self._seen_by(path)

    def _seen_by(self, path):
        """Return what a device told of itself: another one may say in its name that nothing is known."""
        return self.line.wait_for(Seen, lambda seen: seen.origin == path and seen.knowing is not None)

    def look_at(self):
        answers = Answers()
        self.house.tell(PATH, LookAt("A", request(answers)))
        return answers.wait()


# --- another channel --------------------------------------------------------------------------------------------


def test_another_channel_tells_how_a_move_ended(house):
    rig = Rig(house, state_address="201")
    rig.relays.relays["201"] = True
    end = rig.move()
    assert (end.kind, end.state, end.source) == (Kind.MOVED, OPEN, Source.READBACK)
    assert rig.relays.writes == [("101", True)]


def test_a_relay_that_moved_is_not_enough_where_another_channel_tells(house):
    rig = Rig(house, state_address="201")
    end = rig.move()
    assert rig.relays.relays["101"]
    assert (end.kind, end.state, end.reason) == (Kind.UNKNOWN, CLOSED, Reason.FAILED)


def test_polls_tell_what_the_other_channel_reads(house):
    rig = Rig(house, state_address="201", state_inverted=True)
    assert rig.first[RELAYS].states == {"A": OPEN}
    rig.relays.relays["201"] = True
    assert rig.look(RELAYS).states == {"A": CLOSED}


# --- another device ---------------------------------------------------------------------------------------------


def test_another_device_tells_how_a_move_ended(house):
    rig = Rig(house, state_actuator=SENSORS, state_address="7")
    rig.sensors.relays["7"] = True
    end = rig.move()
    assert (end.kind, end.state, end.source) == (Kind.MOVED, OPEN, Source.READBACK)
    assert rig.relays.writes == [("101", True)]


def test_the_device_that_reads_tells_of_the_valve_and_the_one_that_moves_it_does_not(house):
    rig = Rig(house, state_actuator=SENSORS, state_address="7")
    assert (rig.first[RELAYS].states, rig.first[SENSORS].states) == ({}, {"A": CLOSED})
    assert not rig.first[RELAYS].complete
    assert rig.first[RELAYS].knowing


def test_what_the_reading_device_denies_is_a_failure(house):
    rig = Rig(house, state_actuator=SENSORS, state_address="7")
    end = rig.move()
    assert (end.kind, end.state, end.reason) == (Kind.UNKNOWN, CLOSED, Reason.FAILED)


def test_silence_of_the_reading_device_leaves_the_valve_unknown(house):
    rig = Rig(house, state_actuator=SENSORS, state_address="7")
    rig.sensors.mute.set()
    end = rig.move()
    assert (end.kind, end.state, end.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)


def test_a_reading_device_that_is_not_running_leaves_the_valve_unknown(house):
    rig = Rig(house, state_actuator=SENSORS, state_address="7", check_delay_s=0.01)
    house.stop(SENSORS)
    end = rig.move()
    assert (end.kind, end.text) == (
        Kind.UNKNOWN,
        "A: actuator.sensors stopped before the valve was read back",
    )


def test_a_box_without_readback_is_read_by_the_other_device(house):
    rig = Rig(house, readback=False, state_actuator=SENSORS, state_address="7")
    rig.sensors.relays["7"] = True
    assert rig.move().source is Source.READBACK


# --- nowhere ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, {"state_actuator": SENSORS, "state_address": "7"}])
def test_a_valve_that_is_never_read_is_assumed_and_polls_say_nothing_of_it(house, more):
    rig = Rig(house, query_state=False, check_delay_s=0.01, **more)
    end = rig.move()
    assert (end.kind, end.state, end.source) == (Kind.MOVED, OPEN, Source.ASSUMED)
    seen = rig.look(RELAYS)
    assert (seen.states, seen.complete) == ({}, False)
    assert "read" not in list(rig.relays.entered.queue)


def test_a_box_without_readback_is_assumed_also_after_a_check_delay(house):
    rig = Rig(house, readback=False, check_delay_s=0.01)
    end = rig.move()
    assert (end.kind, end.state, end.source) == (Kind.MOVED, OPEN, Source.ASSUMED)


def test_what_was_only_assumed_is_unknown_once_the_link_is_a_new_one(house):
    """The device may have been off in between, and nothing can tell."""
    rig = Rig(house, query_state=False)
    rig.move()
    rig.link.up = False
    before = rig.first[RELAYS].knowing
    seen = rig.look(RELAYS)
    assert (seen.states, seen.complete) == ({"A": UNKNOWN}, False)
    assert seen.knowing != before


@pytest.mark.parametrize("readback", [True, False])
def test_what_another_device_reads_is_unknown_until_it_has_looked_once_the_link_is_a_new_one(house, readback):
    """The box that moves it may have been off in between: its relays fell, and the valve with them."""
    rig = Rig(house, readback=readback, state_actuator=SENSORS, state_address="7")
    rig.sensors.relays["7"] = True
    rig.move()
    house.ask(SENSORS, Ping())
    rig.line.clear()
    before = rig.look(RELAYS).knowing
    rig.line.clear()
    rig.link.up = False
    rig.link.opened += not readback  # nothing but a move opens it there
    end = rig.move(CLOSED, knowing=before)
    assert (end.kind, end.stale) == (Kind.REFUSED, True)
    told = rig.line.wait_for(Seen, lambda seen: seen.origin == SENSORS)
    assert (told.states, told.complete, told.knowing) == ({"A": UNKNOWN}, False, None)
    assert rig.line.wait_for(Seen, lambda seen: seen.origin == SENSORS).states == {"A": OPEN}


def test_a_new_link_of_the_device_that_moves_a_valve_says_nothing_of_it_in_its_own_name(house):
    rig = Rig(house, state_actuator=SENSORS, state_address="7")
    rig.sensors.relays["7"] = True
    rig.move()
    rig.link.up = False
    assert rig.look(RELAYS).states == {}


# --- a look by command ------------------------------------------------------------------------------------------


def test_a_look_by_command_is_answered_with_what_was_read_and_the_line_hears_of_it(house):
    rig = Rig(house)
    rig.relays.relays["101"] = True
    outcome = rig.look_at()
    assert (outcome.verb, outcome.subject, outcome.kind) == ("look", "A", Kind.DONE)
    assert (outcome.state, outcome.source) == (OPEN, Source.READBACK)
    seen = rig.line.wait_for(Seen)
    assert (seen.origin, seen.states, seen.complete) == (RELAYS, {"A": OPEN}, False)
    assert seen.knowing != rig.first[RELAYS].knowing, "what was permitted while it was told closed is decided anew"


def test_a_look_that_finds_what_was_told_changes_no_number(house):
    rig = Rig(house)
    rig.look_at()
    assert rig.line.wait_for(Seen).knowing == rig.first[RELAYS].knowing


def test_a_look_by_command_goes_to_the_device_that_reads(house):
    rig = Rig(house, state_actuator=SENSORS, state_address="7")
    rig.sensors.relays["7"] = True
    assert rig.look_at().state is OPEN
    assert rig.line.wait_for(Seen).origin == SENSORS


def test_a_look_into_silence_is_unknown_with_the_reason_and_the_line_is_told_nothing(house):
    rig = Rig(house)
    rig.relays.mute.set()
    outcome = rig.look_at()
    assert (outcome.kind, outcome.state, outcome.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)
    assert outcome.text == "A: relays: silence"
    house.quiet()
    assert rig.line.all(Seen) == []


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"query_state": False}, "A: nothing reads it: its site says not to (query_state)"),
        ({"kind": "manual_valve"}, "A: nothing reads it: a person turns it"),
        ({"readback": False}, "A: actuator.relays cannot read it"),
    ],
)
def test_what_is_never_read_says_so(house, spec, text):
    outcome = Rig(house, **spec).look_at()
    assert (outcome.kind, outcome.reason, outcome.text) == (Kind.UNKNOWN, Reason.NO_ANSWER, text)


def test_an_actuator_that_is_not_running_cannot_look(house):
    rig = Rig(house)
    house.stop(RELAYS)
    outcome = rig.look_at()
    assert (outcome.kind, outcome.text) == (Kind.UNKNOWN, "A: actuator.relays is not running")


def test_an_actuator_that_fails_while_it_looks_answers_all_the_same(house):
    rig = Rig(house)
    rig.relays.broken.set()
    assert rig.look_at().kind is Kind.UNKNOWN
    assert house.failures.get(timeout=5).path == RELAYS


def test_a_look_does_not_end_a_move(house):
    rig = Rig(house, settling_time_s=60.0)
    house.tell(PATH, Actuate(Move("A", OPEN, request()), 0, 1))
    assert rig.look_at().kind is Kind.DONE
    house.quiet()
    assert rig.line.all(Switched) == []


@pytest.mark.parametrize(
    ("answered", "kind", "state", "text"),
    [
        (Outcome("", "", Kind.DONE, text="True"), Kind.DONE, OPEN, ""),
        (Outcome("", "", Kind.DONE, text="False"), Kind.DONE, CLOSED, ""),
        (Outcome("", "", Kind.DONE, text="maybe"), Kind.UNKNOWN, UNKNOWN, "A: the node answered 'maybe' to a look"),
        (Outcome("", "", Kind.UNKNOWN, reason=Reason.NO_ANSWER, text="silence"), Kind.UNKNOWN, UNKNOWN, "silence"),
        (Outcome("", "", Kind.REFUSED, reason=Reason.NOT_CONNECTED, text="down"), Kind.UNKNOWN, UNKNOWN, "down"),
    ],
)
def test_a_valve_of_another_node_is_looked_at_there(house, answered, kind, state, text):
    house.recorder("node.far", lambda query: query.request.reply_to.answer(answered))
    house.recorder("extraction_line")
    spec = ValveSpec("A", actuator="node.far", remote=True)
    house.start(Valve, PATH, spec, "extraction_line", IntentLog())
    answers = Answers()
    house.tell(PATH, LookAt("A", request(answers)))
    outcome = answers.wait()
    assert (outcome.verb, outcome.kind, outcome.state, outcome.text) == ("look", kind, state, text)


# --- what was only assumed -----------------------------------------------------------------------------------


def test_a_second_move_is_written_whatever_the_reading_device_says(house):
    """Two devices: what the one that moves it was told is not compared with what the other one reads."""
    rig = Rig(house, state_actuator=SENSORS, state_address="7")
    before = rig.look(RELAYS).knowing
    rig.move()
    assert rig.look(RELAYS).knowing == before
    house.quiet()
    assert rig.line.all(OriginLost) == []
