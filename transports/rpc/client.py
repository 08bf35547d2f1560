"""NodeConnection: the server connection to a controller, as an actor that answers what an actuator answers.

How it speaks to the far end is one of two parts of it: `hello_peer` for a node that says HELLO, `plain_peer` for one
that does not. It reconnects for ever, and while it is down everybody is told so at once.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.actor import Context
from actors.actuation import Switch
from actors.messages import Tick
from actors.placement import LoopActor
from actors.remote import Announce, AskWord
from actors.views import GetNode, NodeView
from transports.rpc import forward
from transports.rpc.frames import Form
from transports.rpc.hello_peer import HelloPeer
from transports.rpc.host import Peer
from transports.rpc.node import Moved, NodeSettings
from transports.rpc.plain_peer import PlainPeer
from transports.rpc.standing import Standing
from transports.rpc.tidings import Tidings

KEEPALIVE_S = 2.0


@dataclass(frozen=True, slots=True)
class _Do:
    """What a socket or a timer of a part has caused, as a message of the actor."""

    action: Callable[[], None]


class NodeConnection(LoopActor):
    """The actor `node.<name>`: a `host.Host`."""

    def __init__(self, context: Context, path: str, settings: NodeSettings) -> None:
        super().__init__(context, path)
        self.settings = settings
        self.node = context.node
        why = "not connected yet" if settings.port else "its process has not said yet where it listens"
        self.standing = Standing(settings.name, settings.host, settings.port, why, *_now())
        self.tidings = Tidings(path, self.tell_path, self.log, self.standing, settings)
        self._said_hello = settings.said_hello
        self._hello, self._plain = HelloPeer(self), PlainPeer(self)
        self._peer: Peer = self._plain if settings.framing == "plain" else self._hello

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            **dict.fromkeys((Switch, AskWord, *forward.ORDERS), self._errand),
            GetNode: self._view,
            Announce: self._announce,
            Moved: self._moved,
            Tick: self._tick,
            _Do: self._do,
        }

    def begin(self) -> None:
        """Begin to connect; a node that is absent is no failure to start.

        `context.facts["answers_within_s"]`: path -> seconds after which whoever asked here for what is no move has an
        answer, be it that nobody knows: what was lost is asked for once more. The console waits for that long.
        """
        self.context.facts.setdefault("answers_within_s", {})[self.path] = 2 * self.settings.timeout_s
        self._peer.connect()
        self.later(KEEPALIVE_S, Tick("keepalive"))

    def on_stop(self) -> None:
        """Pykka's hook after an orderly stop: the far end is told that it is one."""
        self._peer.leave(f"{self.path} stopped")
        super().on_stop()

    def make_safe(self) -> None:
        """Break everything off."""
        if self.standing.up:
            self.tidings.seen()
        self._peer.end(f"{self.path} stopped")

    def detail(self) -> str:
        """See `Actor.detail`."""
        return self.standing.said(self._peer.round_trip_ms)

    # --- for the parts ------------------------------------------------------------------------------------

    def soon(self, action: Callable[[], None]) -> None:
        """See `host.Host`."""
        self.take(_Do(action))

    def after(self, delay_s: float, action: Callable[[], None]) -> None:
        """See `host.Host`."""
        self.later(delay_s, _Do(action))

    def lose(self, why: str) -> None:
        """See `host.Host`."""
        was_up = self.standing.up
        news = self.standing.fall(why, *_now())
        self._peer.down(why)
        if self.settings.framing != "plain":
            self._peer = self._hello  # each time anew: it may be another program now
        if was_up:
            self.tidings.seen()
        if news:
            self.tidings.turned()
        self.tidings.lost()
        self.later(self.standing.retry_s(), Tick("connect"))

    def rise(self, manner: str = "", **more: object) -> None:
        """See `host.Host`."""
        self.standing.rise(*_now())
        self.standing.manner = manner
        if self._peer is self._hello:
            self._said_hello = True
        simulated = self.context.facts.setdefault("simulated_nodes", {})
        simulated[self.settings.name] = self.standing.simulated
        if self.standing.simulated and not self.context.simulated:
            self.log.warning("node.simulated", peer=self.settings.name, why="not all that it tells is real")
        self.tidings.turned(**more, round_trip_ms=round(self._peer.round_trip_ms or 0.0, 2))

    def is_plain(self, form: Form, why: str) -> None:
        """See `host.Host`."""
        if self._said_hello:
            heard = "greeted" in why or "HELLO" in why  # silence and a reset say nothing of what it speaks
            hint = "; a node that has said HELLO is never taken for a plain one (`framing:` can say so)"
            self.lose(why + hint if heard else why)
            return
        self._hello.down(why)
        self._peer = self._plain
        self._plain.speak(Form.BRACED if self.settings.framing == "braced" else form)
        self._plain.connect()

    def is_hello(self) -> None:
        """See `host.Host`."""
        self._said_hello = True
        self._plain.down("it says HELLO")
        self._peer = self._hello
        self._hello.connect()

    # --- messages -----------------------------------------------------------------------------------------

    def _errand(self, message: Any) -> None:
        self._peer.take(message)

    def _do(self, message: _Do) -> None:
        message.action()

    def _tick(self, tick: Tick) -> None:
        if tick.what == "keepalive":
            self.later(KEEPALIVE_S, tick)
            self._peer.keep_alive()
        else:
            self._peer.connect()

    def _moved(self, moved: Moved) -> None:
        if (moved.host, moved.port) != (self.standing.host, self.standing.port):
            self.standing.host, self.standing.port = moved.host, moved.port
            self._tick(Tick("connect"))

    def _announce(self, _message: Announce) -> None:
        if self.standing.up:
            self._peer.announce()
        else:
            self.tidings.lost()

    def _view(self, _message: GetNode) -> NodeView:
        return self.standing.view(time.monotonic(), self._peer.boot, self._peer.round_trip_ms)


def _now() -> tuple[float, str]:
    return time.monotonic(), time.strftime("%H:%M:%S")
