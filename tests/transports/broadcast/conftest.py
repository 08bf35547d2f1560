"""A node with its two loops, plain zmq clients, and a publisher that does as it is told."""

import queue
import socket as sockets
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pykka
import pytest
import zmq

from actors.actor import Context
from actors.directory import Directory
from actors.loop import Loop
from actors.messages import Failed, Ping
from actors.news import Heard, PublisherLate, PublisherLost, PublisherUp
from actors.placement import LoopActor
from transports.broadcast.events import Event, digest, encode, pack, pack_events, unpack
from transports.broadcast.notifier import Notifier, NotifierSettings
from transports.broadcast.poller import ZmqPoller
from transports.broadcast.subscriber import Subscriber, SubscriberSettings

PATIENCE_S = 10.0


class Target(LoopActor):
    """Keeps what it is told."""

    def __init__(self, context: Context, path: str, told: "queue.Queue[Any]") -> None:
        self.told = told
        super().__init__(context, path)

    def handlers(self):
        return dict.fromkeys((Heard, PublisherUp, PublisherLate, PublisherLost), self.told.put)


class Hold:
    """Holds a loop up."""

    path = "hold"
    takes: ClassVar = {}

    def __init__(self) -> None:
        self.entered, self.over = threading.Event(), threading.Event()

    def run_one(self, _envelope: object) -> None:
        self.entered.set()
        self.over.wait(PATIENCE_S)


class Node:
    """One process: loops, directory, actors."""

    def __init__(self, name: str = "pyValve", boot: str = "boot-1", facts: dict[str, Any] | None = None) -> None:
        self.poller = ZmqPoller()
        loops = {"node": Loop("node"), "news": Loop("news", self.poller)}
        self.failures: queue.Queue[Failed] = queue.Queue()
        self.told: queue.Queue[Any] = queue.Queue()
        self.context = Context(name, boot, loops, Directory(), self.failures.put, facts=facts or {})
        self._refs: list[pykka.ActorRef[Any]] = []
        for loop in loops.values():
            loop.start()

    def start(self, actor: Callable[..., pykka.ActorRef[Any]], path: str, *args: Any) -> pykka.ActorRef[Any]:
        ref = actor(self.context, path, *args)
        self._refs.append(ref)
        return ref

    def hold(self) -> Hold:
        """Hold the news loop up until `over` is set."""
        held = Hold()
        self.context.loops["news"].post(held, None)
        assert held.entered.wait(PATIENCE_S)
        return held

    def notifier(self, settings: NotifierSettings | None = None, **more: Any) -> pykka.ActorRef[Any]:
        wanted = settings or NotifierSettings(heartbeat_s=0.1)
        ref = Notifier.start(self.context, "notifier", self.poller.context, wanted, **more)
        self._refs.append(ref)
        ref.ask(Ping(), timeout=PATIENCE_S)
        return ref

    def subscriber(self, port: int, reply_port: int, **settings: Any) -> pykka.ActorRef[Any]:
        if self.context.directory.get("target") is None:
            self.start(Target.start, "target", self.told).ask(Ping(), timeout=PATIENCE_S)
        patience = {"late_s": PATIENCE_S, "lost_s": 2 * PATIENCE_S, "request_timeout_s": 2.0} | settings
        wanted = SubscriberSettings("far", "127.0.0.1", port, reply_port, **patience)
        return self.start(Subscriber.start, "subscriber", self.poller.context, wanted, "target")

    def next(self, kind: type = Heard) -> Any:
        """Return the next thing of this kind that the target was told."""
        while True:
            message = self.told.get(timeout=PATIENCE_S)
            if isinstance(message, kind):
                return message

    def hear(self, count: int) -> list[tuple[str, int, Any]]:
        return [(heard.topic, heard.rev, heard.value) for heard in (self.next() for _ in range(count))]

    def detail(self, path: str) -> str:
        entry = self.context.directory.get(path)
        assert entry is not None
        entry.ref.ask(Ping(), timeout=PATIENCE_S)
        return entry.detail()

    def close(self) -> None:
        for ref in reversed(self._refs):
            ref.stop(timeout=PATIENCE_S)
        for loop in self.context.loops.values():
            loop.stop(timeout_s=PATIENCE_S)


class FakePublisher:
    """A publisher in plain zmq: sends what it is told to, and can lose on the way what its REP still knows."""

    def __init__(self, context: zmq.Context, *, boot: str = "boot-1", node: str = "far", port: int = 0) -> None:
        self.node, self.boot, self.seq = node, boot, 0
        self.asked: queue.Queue[Any] = queue.Queue()
        self.mute = False
        self._events: dict[str, list[Event]] = {}
        self._publisher, self._replier = context.socket(zmq.XPUB), context.socket(zmq.ROUTER)
        for socket in (self._publisher, self._replier):
            socket.linger, socket.rcvtimeo = 0, int(PATIENCE_S * 1000)
        self.port = port or self._publisher.bind_to_random_port("tcp://127.0.0.1")
        if port:
            self._publisher.bind(f"tcp://127.0.0.1:{port}")
        self.reply_port = self._replier.bind_to_random_port("tcp://127.0.0.1")
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def await_subscriber(self) -> None:
        self._publisher.recv()

    def send_raw(self, *frames: bytes) -> None:
        self._publisher.send_multipart(frames)

    def publish(self, topic: str, rev: int, value: Any = None, *, lost: bool = False, kept: bool = True) -> None:
        self.seq += 1
        event = Event(f"pychron.{topic}", self.node, self.boot, self.seq, rev, time.time(), value=value)
        if kept:
            self._events.setdefault(event.topic, []).append(event)
        if not lost:
            self.send_raw(*encode(event))

    def beat(self) -> None:
        self.seq += 1
        value = digest({topic: events[-1].rev for topic, events in self._events.items()})
        topic = f"pychron.heartbeat.{self.node}"
        self.send_raw(*encode(Event(topic, self.node, self.boot, self.seq, self.seq, time.time(), value=value)))

    def _serve(self) -> None:
        while not self._stopped.is_set():
            if not self._replier.poll(20):
                continue
            *envelope, frame = self._replier.recv_multipart()
            request = unpack(frame)
            self.asked.put(request)
            if not self.mute:
                self._replier.send_multipart([*envelope, self._answer(request)])

    def _answer(self, request: dict[str, Any]) -> bytes:
        head = {"v": 1, "op": request["op"], "node": self.node, "boot": self.boot, "seq": self.seq}
        if request["op"] == "snapshot":
            return pack_events(head, [encode(events[-1]) for events in self._events.values()])
        topic, first = request["topic"], request["from_rev"]
        if topic not in self._events:
            return pack(head | {"error": "nothing of that"})
        events = [event for event in self._events[topic] if event.rev >= first]
        complete = bool(events) and events[0].rev == first
        return pack_events(head | {"topic": topic, "complete": complete}, map(encode, events))

    def close(self) -> None:
        self._stopped.set()
        self._thread.join(PATIENCE_S)
        self._publisher.close()
        self._replier.close()


@pytest.fixture
def new_node() -> Iterator[Callable[..., Node]]:
    """Make nodes."""
    nodes: list[Node] = []

    def make(*args: Any, **named: Any) -> Node:
        nodes.append(Node(*args, **named))
        return nodes[-1]

    yield make
    for node in reversed(nodes):
        node.close()


@pytest.fixture
def node(new_node) -> Node:
    return new_node()


@pytest.fixture
def plain() -> Iterator[Callable[..., zmq.Socket[bytes]]]:
    """Make plain zmq clients: `plain(zmq.SUB, port, b"prefix")`."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    made: list[zmq.Socket[bytes]] = []

    def make(kind: int, port: int, *prefixes: bytes, high_water: int = 10_000) -> zmq.Socket[bytes]:
        socket = context.socket(kind)
        made.append(socket)
        socket.linger, socket.rcvtimeo, socket.rcvhwm = 0, int(PATIENCE_S * 1000), high_water
        for prefix in prefixes:
            socket.subscribe(prefix)
        socket.connect(f"tcp://127.0.0.1:{port}")
        return socket

    yield make
    for socket in made:
        socket.close()
    context.term()


@pytest.fixture
def new_publisher() -> Iterator[Callable[..., FakePublisher]]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    made: list[FakePublisher] = []

    def make(**named: Any) -> FakePublisher:
        made.append(FakePublisher(context, **named))
        return made[-1]

    yield make
    for publisher in made:
        publisher.close()
    context.term()


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with sockets.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def publisher(new_publisher) -> FakePublisher:
    return new_publisher()
