"""Exchanges with a peer that has no HELLO: one at a time, in order, nothing ever sent twice.

Real Pychron servers answer one command per connection: the reply has no end but the connection's. Other peers keep
the connection; their reply ends with its line, with its frame, or when nothing has followed it for a while. Which it is
shows when the peer is met, and a peer that is seen to close is believed from then on.

A job is a generator: it yields what is to be said, or seconds to wait, and is sent what was heard. While it runs, no
other job of its lane says anything.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass

from transports.rpc.channel import CLOSED, Address, Channel
from transports.rpc.frames import Form
from transports.rpc.host import Host

QUIET_S = 0.1  # a reply without an end, on a connection that stays open, is whole when nothing has followed for so long
GOODBYE = "Goodbye"  # to whoever keeps the connection: a server of ours, it may be, that would miss us
CLOSES_WITHIN_S = 1.0  # after its reply: later than that a peer closes what is idle


@dataclass(frozen=True, slots=True)
class Say:
    """One command.

    Attributes:
        timeout_s: for the connection and the answer together.
        send_by: monotonic seconds after which it is not sent any more.
        form: how it is framed; None: as this peer is spoken to.
    """

    text: str
    timeout_s: float
    send_by: float = math.inf
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of it: the reply's text, or None and why there is none. `sent`: the far end may have read it."""

    text: str | None
    why: str = ""
    sent: bool = True
    late: bool = False  # it was not sent, as it was too late for that


Job = Generator[Say | float, Reply, None]


@dataclass(slots=True)
class Manner:
    """How one peer is spoken to.

    Attributes:
        closes: it closes the connection after its reply; None: not known yet.
        found: where it was when it was met: its name is not looked up for each command.
    """

    form: Form = Form.PLAIN
    closes: bool | None = None
    found: Address | None = None


@dataclass(slots=True, eq=False)
class _Exchange:
    say: Say
    sent_at: float = 0.0
    reply: str | None = None
    buffered: int = 0


class PlainLane:
    """One row of jobs: a `channel.Owner`. Used on the loop only.

    Args:
        doubt: called when there was no answer.

    Attributes:
        silent: how many exchanges in a row were not answered in time.
        heard_at: monotonic seconds at which a reply came last.
    """

    def __init__(self, name: str, host: Host, manner: Manner, doubt: Callable[[], None]) -> None:
        self._name = name
        self._doubt = doubt
        self._host = host
        self._manner = manner
        self._waiting: deque[Job] = deque()
        self._job: Job | None = None
        self._exchange: _Exchange | None = None
        self._channel: Channel | None = None
        self.round_trip_ms: float | None = None
        self._answered: Channel | None = None  # the last one that did
        self.heard_at = 0.0
        self.silent = 0

    @property
    def stands(self) -> bool:
        """Whether a connection is open."""
        return self._channel is not None

    @property
    def idle(self) -> bool:
        """Whether no job runs or waits."""
        return self._job is None

    def run(self, job: Job) -> None:
        """Run a job when those before it have ended."""
        self._waiting.append(job)
        self._next()

    def down(self, why: str, *, hard: bool = True) -> None:
        """Break the connection off; every job goes on to its end, and hears nothing but why."""
        exchange, self._exchange = self._exchange, None
        running, self._job = self._job, None
        waiting, self._waiting = list(self._waiting), deque()
        if self._channel is not None and hard:
            self._channel.drop()
        elif self._channel is not None:
            self._channel.leave("" if self._manner.closes is not False else GOODBYE)
        self._channel = None
        if running is not None:
            _run_out(running, Reply(None, why, sent=exchange is not None and bool(exchange.sent_at)))
        for job in waiting:
            next(job)
            _run_out(job, Reply(None, why, sent=False))

    # --- jobs ---------------------------------------------------------------------------------------------

    def _next(self) -> None:
        while self._job is None and self._waiting:
            self._job = self._waiting.popleft()
            self._step(self._job, next)

    def _go_on(self, job: Job, reply: Reply) -> None:
        if job is self._job:
            self._step(job, lambda job: job.send(reply))
            self._next()

    def _step(self, job: Job, step: Callable[[Job], Say | float]) -> None:
        try:
            wish = step(job)
        except StopIteration:
            if self._job is job:
                self._job = None
            return
        if isinstance(wish, Say):
            self._begin(wish)
        else:
            self._host.after(wish, lambda: self._go_on(job, Reply(None, sent=False)))

    # --- exchanges ----------------------------------------------------------------------------------------

    def _begin(self, say: Say) -> None:
        exchange = self._exchange = _Exchange(say)
        self._host.after(say.timeout_s, lambda: self._timed_out(exchange))
        form = say.form or self._manner.form
        kept = self._channel
        if kept is not None and (self._manner.closes is not False or kept.form is not form or kept.buffered):
            kept.leave()
            self._channel = None
        if self._channel is not None:
            self._send(exchange)
        else:
            self._channel = Channel(self._host.loop, self._name, self, form)
            standing = self._host.standing
            self._channel.connect(standing.host, standing.port, self._host.settings.dig, self._manner.found)

    def _send(self, exchange: _Exchange) -> None:
        assert self._channel is not None
        now = time.monotonic()
        if now > exchange.say.send_by:
            self._end(exchange, Reply(None, "it could not be sent in time", sent=False, late=True))
            return
        exchange.sent_at = now
        try:
            self._channel.send(exchange.say.text)
        except ValueError as error:
            exchange.sent_at = 0.0
            self._end(exchange, Reply(None, str(error), sent=False))
            return
        if self._manner.closes is not True:
            self._host.after(QUIET_S, lambda: self._listen(exchange))

    def _listen(self, exchange: _Exchange) -> None:
        """Take what has come for the whole reply if nothing has followed it for a while."""
        channel = self._channel
        if exchange is not self._exchange or channel is None or self._manner.closes is True:
            return
        if channel.buffered and channel.buffered == exchange.buffered and channel.form is Form.PLAIN:
            text = channel.rest()
            if text is not None:
                self._end(exchange, Reply(text))
                return
        exchange.buffered = channel.buffered
        self._host.after(QUIET_S, lambda: self._listen(exchange))

    def _timed_out(self, exchange: _Exchange) -> None:
        if exchange is not self._exchange:
            return
        if self._manner.closes and exchange.say.form is None:
            self._manner.closes = None  # it may be another program now
        if self._channel is not None:
            self._channel.drop()
            self._channel = None
        self.silent += 1
        why = f"no answer in {exchange.say.timeout_s:.1f} s"
        self._host.log.warning(
            "node.timeout", peer=self._host.settings.name, lane=self._name, asked=exchange.say.text, why=why
        )
        self._end(exchange, Reply(None, why, sent=bool(exchange.sent_at)))

    def _end(self, exchange: _Exchange, reply: Reply) -> None:
        self._exchange = None
        now = time.monotonic()
        if reply.text is not None:
            self.heard_at, self._answered, self.silent = now, self._channel, 0
            self.round_trip_ms = (now - exchange.sent_at) * 1000
        elif not reply.late:
            self._doubt()
        if self._job is not None:
            self._go_on(self._job, reply)

    # --- what the connection tells ------------------------------------------------------------------------

    def connected(self, channel: Channel) -> None:
        """See `channel.Owner`."""
        self._host.soon(lambda: self._connected(channel))

    def line(self, channel: Channel, text: str) -> None:
        """See `channel.Owner`."""
        self._host.soon(lambda: self._line(channel, text))

    def closed(self, channel: Channel, why: str) -> None:
        """See `channel.Owner`."""
        self._host.soon(lambda: self._closed(channel, why))

    def _connected(self, channel: Channel) -> None:
        if channel is self._channel and self._exchange is not None:
            self._manner.found = channel.address
            self._send(self._exchange)

    def _line(self, channel: Channel, text: str) -> None:
        if channel is not self._channel:
            return  # from a connection that was given up
        if self._exchange is not None and self._exchange.sent_at:
            self._end(self._exchange, Reply(text))
        else:
            self._host.log.warning("node.unasked", peer=self._host.settings.name, said=text[:80])
            channel.drop()
            self._channel = None

    def _closed(self, channel: Channel, why: str) -> None:
        if why == CLOSED and channel is self._answered and time.monotonic() - self.heard_at < CLOSES_WITHIN_S:
            self._manner.closes = True
        if channel is not self._channel:
            return
        self._channel = None
        exchange = self._exchange
        if exchange is not None:
            sent = bool(exchange.sent_at)
            self._end(exchange, Reply(None, f"{why} without an answer" if why == CLOSED and sent else why, sent))


def _run_out(job: Job, reply: Reply) -> None:
    """Let a job go on to its end when nothing can be said any more."""
    try:
        while True:
            job.send(reply)
            reply = Reply(None, reply.why, sent=False)
    except StopIteration:
        return
