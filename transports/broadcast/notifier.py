"""The actor that owns PUB and REP: tells what changes here, and answers what a listener has missed."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import zmq

from actors.actor import Context
from actors.messages import News, Tick
from actors.news import TextNews
from actors.placement import LoopActor
from actors.views import Follow, Unfollow
from transports.broadcast.events import HEARTBEAT, PREFIX, VERSION, digest, packer
from transports.broadcast.legacy import BadLine, Line, encode_line
from transports.broadcast.replies import DEPTH, Answers, Archive, answer, text_error
from transports.broadcast.sockets import LISTENERS, ZmqContext, ZmqSocket, listen, open_socket

LARGEST_BYTES = 1 << 20  # of a request
REPLIES_KEPT = 64  # for each peer that does not read them; with far fewer zmq drops replies to one that does
LARGEST_EVENT_BYTES = 1 << 19
LONGEST_PREFIX_BYTES = 1 << 12
SUBSCRIBED, UNSUBSCRIBED = b"\x01", b"\x00"
_NOBLOCK = int(zmq.NOBLOCK)  # plain numbers: combining zmq's flags takes longer than sending
_MORE = _NOBLOCK | int(zmq.SNDMORE)
AT_ONCE = 64  # requests or subscriptions taken in one go: actors on the same loop get their turn
ANSWERING_S = 0.005  # in one go: the picture of a large line takes a millisecond, and commands wait for it
_BEAT = {"trace": "", "units": "", "quality": "good", "source": ""}

Sink = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class NotifierSettings:
    """Where news is told.

    Attributes:
        host: interface to listen on; "" or "*": all.
        port: of PUB; 0: any free one.
        reply_port: of REP; None: the one after `port` (any free one if that is 0).
        heartbeat_s: seconds between heartbeats, > 0.
        port_is_default: nobody configured `port`: if it is taken, a free one will do.
        high_water: messages held for one slow subscriber before it loses its own.
        depth: events per topic that can be replayed.
        legacy_text: send the text lines of Pychron's own subscribers.
    """

    host: str = "127.0.0.1"
    port: int = 0
    reply_port: int | None = None
    heartbeat_s: float = 1.0
    port_is_default: bool = False
    high_water: int = 10_000
    depth: int = DEPTH
    legacy_text: bool = True


class Notifier(LoopActor):
    """Publishes `News`, keeps the last of each topic, answers on REP. Lives on the loop named "news".

    The heartbeat's timer runs on the node loop: a node whose actors hang falls silent, as it should. What it
    bound is in `context.facts`: `notify_port`, `reply_port`; a restarted notifier takes the same ports again.

    Args:
        zmq_context: the news loop's, `ZmqPoller.context`.
        answers: what REP answers to tree, health, describe, config_json. Called on this actor's thread.
    """

    loop_name: ClassVar[str] = "news"

    def __init__(
        self,
        context: Context,
        path: str,
        zmq_context: ZmqContext,
        settings: NotifierSettings,
        answers: Answers | None = None,
    ) -> None:
        super().__init__(context, path)
        self._zmq, self._settings, self._answers = zmq_context, settings, answers or {}
        # Kept beyond a restart of this actor: revisions must not begin anew on the same boot.
        self._archive: Archive = context.facts.setdefault(
            "news_archive", Archive(context.node, context.boot, settings.depth)
        )
        self._sinks: list[Sink] = context.facts.setdefault("news_sinks", [])
        self._pack = packer()
        self._refused = 0
        self._open: list[ZmqSocket] = []
        self._subscribed: set[bytes] = set()  # the prefixes that anybody has subscribed to

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`. A tuple of `News` is published in its order."""
        return {
            News: self._publish,
            tuple: self._publish_all,
            TextNews: self._send_line,
            Follow: self._follow,
            Unfollow: self._unfollow,
            Tick: self._ticked,
        }

    def begin(self) -> None:
        """Bind both ports and send the first heartbeat.

        Raises:
            PortTaken: a configured port, or its host, cannot be listened on.
        """
        settings, facts = self._settings, self.context.facts
        port, reply_port = settings.port, settings.reply_port
        any_port = settings.port_is_default
        high_water = settings.high_water
        self._publisher = self._opened(zmq.XPUB, high_water=high_water, largest_bytes=LONGEST_PREFIX_BYTES)
        self._publisher.setsockopt(zmq.XPUB_VERBOSE, 1)
        bound = self._bind(self._publisher, port, "notify_port", default=any_port)
        self._replier = self._opened(zmq.REP, high_water=REPLIES_KEPT, largest_bytes=LARGEST_BYTES)
        if reply_port is None:
            reply_port, any_port = (port + 1 if port else 0), True
        bound_reply = self._bind(self._replier, reply_port, "reply_port", default=any_port)
        if port not in (0, bound) or reply_port not in (0, bound_reply):
            taken = {"wanted": (port, reply_port), "bound": (bound, bound_reply)}
            self.log.warning("notifier.port_taken", host=settings.host, **taken, hint="free ports chosen")
        facts.update(notify_port=bound, reply_port=bound_reply)
        self.loop.watch(self._publisher, read=lambda: self.actor_ref.tell(Tick("subscriptions")))
        self.loop.watch(self._replier, read=lambda: self.actor_ref.tell(Tick("requests")))
        self._beat()

    def make_safe(self) -> None:
        """Close both sockets; on the loop's thread, as all hooks."""
        for socket in self._open:
            self.loop.watch(socket)
            socket.close()
        self._open.clear()

    def detail(self) -> str:
        """See `Actor.detail`."""
        ports = f"PUB {self.context.facts.get('notify_port')}, REP {self.context.facts.get('reply_port')}"
        topics = len(self._archive.topics)
        return f"{ports}; {topics} topics, {self._archive.seq} events, {self._refused} not sent"

    def _opened(self, kind: int, *, high_water: int = 1000, largest_bytes: int) -> ZmqSocket:
        socket = open_socket(self._zmq, kind, thread=LISTENERS, high_water=high_water, largest_bytes=largest_bytes)
        self._open.append(socket)
        return socket

    def _bind(self, socket: ZmqSocket, wanted: int, fact: str, *, default: bool) -> int:
        had = self.context.facts.get(fact, 0)
        purpose = f"{fact} of {self.context.node}"
        return listen(socket, self._settings.host, wanted, had=had, default=default, purpose=purpose)

    # --- publishing ---------------------------------------------------------------------------------------

    def _publish_all(self, batch: tuple[News, ...]) -> None:
        for news in batch:
            self._publish(news)

    def _publish(self, news: News) -> None:
        topic, archive = PREFIX + news.topic, self._archive
        try:
            kept = archive.topic(topic)
        except UnicodeError as error:
            self._refuse(topic, f"not plain text: {error}")
            return
        rev = news.rev or kept.rev + 1
        if rev <= kept.rev:
            rev = kept.rev + 1  # what was told last is what holds: subscribers would pass an older revision over
            self.log.warning("news.revision_not_newer", topic=topic, got=news.rev, last=kept.rev, sent_as=rev)
        fields = {
            **news.extra,
            "v": VERSION,
            "node": archive.node,
            "boot": archive.boot,
            "seq": archive.seq + 1,
            "rev": rev,
            "ts": time.time(),
            "trace": news.trace,
            "value": news.value,
            "units": news.units,
            "quality": news.quality,
            "source": news.source,
        }
        if "origin_rev" in fields and "origin" not in fields:  # it says nothing without it
            del fields["origin_rev"]
        payload = self._packed(topic, fields)
        if payload is not None:
            archive.keep(topic, kept, rev, payload)
            self._send(kept.name, payload)
            if self._sinks:
                self._hand_on(topic, fields)

    def _packed(self, topic: str, fields: dict[str, Any]) -> bytes | None:
        """Return an event's map, which takes the next sequence number; None: it cannot be sent."""
        try:
            payload = self._pack(fields)
        except (TypeError, ValueError, OverflowError) as error:
            self._refuse(topic, f"not plain data: {error}")
            return None
        if len(payload) > LARGEST_EVENT_BYTES:
            self._refuse(topic, f"{len(payload)} bytes, at most {LARGEST_EVENT_BYTES} are sent")
            return None
        self._archive.seq += 1
        return payload

    def _send(self, name: bytes, payload: bytes) -> None:
        if self._subscribed:  # who comes later is told the last event of each topic
            self._publisher.send(name, _MORE)  # never blocks: a full subscriber loses its own
            self._publisher.send(payload, _NOBLOCK)

    def _refuse(self, topic: str, why: str) -> None:
        self._refused += 1
        self.log.error("news.not_sent", topic=topic, why=why)

    def _hand_on(self, topic: str, fields: Mapping[str, Any]) -> None:
        for sink in tuple(self._sinks):
            try:
                sink(topic, fields)
            except Exception:
                self.log.exception("notifier.sink_dropped", topic=topic, sink=repr(sink))
                self._sinks.remove(sink)

    def _send_line(self, news: TextNews) -> None:
        if not self._settings.legacy_text:
            return
        try:
            frame = encode_line(Line(news.tag, news.text))
        except BadLine as error:
            self._refuse(news.tag, str(error))
            return
        self._publisher.send(frame, zmq.NOBLOCK)

    def _follow(self, message: Follow) -> None:
        if message.sink not in self._sinks:
            self._sinks.append(message.sink)

    def _unfollow(self, message: Unfollow) -> None:
        if message.sink in self._sinks:
            self._sinks.remove(message.sink)

    # --- timers and sockets -------------------------------------------------------------------------------

    def _ticked(self, tick: Tick) -> None:
        if tick.what == "subscriptions":
            self._repeat()
        elif tick.what == "requests":
            self._answer()
        else:
            self._beat()

    def _beat(self) -> None:
        archive = self._archive
        archive.beats += 1
        topic = HEARTBEAT + archive.node
        who = {"v": VERSION, "node": archive.node, "boot": archive.boot, "seq": archive.seq + 1, "ts": time.time()}
        payload = self._packed(topic, {**who, "rev": archive.beats, "value": digest(archive.revisions()), **_BEAT})
        if payload is not None:
            self._send(topic.encode(), payload)
        self.later(self._settings.heartbeat_s, Tick("heartbeat"))

    def _repeat(self) -> None:
        """Repeat the last value of each topic that was just subscribed to, for clients that only listen."""
        prefixes: list[bytes] = []
        for _ in range(AT_ONCE):
            try:
                message = self._publisher.recv(zmq.NOBLOCK)
            except zmq.Again:
                break
            if message.startswith(SUBSCRIBED):
                prefixes.append(message[1:])
                self._subscribed.add(message[1:])
            elif message.startswith(UNSUBSCRIBED):  # the last subscriber of a prefix has gone
                self._subscribed.discard(message[1:])
        if prefixes:
            for frames in self._archive.matching(prefixes, self._settings.high_water // 2):
                self._publisher.send_multipart(frames, zmq.NOBLOCK)

    def _answer(self) -> None:
        ends_at = time.monotonic() + ANSWERING_S
        for _ in range(AT_ONCE):
            if time.monotonic() > ends_at:
                return  # what still waits is told again
            try:
                request = self._replier.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            try:
                reply = answer(request, self._archive, self._answers)
            except Exception as error:  # an unanswered REP would be stuck for ever
                self.log.exception("notifier.answer_failed", request=repr(request[0][:60]))
                reply = text_error(f"{error.__class__.__name__}: {error}")
            self._replier.send(reply, zmq.NOBLOCK)
