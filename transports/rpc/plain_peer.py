"""A peer that has no HELLO: a real Pychron server, or what speaks as one. Nothing here is ever sent twice.

It is met by a question that changes nothing; what it tells comes by polling, and what it cannot do is refused.
"""

import time
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from transports.rpc import greeting
from transports.rpc.fields import Hello
from transports.rpc.frames import Form
from transports.rpc.host import Host
from transports.rpc.plain_errands import PLAIN_BOOT, PlainErrands
from transports.rpc.plain_lane import Job, Manner, PlainLane, Reply, Say

SILENT_AT_MOST = 2  # questions without an answer, one after the other
CLOSES_S, LOOKS = 0.3, 15  # after its reply: in this time a peer that closes has done so
IDLE_S = 2.0  # without an answer, after which it is asked whether it is there


class PlainPeer:
    """A part of a node connection: a `host.Peer`."""

    boot = PLAIN_BOOT

    def __init__(self, host: Host) -> None:
        self._host = host
        self._settings = host.settings
        self._manner = Manner()
        doubt = partial(host.soon, self._doubt)
        self._acts, self._asks = (PlainLane(name, host, self._manner, doubt) for name in ("acts", "asks"))
        self._errands = PlainErrands(host, self._acts, self._asks)
        self._question = "GetValveStates" if host.settings.line else "GetTemperature"
        self._meeting = 0
        self._met = False

    @property
    def round_trip_ms(self) -> float | None:
        """See `Peer`."""
        return self._asks.round_trip_ms

    def speak(self, form: Form) -> None:
        """Speak in that form from now on."""
        self._manner.form = form

    def take(self, message: Any) -> None:
        """See `Peer`."""
        self._errands.take(message)

    def connect(self) -> None:
        """See `Peer`."""
        if self._host.standing.port and not self._host.standing.up and self._asks.idle:
            self._asks.run(self._meet(self._meeting))

    def _meet(self, meeting: int) -> Job:
        conclude: Callable[[], None]
        try:
            says_hello = yield from self._acquaint()
        except greeting.TurnedAway as away:
            conclude = partial(self._host.lose, str(away))
        else:
            conclude = self._host.is_hello if says_hello else self._came_up
        self._host.soon(lambda: self._if_still(meeting, conclude))

    def _acquaint(self) -> Generator[Say | float, Reply, bool]:
        """Ask something that changes nothing; and then whether it says HELLO now, before it is taken for a plain peer.

        A node of ours may have been too busy to answer the first Hello. Once it answers anything, it answers Hello.

        Raises:
            TurnedAway: it gives no answer, or wants nothing to do with us.
        """
        self._manner.closes = self._manner.found = None
        reply = yield Say(self._question, self._settings.timeout_s)
        greeting.check_answered(reply.text, reply.why)
        for _ in range(LOOKS):
            if self._asks.stands:
                yield CLOSES_S / LOOKS
        self._manner.closes = not self._asks.stands
        if self._settings.framing != "auto" or self._manner.form is not Form.PLAIN:
            return False
        hello = Hello(self._host.node, self._settings.fingerprint).encode()
        said = yield Say(hello, self._settings.timeout_s, form=Form.BRACED)
        return said.text is not None and greeting.welcome_of(said.text) is not None

    def _if_still(self, meeting: int, conclude: Callable[[], None]) -> None:
        """Do what a question was about, unless all was broken off since."""
        if meeting == self._meeting:
            conclude()

    def _came_up(self) -> None:
        plain = self._manner.form is Form.PLAIN
        manner = "plain" if plain else "braced without HELLO"
        per_command = ", one command per connection" if self._manner.closes else ""
        self._host.standing.simulated = False
        self._host.rise(manner + per_command, framing=manner)
        if self._settings.line:
            self._say_what_it_lacks()
        self._host.tidings.no_news()
        self._host.tidings.back(self.boot)

    def _say_what_it_lacks(self) -> None:
        """Say once that it describes nothing, and each time why names may be unknown."""
        valves = self._settings.valves
        listed = f"this site's valves.yaml has {len(valves)} of them" if valves else "this site's valves.yaml has none"
        why = f"a plain peer without HELLO does not describe its valves; {listed}"
        if not self._met:
            self._met = True
            lacks = "no locks, leases or safe state either, no deadlines, no ids"
            self._host.log.warning("node.plain", peer=self._settings.name, why=why, lacks=lacks)
        self._host.tidings.undescribed(why)

    def keep_alive(self) -> None:
        """See `Peer`."""
        if time.monotonic() - self._asks.heard_at >= IDLE_S:
            self._doubt()

    def _doubt(self) -> None:
        """Ask whether it is still there; while questions wait one behind the other, their silence tells."""
        if not self._host.standing.up:
            return
        if self._asks.silent >= SILENT_AT_MOST:
            self._host.lose(f"no answer in {self._settings.timeout_s:.1f} s")
        elif self._asks.idle:
            self._asks.run(self._look_in(self._meeting))

    def _look_in(self, meeting: int) -> Job:
        reply = yield Say(self._question, self._settings.timeout_s)
        if reply.text is None:
            why = reply.why
            self._host.soon(lambda: self._if_still(meeting, partial(self._host.lose, why)))

    def announce(self) -> None:
        """See `Peer`."""
        self._host.tidings.back(self.boot)

    def down(self, why: str) -> None:
        """See `Peer`."""
        self._break_off(why, hard=True)

    def end(self, why: str) -> None:
        """See `Peer`."""
        self._break_off(why, hard=True)

    def leave(self, why: str) -> None:
        """See `Peer`: a server that closes after each reply knows no goodbye."""
        self._break_off(why, hard=False)

    def _break_off(self, why: str, *, hard: bool) -> None:
        self._meeting += 1
        for lane in (self._acts, self._asks):
            lane.down(why, hard=hard)
