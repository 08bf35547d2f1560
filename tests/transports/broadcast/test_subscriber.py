"""A subscriber keeps up with its publisher, whatever is lost on the way."""

import queue
import random

import pytest
from structlog.testing import capture_logs

from actors.messages import News, Ping
from actors.news import PublisherLate, PublisherLost, PublisherUp, Retarget
from tests.transports.broadcast.conftest import Target
from transports.broadcast.notifier import NotifierSettings

PATIENCE_S = 10.0


def connected(node, publisher, **settings):
    """Return a subscriber that has its first snapshot of a publisher with A at revision 1."""
    publisher.publish("valve.A", 1, "closed", lost=True)
    ref = node.subscriber(publisher.port, publisher.reply_port, **settings)
    publisher.await_subscriber()
    assert node.next(PublisherUp) == PublisherUp("far", "boot-1")
    assert node.hear(1) == [("valve.A", 1, "closed")]
    assert publisher.asked.get(timeout=PATIENCE_S)["op"] == "snapshot"
    return ref


def test_late_joiner_gets_the_picture_and_then_the_stream(node, new_node) -> None:
    notifier = node.notifier()
    notifier.tell((News("valve.A", "open"), News("valve.A", "closed"), News("valve.B", "open")))
    notifier.ask(Ping(), timeout=PATIENCE_S)
    listener = new_node("lab")
    listener.subscriber(node.context.facts["notify_port"], node.context.facts["reply_port"])
    assert listener.next(PublisherUp) == PublisherUp("far", "boot-1")
    assert listener.hear(2) == [("valve.A", 2, "closed"), ("valve.B", 1, "open")]
    notifier.tell(News("valve.B", "closed", trace="t7", source="readback", units="u", extra={"owner": "x"}))
    heard = listener.next()
    assert (heard.publisher, heard.node, heard.boot, heard.topic) == ("far", "pyValve", "boot-1", "valve.B")
    assert (heard.rev, heard.value, heard.trace, heard.source) == (2, "closed", "t7", "readback")
    assert (heard.units, heard.extra) == ("u", {"owner": "x"})
    assert listener.detail("subscriber").endswith("up; gaps 0, repairs 0, losses 0, bad 0")


def test_only_whole_topics_are_told(node, publisher) -> None:
    publisher.publish("valve.A", 1, "closed")
    node.subscriber(publisher.port, publisher.reply_port, topics=("pychron.valve.A",))
    publisher.await_subscriber()
    assert node.hear(1) == [("valve.A", 1, "closed")]
    publisher.publish("valve.A1", 1, "open")
    publisher.publish("valve.A", 2, "open")
    assert node.hear(1) == [("valve.A", 2, "open")]


def test_a_lost_event_is_repaired_by_replay_in_order(node, publisher) -> None:
    connected(node, publisher)
    publisher.publish("valve.A", 2, "open", lost=True)
    publisher.publish("valve.A", 3, "closed")
    assert node.hear(2) == [("valve.A", 2, "open"), ("valve.A", 3, "closed")]
    asked = publisher.asked.get(timeout=PATIENCE_S)
    assert asked == {"op": "replay", "topic": "pychron.valve.A", "from_rev": 2}
    assert node.detail("subscriber").endswith("gaps 1, repairs 1, losses 0, bad 0")


def test_what_is_no_longer_held_is_counted_as_lost(node, publisher) -> None:
    connected(node, publisher)
    publisher.publish("valve.A", 2, "open", lost=True, kept=False)
    publisher.publish("valve.A", 3, "closed", lost=True)
    publisher.publish("valve.A", 4, "open")
    assert node.hear(2) == [("valve.A", 3, "closed"), ("valve.A", 4, "open")]
    assert node.detail("subscriber").endswith("gaps 1, repairs 1, losses 1, bad 0")


def test_a_replay_that_is_never_answered_holds_nothing_up(node, publisher) -> None:
    with capture_logs():
        connected(node, publisher, request_timeout_s=0.2)
        publisher.mute = True
        publisher.publish("valve.A", 2, "open", lost=True)
        publisher.publish("valve.A", 3, "closed")
        assert node.hear(1) == [("valve.A", 3, "closed")]
        publisher.publish("valve.A", 4, "open")
        assert node.hear(1) == [("valve.A", 4, "open")]
    assert node.detail("subscriber").endswith("gaps 1, repairs 0, losses 1, bad 0")


def test_many_gaps_at_once_are_filled_by_one_snapshot(node, publisher) -> None:
    connected(node, publisher)
    names = [f"valve.B{number}" for number in range(30)]
    for name in names:
        publisher.publish(name, 1)
    node.hear(len(names))
    for name in names:
        publisher.publish(name, 2, lost=True)
    for name in names:
        publisher.publish(name, 3)
    told = node.hear(len(names))
    while {(name, 3, None) for name in names} - set(told):
        told += node.hear(1)
    asked = [publisher.asked.get(timeout=PATIENCE_S)["op"] for _ in range(publisher.asked.qsize())]
    assert len(asked) <= 10
    assert "30" in node.detail("subscriber").split("gaps ")[1].split(",")[0]


def test_a_lost_last_event_is_found_by_the_heartbeat(node, publisher) -> None:
    connected(node, publisher)
    publisher.publish("valve.A", 2, "open", lost=True)
    publisher.beat()
    assert node.hear(1) == [("valve.A", 2, "open")]
    assert publisher.asked.get(timeout=PATIENCE_S) == {"op": "snapshot"}
    assert node.detail("subscriber").endswith("gaps 1, repairs 1, losses 0, bad 0")


def test_a_heartbeat_that_agrees_asks_for_nothing(node, publisher) -> None:
    connected(node, publisher)
    publisher.publish("valve.A", 2, "open")
    publisher.beat()
    publisher.publish("valve.A", 3, "closed")
    assert node.hear(2) == [("valve.A", 2, "open"), ("valve.A", 3, "closed")]
    assert publisher.asked.empty()


def test_a_repeated_or_older_event_is_passed_over(node, publisher) -> None:
    connected(node, publisher)
    for rev, value in ((2, "open"), (2, "open"), (1, "closed"), (3, "closed")):
        publisher.publish("valve.A", rev, value)
    assert node.hear(2) == [("valve.A", 2, "open"), ("valve.A", 3, "closed")]


def test_a_publisher_that_is_killed_and_comes_back_is_a_new_picture(new_node) -> None:
    first = new_node(boot="boot-1")
    notifier = first.notifier()
    notifier.tell((News("valve.A", "open", rev=40), News("valve.B", "open", rev=3)))
    notifier.ask(Ping(), timeout=PATIENCE_S)
    ports = {key: first.context.facts[key] for key in ("notify_port", "reply_port")}
    listener = new_node("lab")
    listener.subscriber(ports["notify_port"], ports["reply_port"])
    assert listener.next(PublisherUp).boot == "boot-1"
    listener.hear(2)
    notifier.stop(timeout=PATIENCE_S)
    second = new_node(boot="boot-2", facts=dict(ports))
    again = second.notifier(NotifierSettings(heartbeat_s=0.1))
    again.tell(News("valve.A", "closed", rev=1))
    assert second.context.facts["notify_port"] == ports["notify_port"]
    assert listener.next(PublisherUp) == PublisherUp("far", "boot-2")
    assert listener.hear(1) == [("valve.A", 1, "closed")]


def test_what_was_missed_while_cut_off_is_brought_by_the_snapshot_at_reconnect(new_node) -> None:
    there = new_node()
    notifier = there.notifier()
    notifier.tell(News("valve.A", "open"))
    notifier.ask(Ping(), timeout=PATIENCE_S)
    facts = there.context.facts
    listener = new_node("lab")
    listener.subscriber(facts["notify_port"], facts["reply_port"])
    listener.hear(1)
    notifier.stop(timeout=PATIENCE_S)  # and its node lives on: the same boot
    again = there.notifier()
    again.tell(News("valve.A", "closed"))
    assert listener.hear(1) == [("valve.A", 2, "closed")]


def test_silence_is_told_once_as_late_and_once_as_lost_and_then_the_return(node, publisher) -> None:
    with capture_logs():
        connected(node, publisher, late_s=0.3, lost_s=0.6)
        late, lost = node.told.get(timeout=PATIENCE_S), node.told.get(timeout=PATIENCE_S)
    assert isinstance(late, PublisherLate)
    assert isinstance(lost, PublisherLost)
    assert (late.name, lost.name) == ("far", "far")
    assert 0.3 <= late.silent_s < lost.silent_s
    publisher.beat()
    assert node.told.get(timeout=PATIENCE_S) == PublisherUp("far", "boot-1")
    assert node.hear(1) == [("valve.A", 1, "closed")]  # told again, so that it can be trusted again


def test_a_publisher_that_was_never_there_is_lost_too(node, closed_port) -> None:
    with capture_logs() as logs:
        node.subscriber(closed_port, 0, late_s=0.1, lost_s=0.2)
        assert isinstance(node.told.get(timeout=PATIENCE_S), PublisherLate)
        assert isinstance(node.told.get(timeout=PATIENCE_S), PublisherLost)
    warnings = [log["event"] for log in logs if log["log_level"] == "warning"]
    assert warnings == ["publisher.late", "publisher.lost"]


def test_garbage_on_the_stream_is_counted_and_survived(node, publisher) -> None:
    chance = random.Random(3)  # noqa: S311
    connected(node, publisher)
    with capture_logs() as logs:
        for _ in range(50):
            publisher.send_raw(b"pychron." + chance.randbytes(5), chance.randbytes(chance.randrange(50)))
            publisher.send_raw(b"pychron.valve.A")
        publisher.publish("valve.A", 2, "open")
        assert node.hear(1) == [("valve.A", 2, "open")]
    assert node.detail("subscriber").endswith("gaps 0, repairs 0, losses 0, bad 100")
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == ["subscriber.not_an_event"]


def test_a_snapshot_that_is_not_answered_is_asked_for_again(node, publisher) -> None:
    publisher.mute = True
    publisher.publish("valve.A", 1, "closed", lost=True)
    with capture_logs() as logs:
        node.subscriber(publisher.port, publisher.reply_port, request_timeout_s=0.1)
        publisher.await_subscriber()
        for _ in range(2):
            publisher.asked.get(timeout=PATIENCE_S)
        publisher.publish("valve.B", 1, "open")
        assert node.hear(1) == [("valve.B", 1, "open")]
        publisher.mute = False
        assert node.hear(1) == [("valve.A", 1, "closed")]
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == ["subscriber.no_answer"]


def test_a_publisher_that_moved_is_followed(node, new_publisher) -> None:
    old, new = new_publisher(), new_publisher(boot="boot-2")
    ref = connected(node, old)
    new.publish("valve.A", 1, "open", lost=True)
    ref.tell(Retarget("127.0.0.1", new.port, new.reply_port))
    assert node.next(PublisherUp) == PublisherUp("far", "boot-2")
    assert node.hear(1) == [("valve.A", 1, "open")]
    ref.tell(Retarget("127.0.0.1", old.port, old.reply_port))
    assert node.next(PublisherUp) == PublisherUp("far", "boot-1")
    assert node.hear(1) == [("valve.A", 1, "closed")]


def test_an_address_may_become_known_later(node, publisher) -> None:
    publisher.publish("valve.A", 1, "closed")
    ref = node.subscriber(0, 0)
    ref.tell(Retarget("127.0.0.1", publisher.port, publisher.reply_port))
    assert node.hear(1) == [("valve.A", 1, "closed")]


def nothing_told(node) -> None:
    with pytest.raises(queue.Empty):
        node.told.get(timeout=0.5)


def test_whoever_publishes_nothing_is_not_late(node, publisher) -> None:
    with capture_logs() as logs:
        ref = node.subscriber(0, 0, late_s=0.1, lost_s=0.2)
        nothing_told(node)
        assert node.detail("subscriber") == "nowhere to listen"
        ref.tell(Retarget("127.0.0.1", publisher.port, publisher.reply_port))
        publisher.await_subscriber()
        publisher.beat()
        assert node.next(PublisherUp) == PublisherUp("far", "boot-1")
        ref.tell(Retarget("127.0.0.1", 0))
        nothing_told(node)
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == []


def test_a_restarted_target_is_told_everything_again(node, publisher) -> None:
    connected(node, publisher)
    node.context.directory.get("target").ref.stop(timeout=PATIENCE_S)
    node.start(Target.start, "target", node.told)
    assert node.next(PublisherUp) == PublisherUp("far", "boot-1")
    assert node.hear(1) == [("valve.A", 1, "closed")]


def test_an_answer_of_another_publisher_is_not_taken_for_this_ones(node, publisher, new_publisher) -> None:
    """A port that is not its own: whoever answers there must not end what the stream tells, nor speak for it."""
    other = new_publisher(node="other", boot="boot-9")
    other.publish("valve.A", 5, "open")
    node.subscriber(publisher.port, other.reply_port, request_timeout_s=0.1)
    publisher.await_subscriber()
    publisher.publish("valve.A", 1, "closed")
    publisher.beat()
    while node.next().node != "far":
        pass
    publisher.publish("valve.A", 2, "open")
    heard = node.next()
    assert (heard.node, heard.rev, heard.value) == ("far", 2, "open")
    publisher.publish("valve.A", 3, "closed")
    assert node.next().node == "far"


def test_what_the_stream_tells_counts_though_its_connection_is_heard_of_later(node, new_publisher, closed_port) -> None:
    other = new_publisher(node="other", boot="boot-9")
    other.publish("valve.A", 5, "open")
    node.subscriber(closed_port, other.reply_port)
    hold = node.hold()
    publisher = new_publisher(port=closed_port)
    publisher.await_subscriber()
    publisher.publish("valve.A", 1, "closed")
    publisher.beat()
    hold.over.set()
    assert other.asked.get(timeout=PATIENCE_S) == {"op": "snapshot"}
    publisher.publish("valve.A", 2, "open")
    assert [(heard.node, heard.rev) for heard in (node.next(), node.next())] == [("far", 1), ("far", 2)]
