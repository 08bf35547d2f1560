"""Poll and push between a node connection and a line that are both the test."""

import threading
import time

import pytest

from actors.actuation import OriginLost, Seen
from actors.line_latch import FAR_LATCHED
from actors.messages import News, Source, State
from actors.news import Heard, PublisherLate, PublisherLost, PublisherUp
from actors.remote import AskWord, LocksSeen, NodeUp, OwnersSeen, ServiceSeen, WordHeard
from actors.status_monitor import MonitorSettings, StatusMonitor
from actors.table import Row, ValveSpec

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
PATH, NODE = "status_monitor.Far", "node.Far"
LATER = 1e9  # monotonic seconds


class Rig:
    def __init__(self, house, **settings):
        self.house = house
        self.node, self.line = house.recorder(NODE), house.recorder("extraction_line")
        self.chronicle = house.recorder("chronicle")
        seldom = dict.fromkeys(("owner_freq", "checksum_freq"), 1_000_000)
        wanted = MonitorSettings(**{"update_period_s": 0.02, "state_freq": 1, "lock_freq": 3, **seldom, **settings})
        house.start(StatusMonitor, PATH, NODE, "extraction_line", wanted)

    def asked(self, what="states"):
        return self.node.wait_for(AskWord, lambda ask: ask.what == what)

    def polls(self, *whats):
        return [ask for ask in self.node.all(AskWord) if ask.what in whats]

    def word(self, what="states", error="", asked_at=None, **values):
        asked_at = time.monotonic() if asked_at is None else asked_at
        self.house.tell(PATH, WordHeard(what, values, asked_at, error, 1.0, 10))

    def checksum(self, there, here):
        heard = WordHeard("checksum", {}, time.monotonic(), "", 1.0, 10, there, here)
        self.house.tell(PATH, heard)

    def up(self, boot="far-1"):
        self.house.tell(PATH, NodeUp(NODE, boot))

    def hear(self, topic, value, *, boot="far-1", rev=1, **more):
        self.house.tell(PATH, Heard("far", topic, "Far", boot, rev, 1, 0.0, value, received_at=7.0, **more))


@pytest.fixture
def rig(house):
    return Rig(house)


@pytest.fixture
def slow(house):
    """A monitor whose clock ticks once and then not again."""
    made = Rig(house, update_period_s=60.0)
    made.up()
    made.house.quiet()
    made.node.clear()
    return made


def test_states_and_locks_are_asked_for_at_their_own_pace(rig):
    times = {"states": 0, "locks": 0}
    for _ in range(6):
        ask = rig.node.wait_for(AskWord, lambda ask: ask.what in times)
        times[ask.what] += 1
        assert ask.reply_path == PATH
        rig.word(ask.what)
    assert times["states"] > times["locks"] >= 1


def test_no_poll_waits_behind_another(rig):
    rig.asked("states")
    rig.asked("locks")
    rig.house.after(0.1)  # five ticks, and no answer
    assert rig.polls("states", "locks") == []
    rig.word("states")
    rig.asked("states")


def test_a_tick_that_comes_late_is_not_made_up_for(rig):
    rig.asked()
    held = threading.Event()
    rig.house.context.loop.call(lambda: held.wait(0.1))  # the loop is held: five ticks are missed
    rig.word()
    rig.asked()
    rig.house.quiet()
    assert len(rig.polls("states", "locks")) <= 1


def test_a_word_of_states_is_a_whole_look(slow):
    slow.word(A="1", B="0", C="?")
    seen = slow.line.wait_for(Seen)
    assert (seen.origin, seen.source, seen.complete) == (NODE, Source.POLL, True)
    assert seen.states == {"A": OPEN, "B": CLOSED, "C": UNKNOWN}


def test_a_word_of_locks_is_told_as_locks(slow):
    slow.word("locks", asked_at=LATER, A="1", B="0")
    seen = slow.line.wait_for(LocksSeen)
    assert (seen.locks, seen.asked_at) == ({"A": "locked there", "B": ""}, LATER)


def test_news_of_the_service_are_told(slow):
    slow.hear("service.A", False, extra={"why": "leaks"})
    slow.hear("service.A", True, rev=2)
    assert slow.line.wait_for(ServiceSeen) == ServiceSeen(NODE, "A", "leaks")
    assert slow.line.wait_for(ServiceSeen) == ServiceSeen(NODE, "A", "")


def test_a_word_that_failed_says_nothing_of_the_valves(slow):
    slow.word(error="no answer in 2.0 s")
    slow.house.quiet()
    assert slow.line.all(Seen) == []


def test_a_node_that_fails_two_polls_is_late_until_it_answers_again(slow, logs):
    slow.word(error="no answer")
    slow.house.quiet()
    assert logs.named("node.late") == []
    for _ in range(3):
        slow.word(error="no answer")
    assert logs.wait_for("node.late")["why"] == "no answer"
    slow.house.quiet()
    assert logs.named("node.late") == []
    assert slow.house.detail(PATH).startswith("late: 4 polls failed, ")
    slow.word(A="1")
    assert logs.wait_for("node.answers_again")["after_failed_polls"] == 4
    slow.house.quiet()
    assert slow.house.detail(PATH) == "1 polls, 10 bytes, 1.0 ms"


def test_owners_are_asked_for_and_told(house):
    rig = Rig(house, owner_freq=1)
    rig.asked("owners")
    rig.word("owners", asked_at=LATER, A="jan@acq/1", B="")
    seen = rig.line.wait_for(OwnersSeen)
    assert (seen.owners, seen.asked_at) == ({"A": "jan@acq/1", "B": ""}, LATER)


# --- a poll that is not answered in time -------------------------------------------------------------------------


def test_a_poll_that_is_not_answered_in_time_has_failed_and_is_asked_again(house, logs):
    rig = Rig(house, timeout_s=0.05)
    for _ in range(3):
        rig.asked("states")
    assert logs.wait_for("node.late")["why"] == "no answer in 0.1 s"


def test_what_comes_after_its_time_is_told_for_when_it_was_asked_and_is_no_success(house, logs):
    rig = Rig(house, timeout_s=0.05, lock_freq=1_000_000)
    before = time.monotonic()
    for _ in range(3):
        rig.asked("states")
    rig.word(asked_at=before, A="1")
    assert rig.line.wait_for(Seen).asked_at == before
    house.quiet()
    assert logs.named("node.answers_again") == []
    rig.asked("states")
    rig.word(A="1")
    logs.wait_for("node.answers_again")


# --- the checksum ------------------------------------------------------------------------------------------------


class Summed(Rig):
    """A monitor that asks for the checksum at each tick, and a line that knows two valves of the node."""

    def __init__(self, house, **settings):
        specs = (
            ValveSpec("b", actuator=NODE, kind="switch"),
            ValveSpec("B", actuator=NODE),
            ValveSpec("A", actuator="node.Other"),
        )
        self.table = {spec.name: Row(spec, state=CLOSED, learned=time.monotonic() + 60.0) for spec in specs}
        house.context.facts["table"] = self.table
        super().__init__(house, checksum_freq=1, state_freq=1_000_000, lock_freq=1_000_000, **settings)
        self.up()
        for what in ("states", "locks"):
            self.asked(what)
            self.word(what, B="0", b="0")
        self.node.clear()

    def both_polled(self):
        return self.asked("states"), self.asked("locks")


@pytest.fixture
def summed(house):
    return Summed(house)


def test_a_checksum_is_asked_over_what_the_line_knows_in_the_order_of_the_names(summed):
    summed.table["b"].state, summed.table["B"].locked = OPEN, "jan"
    summed.checksum(1, 1)
    wanted = (("B", "valve", False, True), ("b", "switch", True, False))
    summed.node.wait_for(AskWord, lambda ask: ask.over == wanted)


@pytest.mark.parametrize("what", ["unknown", "moving", "stale"])
def test_no_checksum_is_asked_for_while_a_valve_is_not_known(summed, what):
    row = summed.table["B"]
    row.state, row.moving = (UNKNOWN if what == "unknown" else CLOSED), (OPEN if what == "moving" else None)
    if what == "stale":
        row.learned = 0.0
    summed.checksum(1, 1)  # if it was asked for before
    summed.house.quiet()
    summed.node.clear()
    summed.house.after(0.1)  # five ticks
    assert summed.polls("checksum") == []
    row.state, row.moving, row.learned = CLOSED, None, time.monotonic()
    summed.asked("checksum")


def test_no_checksum_is_asked_for_before_all_was_heard_in_this_life_of_the_node(summed):
    summed.asked("checksum")
    summed.up("far-2")
    summed.node.clear()
    summed.word(B="0", b="0")
    summed.house.after(0.1)
    assert {ask.what for ask in summed.node.all(AskWord)} <= {"states", "locks"}
    summed.word("locks", B="0", b="0")
    summed.asked("checksum")


def test_a_checksum_that_does_not_agree_is_said_once_and_everything_is_read(summed, logs):
    for _ in range(3):
        summed.asked("checksum")
        summed.checksum(there=1, here=2)
        summed.both_polled()
        for what in ("states", "locks"):
            summed.word(what, B="0", b="0")
    summed.house.quiet()
    (told,) = logs.named("status_monitor.checksum_mismatch")
    assert (told["peer"], told["here"], told["there"], told["level"]) == (NODE, 2, 1, "warning")
    summed.asked("checksum")
    summed.checksum(2, 2)
    summed.asked("checksum")
    summed.checksum(1, 2)
    summed.both_polled()
    summed.house.quiet()
    assert len(logs.named("status_monitor.checksum_mismatch")) == 2


def test_a_checksum_says_nothing_where_something_changed_meanwhile(summed, logs):
    summed.asked("checksum")
    summed.table["B"].state = OPEN
    summed.checksum(1, 2)
    summed.asked("checksum")
    assert logs.named("status_monitor.checksum_mismatch") == []


def test_a_node_that_comes_up_is_asked_at_once(slow):
    slow.up("far-2")
    slow.asked("states")
    slow.asked("locks")


def test_an_event_is_passed_on_with_its_revision_and_time(slow):
    slow.hear("valve.A", "open", rev=7)
    seen = slow.line.wait_for(Seen)
    assert seen == Seen(NODE, {"A": OPEN}, Source.EVENT, 7.0, complete=False, revisions={"A": 7})


def test_why_a_valve_is_unknown_is_in_the_words_of_its_own_node(slow):
    slow.hear("valve.A", "unknown", extra={"why": "its move was cut short"})
    assert slow.line.wait_for(Seen).whys == {"A": "its move was cut short"}
    slow.hear("valve.A", "open", rev=2)
    assert slow.line.wait_for(Seen).whys == {}


def test_a_latch_of_the_node_is_known_here_until_it_is_cleared_or_the_node_lives_anew(slow):
    latches = slow.house.context.facts.setdefault(FAR_LATCHED, {})
    slow.hear("safe_state", "called", extra={"by": "eva at noon"})
    slow.hear("safe_state", "reached", rev=2)
    slow.house.quiet()
    assert latches == {"Far": "eva at noon"}
    slow.hear("safe_state", "cleared", rev=3, extra={"by": "eva"})
    slow.house.quiet()
    assert latches == {}
    slow.hear("safe_state", "latched", rev=4, extra={"by": "eva at one"})
    slow.up("far-1")
    slow.house.quiet()
    assert latches == {"Far": "eva at one"}
    slow.up("far-2")
    slow.house.quiet()
    assert latches == {}


def test_an_event_of_what_is_stale_says_how_it_was_then(slow):
    slow.hear("valve.A", "open", rev=7, quality="stale", extra={"age_s": 3.5})
    assert slow.line.wait_for(Seen).asked_at == 3.5


@pytest.mark.parametrize("age_s", [None, "old", -1.0])
def test_an_age_that_is_none_is_passed_over(slow, age_s):
    slow.hear("valve.A", "open", rev=7, quality="stale", extra={"age_s": age_s})
    assert slow.line.wait_for(Seen).asked_at == 7.0


@pytest.mark.parametrize("value", ["ajar", None, 3, ["open"], {"state": "open"}])
def test_an_event_that_says_no_state_makes_the_valve_unknown(slow, value):
    slow.hear("valve.A", value)
    assert slow.line.wait_for(Seen).states == {"A": UNKNOWN}


def test_news_of_another_life_are_passed_over(slow):
    slow.hear("valve.A", "open", boot="far-0")
    slow.hear("lock.A", True, boot="far-0")
    slow.house.quiet()
    assert slow.line.all() == []


@pytest.mark.parametrize(
    ("value", "extra", "who"),
    [(True, {"who": "jan"}, "jan"), (True, {}, "locked there"), (False, {"who": "jan"}, "")],
)
def test_a_lock_is_passed_on_with_its_owner(slow, value, extra, who):
    slow.hear("lock.A", value, extra=extra)
    assert slow.line.wait_for(LocksSeen) == LocksSeen(NODE, {"A": who})


@pytest.mark.parametrize(("value", "owner"), [("eva@acq/1", "eva@acq/1"), ("", ""), (None, "")])
def test_an_owner_is_passed_on(slow, value, owner):
    slow.hear("owner.A", value)
    assert slow.line.wait_for(OwnersSeen) == OwnersSeen(NODE, {"A": owner})


@pytest.mark.parametrize(
    ("in_service", "extra", "why"),
    [(False, {"why": "it leaks"}, "it leaks"), (False, {}, "its node says so"), (True, {"why": ""}, "")],
)
def test_what_is_taken_out_of_service_is_passed_on(slow, in_service, extra, why):
    slow.hear("service.A", in_service, extra=extra)
    assert slow.line.wait_for(ServiceSeen) == ServiceSeen(NODE, "A", why)


def test_a_furnace_is_passed_on_as_news_of_that_node(slow):
    slow.hear("furnace.Furnace", 812.5, rev=4, units="C", extra={"setpoint": 800})
    extra = {"setpoint": 800, "origin": "Far", "origin_rev": 4}
    assert slow.chronicle.wait_for(News) == News("furnace.Furnace", 812.5, units="C", extra=extra)


def test_other_topics_stay_where_they_are(slow):
    slow.hear("heartbeat.Far", 1)
    slow.hear("node.Other", "up")
    slow.house.quiet()
    assert (slow.line.all(), slow.chronicle.all()) == ([], [])


def test_a_publisher_that_comes_and_goes_is_a_log_line(slow, logs):
    for word in (PublisherUp("far", "far-1"), PublisherLate("far", 3.14), PublisherLost("far", 12.0)):
        slow.house.tell(PATH, word)
    assert logs.wait_for("news.lost")["silent_s"] == 12.0
    assert [logs.named(f"news.{what}")[0]["peer"] for what in ("up", "late")] == [NODE, NODE]


def test_a_node_without_valves_is_not_polled(house):
    rig = Rig(house, words=False)
    rig.up()
    house.quiet()
    assert rig.node.all(AskWord) == []
    assert house.detail(PATH) == "passes news on"


def test_what_a_lost_node_said_last_is_not_believed_before_it_is_up_again(slow):
    slow.up()
    slow.house.tell(PATH, OriginLost(NODE, "connection refused"))
    slow.hear("valve.A", "open", rev=9)
    slow.house.quiet()
    assert [seen for seen in slow.line.all(Seen) if seen.source is Source.EVENT] == []
