"""What changes here is told to plain zmq clients, and every question is answered."""

import queue
import random
import socket as sockets
import time

import msgpack
import pytest
import zmq
from structlog.testing import capture_logs

from actors.messages import News, Ping
from actors.news import TextNews
from actors.views import Follow, Unfollow
from transports.broadcast.events import decode, digest, pack, unpack
from transports.broadcast.notifier import Notifier, NotifierSettings
from transports.broadcast.sockets import PortTaken

PATIENCE_S = 10.0
GARBAGE_SEED, GARBAGE_COUNT = 7, 100


def news(subject: str, value: object = "open", **more):
    return News(f"valve.{subject}", value, **more)


def receive(socket, topic: str):
    """Return the next event of this topic."""
    while True:
        frames = socket.recv_multipart()
        if frames[0].decode() == topic:
            return decode(frames)


def test_news_is_sent_with_who_when_and_which_revision(node, plain) -> None:
    notifier = node.notifier()
    client = plain(zmq.SUB, node.context.facts["notify_port"], b"pychron.")
    receive(client, "pychron.heartbeat.pyValve")  # subscribed by now
    notifier.tell(news("A", trace="t1", source="readback", extra={"owner": "lab", "origin": "x", "origin_rev": 4}))
    notifier.tell((news("A", "closed"), news("B", 1.5, rev=9, units="mbar", quality="stale")))
    first, second = receive(client, "pychron.valve.A"), receive(client, "pychron.valve.A")
    third = receive(client, "pychron.valve.B")
    assert (first.node, first.boot, first.rev, first.value) == ("pyValve", "boot-1", 1, "open")
    assert (first.trace, first.source, first.origin, first.origin_rev) == ("t1", "readback", "x", 4)
    assert first.extra == {"owner": "lab"}
    assert (second.rev, second.value) == (2, "closed")
    assert (third.rev, third.units, third.quality) == (9, "mbar", "stale")
    assert first.seq < second.seq < third.seq
    assert first.ts <= second.ts <= third.ts


def test_late_joiner_gets_the_last_value_of_each_topic(node, plain) -> None:
    notifier = node.notifier()
    notifier.tell((news("A", "open"), news("A", "closed"), news("B", "open")))
    notifier.ask(Ping(), timeout=PATIENCE_S)
    client = plain(zmq.SUB, node.context.facts["notify_port"], b"pychron.valve.")
    got = [decode(client.recv_multipart()) for _ in range(2)]
    assert [(event.topic, event.rev, event.value) for event in got] == [
        ("pychron.valve.A", 2, "closed"),
        ("pychron.valve.B", 1, "open"),
    ]


def test_an_older_revision_is_sent_as_a_newer_one_with_a_warning(node, plain) -> None:
    with capture_logs() as logs:
        notifier = node.notifier()
        notifier.tell((news("A", "open", rev=5), news("A", "closed", rev=5)))
        notifier.ask(Ping(), timeout=PATIENCE_S)
    client = plain(zmq.SUB, node.context.facts["notify_port"], b"pychron.valve.")
    assert receive(client, "pychron.valve.A").rev == 6
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == ["news.revision_not_newer"]


def test_heartbeat_carries_the_digest_of_each_family(node, plain) -> None:
    notifier = node.notifier()
    notifier.tell((news("A"), news("B"), News("lock.A", True)))
    notifier.ask(Ping(), timeout=PATIENCE_S)
    client = plain(zmq.SUB, node.context.facts["notify_port"], b"pychron.heartbeat.")
    beats = [decode(client.recv_multipart()) for _ in range(2)]
    assert beats[0].value == digest({"pychron.valve.A": 1, "pychron.valve.B": 1, "pychron.lock.A": 1})
    assert beats[1].rev == beats[0].rev + 1


def test_what_cannot_be_packed_is_not_sent_and_said_so(node) -> None:
    with capture_logs() as logs:
        notifier = node.notifier()
        notifier.tell((news("A", object()), news("A", "x" * (1 << 20)), news("A", "\ud800")))
        notifier.ask(Ping(), timeout=PATIENCE_S)
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["news.not_sent"] * 3
    assert "3 not sent" in node.detail("notifier")


def test_what_is_not_sent_leaves_no_gap_and_takes_nobody_along(node, plain) -> None:
    notifier = node.notifier()
    client = plain(zmq.SUB, node.context.facts["notify_port"], b"pychron.")
    before = receive(client, "pychron.heartbeat.pyValve")  # subscribed by now
    notifier.tell((news("A"), news("A", object()), news("half a \ud83d"), news("A", "closed")))
    told = [before]
    while len([event for event in told if event.topic == "pychron.valve.A"]) < 2:
        told.append(decode(client.recv_multipart()))
    assert [(event.rev, event.value) for event in told if event.topic == "pychron.valve.A"] == [
        (1, "open"),
        (2, "closed"),
    ]
    assert [event.seq for event in told] == list(range(before.seq, before.seq + len(told)))
    assert "2 not sent" in node.detail("notifier")


def test_a_revision_of_an_origin_that_is_not_told_is_left_out(node, plain) -> None:
    notifier = node.notifier()
    notifier.tell(news("A", extra={"origin_rev": 4}))
    client = plain(zmq.SUB, node.context.facts["notify_port"], b"pychron.valve.")
    _, payload = client.recv_multipart()  # of a late joiner: the last
    assert "origin_rev" not in unpack(payload)


def test_pychrons_subscribers_get_their_text_lines(node, plain) -> None:
    notifier = node.notifier()
    client = plain(zmq.SUB, node.context.facts["notify_port"], b"RunAdded", b"pychron.heartbeat")
    receive(client, "pychron.heartbeat.pyValve")
    notifier.tell(TextNews("RunAdded", "uuid-91"))
    while len(frames := client.recv_multipart()) != 1:
        continue
    assert frames == [b"RunAdded uuid-91"]


def test_followers_get_every_event_and_one_that_raises_is_dropped(node) -> None:
    seen: queue.Queue = queue.Queue()

    def broken(topic: str, fields: dict) -> None:
        raise OSError(topic, fields)

    def sink(topic: str, fields: dict) -> None:
        seen.put((topic, fields["rev"], fields["value"]))

    notifier = node.notifier()
    with capture_logs() as logs:
        notifier.tell(Follow(broken))
        notifier.tell(Follow(sink))
        notifier.tell((news("A"), news("B")))
        assert seen.get(timeout=PATIENCE_S) == ("pychron.valve.A", 1, "open")
        assert seen.get(timeout=PATIENCE_S) == ("pychron.valve.B", 1, "open")
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["notifier.sink_dropped"]
    notifier.tell(Unfollow(sink))
    notifier.tell(news("A"))
    notifier.ask(Ping(), timeout=PATIENCE_S)
    assert seen.empty()


def test_garbage_on_rep_is_always_answered(node, plain) -> None:
    node.notifier()
    client, chance = plain(zmq.REQ, node.context.facts["reply_port"]), random.Random(GARBAGE_SEED)  # noqa: S311
    for _ in range(GARBAGE_COUNT):
        client.send(chance.randbytes(chance.randrange(200)))
        assert client.recv()
    client.send_multipart([b"ping", b"ping"])
    assert client.recv().startswith(b"error: ")
    client.send(b"ping")
    assert client.recv() == b"echo"


def test_questions_that_take_their_time_let_others_on_the_loop_have_their_turn(node, plain) -> None:
    """Commands are carried out on the same thread."""
    asked: list[float] = []
    others: queue.Queue[int] = queue.Queue()
    loop = node.context.loops["news"]

    def slowly() -> dict[str, str]:
        asked.append(time.monotonic())
        if len(asked) == 1:
            loop.call(lambda: others.put(len(asked)))
        while time.monotonic() < asked[-1] + 0.002:
            pass
        return {}

    node.notifier(answers={"tree": slowly})
    requester = plain(zmq.DEALER, node.context.facts["reply_port"])
    requester.send_multipart([b"", pack({"op": "health"})])
    requester.recv_multipart()
    hold = node.hold()
    for _ in range(30):
        requester.send_multipart([b"", pack({"op": "tree"})])
    assert not requester.poll(50)  # they come meanwhile
    hold.over.set()
    for _ in range(30):
        requester.recv_multipart()
    assert others.get(timeout=PATIENCE_S) < 10


def test_an_answer_that_fails_is_still_an_answer(node, plain) -> None:
    with capture_logs():
        node.notifier(answers={"tree": lambda: 1 // 0, "health": object})
        client = plain(zmq.REQ, node.context.facts["reply_port"])
        for op in ("tree", "health"):
            client.send(msgpack.packb({"op": op}))
            assert client.recv().startswith(b"error: ")
        client.send(b"ping")
        assert client.recv() == b"echo"


def test_an_enormous_request_is_dropped_and_rep_lives_on(node, plain) -> None:
    node.notifier()
    port = node.context.facts["reply_port"]
    huge = plain(zmq.REQ, port)
    huge.send(b"x" * ((1 << 20) + 1))
    other = plain(zmq.REQ, port)
    other.send(b"ping")
    assert other.recv() == b"echo"
    assert not huge.poll(0)


def test_a_stuck_subscriber_slows_nobody(node, new_node, plain) -> None:
    notifier = node.notifier(NotifierSettings(heartbeat_s=0.1, high_water=100))
    facts = node.context.facts
    stuck = plain(zmq.SUB, facts["notify_port"], b"pychron.", high_water=1)
    receive(stuck, "pychron.heartbeat.pyValve")  # and nothing more, ever
    listener = new_node("lab")
    listener.subscriber(facts["notify_port"], facts["reply_port"])
    text, count = "x" * 1000, 20_000
    for number in range(count):
        notifier.tell(news("A", f"{number} {text}"))
    assert notifier.ask(Ping(), timeout=PATIENCE_S) == "notifier"
    while listener.next().rev < count:
        continue


@pytest.fixture
def taken_port():
    with sockets.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_taken_configured_port_fails_the_start(node, taken_port) -> None:
    settings = NotifierSettings(port=taken_port, reply_port=0)
    with capture_logs():
        node.start(Notifier.start, "notifier", node.poller.context, settings)
        failed = node.failures.get(timeout=PATIENCE_S)
    where = f"127.0.0.1:{taken_port} (notify_port of pyValve)"
    assert failed.error == f"{PortTaken.__name__}: {where}: Address already in use"


def test_a_host_that_is_not_ours_fails_the_start(node) -> None:
    with capture_logs():
        settings = NotifierSettings(host="192.0.2.1", port=0)
        node.start(Notifier.start, "notifier", node.poller.context, settings)
        failed = node.failures.get(timeout=PATIENCE_S)
    assert failed.error.startswith("PortTaken: 192.0.2.1:0 (notify_port of pyValve): ")


def test_a_taken_default_port_is_replaced_with_one_warning(node, taken_port, plain) -> None:
    with capture_logs() as logs:
        node.notifier(NotifierSettings(port=taken_port, port_is_default=True))
    assert node.context.facts["notify_port"] not in (0, taken_port)
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == ["notifier.port_taken"]
    client = plain(zmq.REQ, node.context.facts["reply_port"])
    client.send(b"ping")
    assert client.recv() == b"echo"


def test_a_restarted_notifier_goes_on_where_it_stopped(node, plain) -> None:
    first = node.notifier()
    ports = dict(node.context.facts)
    first.tell(news("A"))
    client = plain(zmq.SUB, ports["notify_port"], b"pychron.valve.")
    assert receive(client, "pychron.valve.A").rev == 1
    first.stop(timeout=PATIENCE_S)
    again = node.notifier()
    again.tell(news("A", "closed"))
    while (event := receive(client, "pychron.valve.A")).rev != 2:
        continue
    assert event.value == "closed"
    assert {key: node.context.facts[key] for key in ("notify_port", "reply_port")} == {
        key: ports[key] for key in ("notify_port", "reply_port")
    }


def test_whoever_subscribes_again_after_all_had_gone_hears_on(node, plain) -> None:
    notifier = node.notifier()
    port = node.context.facts["notify_port"]
    first = plain(zmq.SUB, port, b"pychron.")
    receive(first, "pychron.heartbeat.pyValve")
    first.close()
    notifier.tell(news("A", "open"))
    second = plain(zmq.SUB, port, b"pychron.")
    assert receive(second, "pychron.valve.A").value == "open"
    notifier.tell(news("A", "closed"))
    told = receive(second, "pychron.valve.A")
    while told.rev == 1:  # as it happened, and as the last of its topic to whoever comes: once or twice
        told = receive(second, "pychron.valve.A")
    assert told.value == "closed"


def test_nobody_ends_anothers_subscription(node, plain) -> None:
    notifier = node.notifier()
    port = node.context.facts["notify_port"]
    client = plain(zmq.SUB, port, b"pychron.")
    receive(client, "pychron.heartbeat.pyValve")
    hostile = plain(zmq.XSUB, port)
    for word in (b"\x01pychron.valve.B", b"xpychron.", b"\x00pychron.", b"\x00", b""):
        hostile.send(word)
    notifier.tell(news("B", "open"))
    assert hostile.recv_multipart()[0] == b"pychron.valve.B"  # what it sent before has been taken in
    hostile.send(b"\x00pychron.valve.B")
    for _ in range(100):  # it goes meanwhile
        notifier.tell(news("A", "open"))
        notifier.ask(Ping(), timeout=PATIENCE_S)
    assert [receive(client, "pychron.valve.A").rev for _ in range(100)] == list(range(1, 101))
