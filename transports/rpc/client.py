"""NodeConnection: the server connection to a controller, as an actor that answers what an actuator answers.

Two connections per node: one for acts, in order; one for questions, so that a slow move delays no look. After a timeout
the connection is dropped hard; an actuation is never repeated: who asked is told that nobody knows, and the state is
read. It reconnects for ever, and while it is down everybody is told so at once.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.actor import Context, LoopActor
from actors.messages import (
    Announce,
    AskWord,
    GetNode,
    News,
    NodeUp,
    NodeView,
    OriginBack,
    OriginLost,
    Query,
    SetLock,
    Switch,
    Tick,
)
from actors.news import Retarget
from transports.rpc.channel import Channel
from transports.rpc.description import Description
from transports.rpc.errands import Errands
from transports.rpc.fields import PROTOCOL_VERSION, Hello, Welcome, split_fields
from transports.rpc.lane import Lane, Pending, Stage, Then

RETRY_FIRST_S, RETRY_LONGEST_S = 0.1, 5.0
KEEPALIVE_S = 2.0
CONNECTING = "connecting"


@dataclass(frozen=True)
class NodeSettings:
    """Where a node is, and who is told of it.

    Attributes:
        port: 0: not known yet, until a `Moved`.
        timeout_s: seconds without an answer after which a connection is dropped (the seed: 2; for a furnace 5).
        line: path of the extraction line that its valves belong to; "": it has none.
        monitor, subscriber: paths that are told where its boot and its news are; "": none.
        fingerprint: of this site, told in Hello.
    """

    name: str
    host: str
    port: int
    timeout_s: float = 2.0
    line: str = ""
    monitor: str = ""
    subscriber: str = ""
    fingerprint: str = "-"


@dataclass(frozen=True, slots=True)
class Moved:
    """The node is somewhere else now: the lab's child process came back on another port."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a channel told: "connected", "line", "closed", on its way into the mailbox."""

    what: str
    channel: Channel
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Due:
    lane: Lane
    pending: Pending
    after_s: float
    channel: Channel | None


class NodeConnection(LoopActor):
    """The actor `node.<name>`."""

    def __init__(self, context: Context, path: str, settings: NodeSettings) -> None:
        super().__init__(context, path)
        self._settings = settings
        self._host, self._port = settings.host, settings.port
        self._acts, self._asks = Lane("acts"), Lane("asks")
        self._description = Description(self, self._asks, settings.line, self._lose)
        self._errands = Errands(self, self._acts, self._asks, settings, self._description.delay_s)
        self._up = False
        self._since = time.monotonic()
        self._since_text = time.strftime("%H:%M:%S")
        self._why = "not connected yet" if settings.port else "its process has not said yet where it listens"
        self._tries = 0
        self._welcome: Welcome | None = None

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            Switch: self._errands.switch,
            SetLock: self._errands.set_lock,
            Query: self._errands.query,
            AskWord: self._errands.word,
            GetNode: self._view,
            Announce: self._announce,
            Moved: self._moved,
            Tick: self._tick,
            _Heard: self._heard,
            _Due: self._due,
        }

    def begin(self) -> None:
        """Begin to connect; a node that is absent is no failure to start."""
        self._connect(self._acts)
        self._connect(self._asks)
        self.later(KEEPALIVE_S, Tick("keepalive"))

    def make_safe(self) -> None:
        """Break both connections off."""
        for lane in (self._acts, self._asks):
            lane.down(f"{self.path} stopped")

    def detail(self) -> str:
        """See `Actor.detail`."""
        if self._up:
            trip = self._asks.round_trip_ms
            return f"up, {self._host}:{self._port}" + (f", {trip:.1f} ms" if trip is not None else "")
        return f"down: {self._why}, {self._tries} tries"

    # --- coming and going -------------------------------------------------------------------------------

    def connected(self, channel: Channel) -> None:
        """See `channel.Owner`."""
        self.actor_ref.tell(_Heard("connected", channel))

    def line(self, channel: Channel, text: str) -> None:
        """See `channel.Owner`."""
        self.actor_ref.tell(_Heard("line", channel, text))

    def closed(self, channel: Channel, why: str) -> None:
        """See `channel.Owner`."""
        if not self.actor_stopped.is_set():
            self.actor_ref.tell(_Heard("closed", channel, why))

    def _connect(self, lane: Lane) -> None:
        if lane.stage is Stage.DOWN and self._port:
            lane.stage = Stage.CONNECTING
            lane.channel = Channel(self.loop, lane.name, self)
            lane.channel.connect(self._host, self._port)
            self._watch(lane, Pending(CONNECTING, time.monotonic(), lambda _text, _told: None))

    def _heard(self, heard: _Heard) -> None:
        lane = next((lane for lane in (self._acts, self._asks) if lane.channel is heard.channel), None)
        if lane is None:
            return  # from a connection that was given up
        if heard.what == "connected":
            lane.stage = Stage.GREETING
            hello = Hello(self.context.node, self._settings.fingerprint)
            self.send(lane, hello.encode(), {}, lambda text, _told: self._greeted(lane, text))
        elif heard.what == "closed":
            self._lose(heard.text)
        else:
            self._reply(lane, heard.text)

    def _reply(self, lane: Lane, line: str) -> None:
        now = time.monotonic()
        try:
            text, told = split_fields(line)
        except ValueError as error:
            self._lose(f"its reply is malformed: {error}")
            return
        if not lane.pending:
            self._lose(f"it sent {text[:80]!r} unasked")
            return
        request = lane.pending.popleft()
        lane.round_trip_ms = (now - request.sent_at) * 1000
        if told.get("t", "").isdigit():
            lane.heard(now, int(told["t"]))
        request.finish(text, told)

    def _greeted(self, lane: Lane, text: str | None) -> None:
        if text is None:
            return  # the lane is down, which says why
        try:
            welcome = Welcome.decode(text)
        except ValueError:
            self._lose(f"it does not speak HELLO (it answered {text[:80]!r}); plain Pychron peers are not served yet")
            return
        if abs(welcome.version - PROTOCOL_VERSION) > 1:
            self._lose(f"{welcome.node} speaks protocol version {welcome.version}, this node {PROTOCOL_VERSION}")
            return
        lane.stage = Stage.UP
        lane.heard(time.monotonic(), welcome.clock_ms)
        if self._welcome is not None and self._welcome.boot != welcome.boot and self._up:
            self._lose(f"it restarted (boot {welcome.boot})")
            return
        self._welcome = welcome
        if self._up and lane is self._acts:
            self._announce_up()  # it was reconnected after a timeout: have the states read now
        if self._acts.stage is Stage.UP and self._asks.stage is Stage.UP and not self._up:
            self._came_up(welcome)

    def _came_up(self, welcome: Welcome) -> None:
        self._up, self._tries = True, 0
        self._turned("up", "")
        trip = round(self._asks.round_trip_ms or 0.0, 2)
        self.log.info("node.up", peer=self._settings.name, address=f"{self._host}:{self._port}", boot=welcome.boot,
                      round_trip_ms=trip)  # fmt: skip
        if self._settings.line:
            self._description.fetch()
        self._announce_up()

    def _announce_up(self) -> None:
        welcome, settings = self._welcome, self._settings
        assert welcome is not None
        notify_port, reply_port = (int(welcome.features.get(name) or 0) for name in ("notify", "reply"))
        if notify_port:
            self.tell_path(settings.subscriber, Retarget(self._host, notify_port, reply_port))
        self.tell_path(settings.monitor, NodeUp(self.path, welcome.boot))
        self.tell_path(settings.line, OriginBack(self.path))

    def _lose(self, why: str) -> None:
        """Both connections go, whoever waits is told, the valves are unknown from now on; then try again."""
        self._why = why
        was_up, self._up = self._up, False
        for lane in (self._acts, self._asks):
            lane.down(why)
        if was_up or self._tries == 0:
            self._turned("down", why)
            self.log.error("node.lost", peer=self._settings.name, address=f"{self._host}:{self._port}", why=why)
        self._tell_lost()
        delay_s = min(RETRY_LONGEST_S, RETRY_FIRST_S * 2 ** min(self._tries, 10))
        self._tries += 1
        self.later(delay_s * random.uniform(0.8, 1.2), Tick("connect"))  # noqa: S311 - jitter

    def _tell_lost(self) -> None:
        if self._settings.line:
            self.tell_path(self._settings.line, OriginLost(self.path, self._down_text()))

    def _turned(self, status: str, why: str) -> None:
        self._since, self._since_text = time.monotonic(), time.strftime("%H:%M:%S")
        extra = {"address": f"{self._host}:{self._port}", "why": why}
        self.tell_path("chronicle", News(f"node.{self._settings.name}", status, extra=extra))

    def _down_text(self) -> str:
        name, address = self._settings.name, f"{self._host}:{self._port}"
        return f"node {name} ({address}) is down since {self._since_text}: {self._why}"

    def _moved(self, moved: Moved) -> None:
        if (moved.host, moved.port) != (self._host, self._port):
            self._host, self._port = moved.host, moved.port
            self._tick(Tick("connect"))

    def _tick(self, tick: Tick) -> None:
        if tick.what == "keepalive":
            self.later(KEEPALIVE_S, tick)
            if self._up and not self._asks.pending:
                hello = Hello(self.context.node, self._settings.fingerprint)
                self.send(self._asks, hello.encode(), {}, lambda text, _told: self._greeted(self._asks, text))
            return
        self._connect(self._acts)
        self._connect(self._asks)

    # --- requests -----------------------------------------------------------------------------------------

    def ready(self, lane: Lane) -> bool:
        """See `errands.Carrier`."""
        return self._up and lane.stage is Stage.UP

    def unready(self) -> str:
        """See `errands.Carrier`."""
        if self._up:
            return f"node {self._settings.name} ({self._host}:{self._port}) is being reconnected after a timeout"
        return self._down_text()

    def send(self, lane: Lane, text: str, told: Mapping[str, str], then: Then, extra_s: float = 0.0) -> None:
        """See `errands.Carrier`."""
        pending = Pending(text, time.monotonic(), then)
        self._watch(lane, pending, extra_s)
        lane.send(text, told, pending)

    def _watch(self, lane: Lane, pending: Pending, extra_s: float = 0.0) -> None:
        after_s = self._settings.timeout_s + extra_s
        self.later(after_s, _Due(lane, pending, after_s, lane.channel))

    def _due(self, due: _Due) -> None:
        """A request has waited long enough: its connection is dropped, so that a late reply is nobody's."""
        lane, pending = due.lane, due.pending
        text = f"no answer in {due.after_s:.1f} s"
        if pending.what == CONNECTING:
            if lane.stage is not Stage.UP and lane.channel is due.channel:
                self._lose(text)
        elif lane.pending and pending in lane.pending and pending is not lane.pending[0]:
            self.later(due.after_s, due)  # it waits behind another, whose own time is running
        elif not pending.done:
            self.log.warning("node.timeout", peer=self._settings.name, lane=lane.name, asked=pending.what, why=text)
            if self.ready(lane) and not pending.what.startswith("Hello"):
                lane.down(text)
                self._connect(lane)
            else:
                self._lose(text)

    def _announce(self, _message: Announce) -> None:
        if self._up:
            self._description.tell()
            self._announce_up()
        else:
            self._tell_lost()

    def _view(self, _message: GetNode) -> NodeView:
        status = "up" if self._up else "down"
        detail = f"boot {self._welcome.boot}" if self._up and self._welcome else self._why
        since_s = time.monotonic() - self._since
        address = f"{self._host}:{self._port}"
        return NodeView(self._settings.name, address, status, since_s, detail, self._asks.round_trip_ms)
