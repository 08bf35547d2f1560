"""NodeConnection: the server connection to a controller, as an actor that answers what an actuator answers.

Two connections per node: one for acts, in order; one for questions, so that a slow move delays no look. After a timeout
the connection is dropped hard; an actuation is never repeated: who asked is told that nobody knows, and the state is
read. It reconnects for ever, and while it is down everybody is told so at once.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.actor import Context
from actors.actuation import Switch
from actors.messages import Query, SetLock, Tick
from actors.placement import LoopActor
from actors.remote import Announce, AskWord
from actors.views import GetNode, NodeView
from transports.rpc.channel import Channel
from transports.rpc.description import Description
from transports.rpc.errands import Errands
from transports.rpc.fields import PROTOCOL_VERSION, Hello, Welcome
from transports.rpc.lane import Lane, Pending, Stage, Then
from transports.rpc.node import Moved, NodeSettings
from transports.rpc.standing import Standing
from transports.rpc.tidings import Tidings

KEEPALIVE_S = 2.0
DESCRIBE_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a channel told: "connected", "line", "closed", on its way into the mailbox."""

    what: str
    channel: Channel
    text: str = ""


@dataclass(frozen=True, slots=True)
class _ConnectBy:
    """The time in which a connection should have come to stand, greeted and all, is over."""

    lane: Lane
    channel: Channel


@dataclass(frozen=True, slots=True)
class _AnswerBy:
    """The time in which a request should have been answered is over."""

    lane: Lane
    pending: Pending
    after_s: float


class NodeConnection(LoopActor):
    """The actor `node.<name>`."""

    def __init__(self, context: Context, path: str, settings: NodeSettings) -> None:
        super().__init__(context, path)
        self._settings = settings
        why = "not connected yet" if settings.port else "its process has not said yet where it listens"
        self._standing = Standing(settings.name, settings.host, settings.port, why, *_now())
        self._tidings = Tidings(path, self.tell_path, self.log, self._standing, settings)
        self._acts, self._asks = Lane("acts"), Lane("asks")
        self._description = Description(self, self._asks, settings.line, self._lose, self._undescribed)
        self._errands = Errands(self, self._acts, self._asks, settings, self._description.delay_s)
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
            _ConnectBy: self._connect_by,
            _AnswerBy: self._answer_by,
        }

    def begin(self) -> None:
        """Begin to connect; a node that is absent is no failure to start."""
        self._tick(Tick("connect"))
        self.later(KEEPALIVE_S, Tick("keepalive"))

    def make_safe(self) -> None:
        """Break both connections off."""
        if self._standing.up:
            self._tidings.seen()
        for lane in (self._acts, self._asks):
            lane.down(f"{self.path} stopped")

    def detail(self) -> str:
        """See `Actor.detail`."""
        return self._standing.said(self._asks.round_trip_ms)

    # --- coming and going -------------------------------------------------------------------------------

    def connected(self, channel: Channel) -> None:
        """See `channel.Owner`."""
        self.take(_Heard("connected", channel))

    def line(self, channel: Channel, text: str) -> None:
        """See `channel.Owner`."""
        self.take(_Heard("line", channel, text))

    def closed(self, channel: Channel, why: str) -> None:
        """See `channel.Owner`."""
        self.take(_Heard("closed", channel, why))

    def _connect(self, lane: Lane) -> None:
        if lane.stage is Stage.DOWN and self._standing.port:
            lane.stage = Stage.CONNECTING
            lane.channel = Channel(self.loop, lane.name, self)
            lane.channel.connect(self._standing.host, self._standing.port, self._settings.dig)
            self.later(self._settings.timeout_s, _ConnectBy(lane, lane.channel))

    def _connect_by(self, limit: _ConnectBy) -> None:
        if limit.lane.channel is limit.channel and limit.lane.stage is not Stage.UP:
            self._lose(f"no answer in {self._settings.timeout_s:.1f} s")

    def _heard(self, heard: _Heard) -> None:
        lane = next((lane for lane in (self._acts, self._asks) if lane.channel is heard.channel), None)
        if lane is None:
            return  # from a connection that was given up
        if heard.what == "connected":
            lane.stage = Stage.GREETING
            self._greet(lane)
        elif heard.what == "closed":
            self._lose(heard.text)
        else:
            self._reply(lane, heard.text)

    def _reply(self, lane: Lane, line: str) -> None:
        try:
            request, text, told = lane.match(line, time.monotonic())
        except ValueError as error:
            self._lose(str(error))
        else:
            request.finish(text, told)

    def _greet(self, lane: Lane) -> None:
        hello = Hello(self.context.node, self._settings.fingerprint)
        self.send(lane, hello.encode(), {}, lambda text, _told: self._greeted(lane, text))

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
        kept_alive, lane.stage = lane.stage is Stage.UP, Stage.UP
        lane.heard(time.monotonic(), welcome.clock_ms)
        lane.by_id = "ids" in welcome.features
        other = self._asks if lane is self._acts else self._acts
        if (
            self._welcome is not None
            and self._welcome.boot != welcome.boot
            and (self._standing.up or other.stage is Stage.UP)
        ):
            self._lose(f"it restarted (boot {welcome.boot})")
            return
        self._welcome = welcome
        if self._standing.up and lane is self._acts:
            if not kept_alive:
                self._tidings.back(welcome)  # it was reconnected after a timeout: have the states read now
        elif self._standing.up:
            self._tidings.news_are_at(welcome)  # its subscriber may have been restarted
            self._description.fetch_again()
        elif self._acts.stage is self._asks.stage is Stage.UP:
            self._came_up(welcome)

    def _came_up(self, welcome: Welcome) -> None:
        self._standing.rise(*_now())
        self._standing.simulated = "simulated" in welcome.features
        simulated = self.context.facts.setdefault("simulated_nodes", {})
        simulated[self._settings.name] = self._standing.simulated
        if self._standing.simulated and not self.context.simulated:
            self.log.warning("node.simulated", peer=self._settings.name, why="nothing that it tells is real")
        self._tidings.turned(boot=welcome.boot, round_trip_ms=round(self._asks.round_trip_ms or 0.0, 2))
        if self._settings.line:
            self._description.fetch()
        self._tidings.back(welcome)

    def _lose(self, why: str) -> None:
        """Both connections go, whoever waits is told, the valves are unknown from now on; then try again."""
        was_up = self._standing.up
        news = self._standing.fall(why, *_now())
        for lane in (self._acts, self._asks):
            lane.down(why)
        if was_up:
            self._tidings.seen()
        if news:
            self._tidings.turned()
        self._tidings.lost()
        self.later(self._standing.retry_s(), Tick("connect"))

    def _undescribed(self, why: str) -> None:
        if why:
            self.log.warning("node.undescribed", peer=self._settings.name, why=why)
        self.later(DESCRIBE_AGAIN_S, Tick("describe"))

    def _moved(self, moved: Moved) -> None:
        if (moved.host, moved.port) != (self._standing.host, self._standing.port):
            self._standing.host, self._standing.port = moved.host, moved.port
            self._tick(Tick("connect"))

    def _tick(self, tick: Tick) -> None:
        if tick.what == "keepalive":
            self.later(KEEPALIVE_S, tick)
            for lane in (self._acts, self._asks):  # both: their clocks are heard, and neither is taken for idle
                if self.ready(lane) and not lane.pending:
                    self._greet(lane)
        elif tick.what == "describe":
            if self.ready(self._asks):
                self._description.fetch_again()
        else:
            self._connect(self._acts)
            self._connect(self._asks)

    # --- requests -----------------------------------------------------------------------------------------

    def ready(self, lane: Lane) -> bool:
        """See `errands.Carrier`."""
        return self._standing.up and lane.stage is Stage.UP

    def unready(self) -> str:
        """See `errands.Carrier`."""
        if self._standing.up:
            return f"node {self._settings.name} ({self._standing.address}) is being reconnected after a timeout"
        return self._standing.down_text()

    def send(self, lane: Lane, text: str, told: Mapping[str, str], then: Then, extra_s: float = 0.0) -> None:
        """See `errands.Carrier`."""
        pending = Pending(text, time.monotonic(), then, told.get("id", ""))
        lane.send(text, told, pending)
        after_s = self._settings.timeout_s + extra_s
        self.later(after_s, _AnswerBy(lane, pending, after_s))

    def _answer_by(self, limit: _AnswerBy) -> None:
        """A request has waited long enough: its connection is dropped, so that a late reply is nobody's."""
        lane, pending = limit.lane, limit.pending
        if pending.done:
            return
        if pending is not lane.pending[0] and not (lane is self._acts and lane.by_id and pending.id):
            self.later(limit.after_s, limit)  # it waits behind another, whose own time is running
            return
        text = f"no answer in {limit.after_s:.1f} s"
        self.log.warning("node.timeout", peer=self._settings.name, lane=lane.name, asked=pending.what, why=text)
        if pending.what.startswith("Hello "):
            self._lose(text)
        else:
            lane.down(text)
            self._connect(lane)

    def _announce(self, _message: Announce) -> None:
        if self._standing.up and self._welcome is not None:
            self._description.tell()
            self._tidings.back(self._welcome)
        else:
            self._tidings.lost()

    def _view(self, _message: GetNode) -> NodeView:
        boot = self._welcome.boot if self._welcome is not None else ""
        return self._standing.view(time.monotonic(), boot, self._asks.round_trip_ms)


def _now() -> tuple[float, str]:
    return time.monotonic(), time.strftime("%H:%M:%S")
