"""The actor that owns SUB and REQ: keeps up with one publisher, and says when it cannot."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from actors.actor import Context
from actors.messages import Tick
from actors.news import PublisherLate, PublisherLost, PublisherUp, Retarget
from actors.placement import LoopActor
from transports.broadcast.events import HEARTBEAT, PREFIX, BadEvent, Event, decode
from transports.broadcast.picture import Key, Picture, Topics, heard
from transports.broadcast.questions import Inquiry
from transports.broadcast.sockets import ZmqContext
from transports.broadcast.stream import Stream

AT_ONCE = 256  # messages taken in one go: actors on the same loop get their turn
REPLAYS_AT_MOST = 8  # topics; a snapshot is cheaper for more
WATCH_S = 0.25

WAITING, UP, LATE, LOST = "waiting", "up", "late", "lost"


@dataclass(frozen=True)
class SubscriberSettings:
    """Whom to listen to, and how patiently.

    Attributes:
        name: of the publisher, as the target is to be told.
        host, port: of its PUB; port 0: there is none until a `Retarget`, and its silence says nothing.
        reply_port: of its REP; 0: the one after `port`.
        topics: `pychron.valve.A` is that topic and those below it, `pychron.` is everything.
        late_s, lost_s: seconds of silence after which it is late, lost.
        request_timeout_s: seconds that an answer may take; the same until it is asked again.
        high_water: messages held for us; what is more is lost, noticed and asked for again.
    """

    name: str
    host: str
    port: int
    reply_port: int = 0
    topics: tuple[str, ...] = (PREFIX,)
    late_s: float = 3.0
    lost_s: float = 10.0
    request_timeout_s: float = 1.0
    high_water: int = 10_000


class Subscriber(LoopActor):
    """Tells `target` every event of one publisher once and in order (`Heard`), and whether it is there.

    A snapshot at every connect, then the stream. What the stream loses is noticed (a jump of a revision, a
    heartbeat's digest, another boot) and asked for. Lives on the loop named "news"; nothing here waits.

    Args:
        zmq_context: the news loop's, `ZmqPoller.context`.
        target: path of who is told. If it is restarted, it is told everything again.
    """

    loop_name: ClassVar[str] = "news"

    def __init__(
        self, context: Context, path: str, zmq_context: ZmqContext, settings: SubscriberSettings, target: str
    ) -> None:
        super().__init__(context, path)
        self._settings, self._target = settings, target
        self._address = Retarget(settings.host, settings.port, settings.reply_port)
        self._topics = Topics(settings.topics)
        self._prefixes = self._topics.prefixes()
        self._picture = Picture()
        self._stream = Stream(
            zmq_context,
            self.loop,
            prefixes=self._prefixes,
            high_water=settings.high_water,
            readable=lambda: self.actor_ref.tell(Tick("stream")),
            changed=lambda: self.actor_ref.tell(Tick("connection")),
        )
        self._inquiry = Inquiry(
            zmq_context, self.loop, lambda: self.actor_ref.tell(Tick("answer")), settings.request_timeout_s
        )
        self._connected = self._confirmed = self._snapshot_wanted = self._failing = False
        self._ask_again_at = 0.0
        self._status, self._heard_at = WAITING, 0.0
        self._target_urn: str | None = None

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Tick: self._ticked, Retarget: self._retarget}

    def begin(self) -> None:
        """Connect, which does not wait for anybody to be there."""
        self._heard_at = time.monotonic()
        self._connect()
        self._watch()

    def make_safe(self) -> None:
        """Close all sockets; on the loop's thread, as all hooks."""
        self._disconnect()

    def detail(self) -> str:
        """See `Actor.detail`."""
        counts, address = self._picture.counts, self._address
        if not address.port:
            return "nowhere to listen"
        lost = f"gaps {counts.gaps}, repairs {counts.repairs}, losses {counts.losses}, bad {counts.bad}"
        return f"{address.host}:{address.port} {self._status}; {lost}"

    # --- what comes in ------------------------------------------------------------------------------------

    def _connect(self) -> None:
        if self._address.port:
            self._stream.open(self._address.host, self._address.port)

    def _disconnect(self) -> None:
        self._inquiry.drop()
        self._stream.close()
        self._connected = self._confirmed = False

    def _retarget(self, address: Retarget) -> None:
        if address == self._address:
            return
        self.log.info("subscriber.retargeted", host=address.host, port=address.port)
        self._disconnect()
        self._tell(self._picture.release_all())
        self._picture.moved()
        if not (self._address.port and address.port):  # whoever is nowhere is not silent
            self._status, self._heard_at = WAITING, time.monotonic()
        self._address = address
        self._connect()

    def _ticked(self, tick: Tick) -> None:
        match tick.what:
            case "stream":
                self._read_stream()
            case "answer":
                self._read_answer()
            case "connection":
                self._read_connection()
            case _:
                self._watch()

    def _read_stream(self) -> None:
        for _ in range(AT_ONCE):
            frames = self._stream.receive()
            if frames is None:
                break
            try:
                event = decode(frames)
            except BadEvent as error:
                self._picture.counts.bad += 1
                if self._picture.counts.bad == 1:  # the count is in `detail`
                    self.log.warning("subscriber.not_an_event", publisher=self._settings.name, why=str(error))
            else:
                self._streamed(event)
        self._pump()

    def _read_connection(self) -> None:
        while (connected := self._stream.connection()) is not None:
            self._connected = connected
            self._inquiry.drop()
            if connected:  # the stream may have said already who publishes here
                self._ask_again_at, self._snapshot_wanted = 0.0, True
                self._pump()
            else:
                self._confirmed = False
                self._tell(self._picture.release_all())

    def _streamed(self, event: Event) -> None:
        picture = self._picture
        if not self._heard_from((event.node, event.boot), by_stream=True):
            return
        self._confirmed = True
        if event.topic.startswith(HEARTBEAT):
            self._compare(event)
        elif picture.holds(event.topic) or (picture.missing_before(event) and not self._snapshot_wanted):
            picture.hold(event)
        else:
            self._tell(picture.take(event))

    def _heard_from(self, key: Key, *, by_stream: bool) -> bool:
        """Note that the publisher is there; False: it is a life that has ended."""
        if self._picture.outdated(key):
            return False
        if key != self._picture.key:
            self._tell(self._picture.release_all())
        if self._picture.adopt(key, by_stream=by_stream) or self._status != UP:
            self._status = UP
            self.log.info("publisher.up", publisher=self._settings.name, peer=key[0], boot=key[1])
            self.tell_path(self._target, PublisherUp(self._settings.name, key[1]))
            self._snapshot_wanted = True
        self._heard_at = time.monotonic()
        return True

    def _compare(self, beat: Event) -> None:
        if self._snapshot_wanted or self._picture.holding():
            return
        families = self._picture.disagrees(beat, self._prefixes)
        if families:
            self._picture.counts.gaps += 1
            self.log.info("subscriber.behind", publisher=self._settings.name, families=families)
            self._snapshot_wanted = True

    def _tell(self, events: Iterable[Event]) -> None:
        for event in events:
            if self._topics.have(event.topic):
                self.tell_path(self._target, heard(self._settings.name, event, time.monotonic()))

    # --- what the stream has lost -------------------------------------------------------------------------

    def _pump(self) -> None:
        """Ask for what is missing, if nothing else is being asked."""
        if self._inquiry.open or not self._connected or time.monotonic() < self._ask_again_at:
            return
        host, port = self._address.host, self._address.reply_port or self._address.port + 1
        holding = self._picture.holding()
        if self._snapshot_wanted or len(holding) > REPLAYS_AT_MOST:
            self._snapshot_wanted = True
            self._inquiry.ask(host, port, {"op": "snapshot"})
        elif holding:
            topic, missing = next(iter(holding.items()))
            self._inquiry.ask(host, port, {"op": "replay", "topic": topic, "from_rev": missing})

    def _read_answer(self) -> None:
        try:
            reply = self._inquiry.take()
        except BadEvent as error:
            self._unanswered(str(error))
            return
        if reply is None:
            return
        if self._confirmed and reply.key != self._picture.key:  # the stream says whose picture this is
            self._unanswered(f"an answer of another publisher, or of another life of this one: {reply.key}")
            return
        if not self._heard_from(reply.key, by_stream=False):
            self._unanswered(f"an answer of a life that has ended: {reply.key}")
            return
        self._failing = False
        if reply.op == "snapshot":
            self._snapshot_wanted = False
            self._tell(self._picture.take_snapshot(reply.events, reply.seq))
        else:
            self._tell(self._picture.release(reply.topic, reply.events, complete=reply.complete))
        self._pump()

    def _unanswered(self, why: str) -> None:
        """Go on with what there is; ask again after a while."""
        self._inquiry.drop()
        self._ask_again_at = time.monotonic() + self._settings.request_timeout_s
        self._snapshot_wanted = True
        self._tell(self._picture.release_all())
        if not self._failing:
            self._failing = True
            self.log.warning("subscriber.no_answer", publisher=self._settings.name, why=why)

    # --- silence ------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        settings = self._settings
        silent_s = time.monotonic() - self._heard_at if self._address.port else 0.0
        if silent_s >= settings.late_s and self._status in (WAITING, UP):
            self._fallen_silent(LATE, PublisherLate(settings.name, silent_s))
        if silent_s >= settings.lost_s and self._status == LATE:
            self._fallen_silent(LOST, PublisherLost(settings.name, silent_s))
        if self._inquiry.overdue:
            self._unanswered(f"nothing in {settings.request_timeout_s} s")
        self._greet()
        self._pump()
        shortest_s = min(settings.late_s, settings.lost_s - settings.late_s, settings.request_timeout_s)
        self.later(min(WATCH_S, max(0.01, shortest_s / 8)), Tick("watch"))

    def _fallen_silent(self, status: str, message: PublisherLate | PublisherLost) -> None:
        self._status = status
        self._picture.doubt()
        address = f"{self._address.host}:{self._address.port}"
        told = {"publisher": message.name, "address": address, "silent_s": round(message.silent_s, 1)}
        self.log.warning("publisher.late" if status == LATE else "publisher.lost", **told)
        self.tell_path(self._target, message)

    def _greet(self) -> None:
        """Tell everything again to a target that was restarted: it has forgotten."""
        entry = self.context.directory.get(self._target)
        urn = entry.ref.actor_urn if entry else None
        if urn == self._target_urn:
            return
        self._target_urn = urn
        if urn and self._picture.key and self._status == UP:
            self._picture.doubt()
            self.tell_path(self._target, PublisherUp(self._settings.name, self._picture.key[1]))
            self._snapshot_wanted = True
