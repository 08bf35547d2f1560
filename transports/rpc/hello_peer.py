"""A node that says HELLO: two kept connections, one for acts, one for questions, so that a slow move delays no look.

After a timeout the connection is dropped hard, so that a late reply is nobody's. What was asked on it and changes
something is then asked once more, by the same id and with its first deadline, if the node is still in the same life:
it answers from memory, joins what it is carrying out, or refuses what it has never begun. Nothing moves twice. In
another life of it nothing is repeated: whoever asked is told that nobody knows. That takes at most twice the node's
timeout, and the valve's own delays.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from actors.store import Remember
from transports.rpc.channel import CLOSED, Channel
from transports.rpc.description import Description
from transports.rpc.errands import Errands
from transports.rpc.fields import Hello, Welcome
from transports.rpc.frames import Form
from transports.rpc.greeting import TurnedAway, takes_no_braces, welcome_of
from transports.rpc.host import Host
from transports.rpc.lane import Lane, Pending, Stage, Then

DESCRIBE_AGAIN_S = 1.0


class HelloPeer:
    """A part of a node connection: a `host.Peer`, its errands' `errands.Carrier`, its channels' `channel.Owner`."""

    def __init__(self, host: Host) -> None:
        self.path = host.path
        self._host = host
        self._settings, self._standing = host.settings, host.standing
        self._acts, self._asks = Lane("acts"), Lane("asks")
        self._lanes = (self._acts, self._asks)
        self._description = Description(self, self._asks, host.settings.line, host.lose, self._undescribed)
        self._errands = Errands(self, self._acts, self._asks, host.settings, self._description.delay_s)
        self._welcome: Welcome | None = None
        self._form = Form.BRACED  # of the reply that was read last

    def take(self, message: Any) -> None:
        """See `Peer`."""
        self._errands.take(message)

    @property
    def boot(self) -> str:
        """See `Peer`."""
        return self._welcome.boot if self._welcome is not None else ""

    @property
    def round_trip_ms(self) -> float | None:
        """See `Peer`."""
        return self._asks.round_trip_ms

    # --- coming and going -------------------------------------------------------------------------------

    def connect(self) -> None:
        """See `Peer`."""
        self._connect(self._acts)
        self._connect(self._asks)

    def _connect(self, lane: Lane) -> None:
        if lane.stage is Stage.DOWN and self._standing.port:
            lane.stage = Stage.CONNECTING
            channel = lane.channel = Channel(self._host.loop, lane.name, self)
            channel.connect(self._standing.host, self._standing.port, self._settings.dig)
            self._host.after(self._settings.timeout_s, lambda: self._connect_by(lane, channel))

    def _connect_by(self, lane: Lane, channel: Channel) -> None:
        why = f"no answer in {self._settings.timeout_s:.1f} s"
        if lane.channel is channel and lane.stage is Stage.CONNECTING:
            self._host.lose(why)
        elif lane.channel is channel and lane.stage is Stage.GREETING:
            self._host.is_plain(Form.PLAIN, why)

    def connected(self, channel: Channel) -> None:
        """See `channel.Owner`."""
        self._heard(channel, self._begin)

    def line(self, channel: Channel, text: str) -> None:
        """See `channel.Owner`."""
        form = channel.heard
        self._heard(channel, lambda lane: self._reply(lane, text, form))

    def closed(self, channel: Channel, why: str) -> None:
        """See `channel.Owner`."""
        self._heard(channel, lambda lane: self._closed(lane, why))

    def _heard(self, channel: Channel, then: Callable[[Lane], None]) -> None:
        """Go on as a message of the actor; what a connection told that was given up since is passed over."""

        def go_on() -> None:
            lane = next((lane for lane in self._lanes if lane.channel is channel), None)
            if lane is not None:
                then(lane)

        self._host.soon(go_on)

    def _begin(self, lane: Lane) -> None:
        lane.stage = Stage.GREETING
        self._greet(lane)

    def _closed(self, lane: Lane, why: str) -> None:
        if lane.stage is Stage.GREETING:
            self._host.is_plain(Form.PLAIN, f"{why} when it was greeted" if why == CLOSED else why)
        else:
            self._host.lose(why)

    def _reply(self, lane: Lane, line: str, form: Form) -> None:
        try:
            request, text, told = lane.match(line, time.monotonic())
        except ValueError as error:
            self._host.lose(str(error))
        else:
            self._form = form
            request.finish(text, told)

    def _greet(self, lane: Lane) -> None:
        """Say Hello; once fields are agreed, with the id of this life of ours: what an earlier one claimed runs out."""
        hello = Hello(self._host.node, self._settings.fingerprint)
        told = {} if lane.stage is Stage.GREETING else {"boot": self._host.context.boot}
        self.send(lane, hello.encode(), told, lambda text, _told: self._greeted(lane, text))

    def _greeted(self, lane: Lane, text: str | None) -> None:
        if text is None:
            return  # the lane is down, which says why
        try:
            welcome = welcome_of(text)
        except TurnedAway as why:
            self._host.lose(str(why))
            return
        if welcome is None:
            form = Form.BRACED if self._form is Form.BRACED and not takes_no_braces(text) else Form.PLAIN
            self._host.is_plain(form, f"it does not speak HELLO (it answered {text[:80]!r})")
            return
        before, lane.fields = lane.stage, "fields" in welcome.features
        lane.by_id = lane.fields and "ids" in welcome.features
        if before is Stage.GREETING and lane.fields:
            lane.stage = Stage.AGREED
            self._greet(lane)
            return
        lane.stage = Stage.UP
        lane.heard(time.monotonic(), welcome.clock_ms)
        other = self._asks if lane is self._acts else self._acts
        if self._welcome is not None and self._welcome.boot != welcome.boot:
            for each in self._lanes:
                each.forget(f"it restarted (boot {welcome.boot})")
            if self._standing.up or other.stage is Stage.UP:
                self._host.lose(f"it restarted (boot {welcome.boot})")
                return
        self._welcome = welcome
        self._up(lane, welcome, kept_alive=before is Stage.UP)

    def _up(self, lane: Lane, welcome: Welcome, *, kept_alive: bool) -> None:
        """One lane is up: the node is if both are; a lane that was made again goes on where it was broken off."""
        if not self._standing.up:
            if self._acts.stage is self._asks.stage is Stage.UP:
                self._came_up(welcome)
        elif lane is self._acts:
            if not kept_alive:
                self._host.tidings.news_are_at(welcome)
                self._host.tidings.back(welcome.boot)  # it was reconnected after a timeout: have the states read now
        else:
            self._host.tidings.news_are_at(welcome)  # its subscriber may have been restarted
            self._description.fetch_again()
        if self._standing.up:
            self._ask_again()

    def _came_up(self, welcome: Welcome) -> None:
        self._standing.simulated = "simulated" in welcome.features
        self._host.rise(boot=welcome.boot)
        if self._settings.line:
            self._description.fetch()
        else:
            self._host.tell_path("store", Remember(self.path, []))  # so that it is known to say HELLO
        self._host.tidings.news_are_at(welcome)
        self._host.tidings.back(welcome.boot)

    def down(self, why: str) -> None:
        """See `Peer`."""
        for lane in self._lanes:
            self._break_off(lane, why)

    def end(self, why: str) -> None:
        """See `Peer`: there will be no other connection to ask again on."""
        for lane in self._lanes:
            lane.down(why)
            lane.forget(why)

    def leave(self, why: str) -> None:
        """See `Peer`: an orderly end is told, right behind a Hello too, so that it is not taken for a death."""
        for lane in self._lanes:
            if lane.stage in (Stage.GREETING, Stage.AGREED, Stage.UP) and lane.channel is not None:
                lane.channel.leave("Goodbye")
        self.end(why)

    def keep_alive(self) -> None:
        """See `Peer`: both, so that their clocks are heard, and neither is taken for idle."""
        for lane in self._lanes:
            if self.ready(lane) and lane.idle:
                self._greet(lane)

    def announce(self) -> None:
        """See `Peer`."""
        if self._welcome is not None:
            self._description.tell()
            self._host.tidings.news_are_at(self._welcome)
            self._host.tidings.back(self._welcome.boot)

    def _undescribed(self, why: str) -> None:
        if why:
            self._host.log.warning("node.undescribed", peer=self._settings.name, why=why)
        self._host.after(DESCRIBE_AGAIN_S, self._describe_again)

    def _describe_again(self) -> None:
        if self.ready(self._asks):
            self._description.fetch_again()

    # --- requests -----------------------------------------------------------------------------------------

    def tell_path(self, path: str, message: Any) -> bool:
        """See `errands.Carrier`."""
        return self._host.tell_path(path, message)

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
        now, after_s = time.monotonic(), self._settings.timeout_s + extra_s
        aside = lane.by_id and "deadline" in told
        pending = Pending(text, told, then, now, now + after_s + self._settings.timeout_s, aside)
        lane.send(pending)
        self._answer_within(lane, pending, after_s)

    def _answer_within(self, lane: Lane, pending: Pending, after_s: float) -> None:
        channel = lane.channel
        self._host.after(after_s, lambda: self._answer_by(lane, channel, pending, after_s))

    def _answer_by(self, lane: Lane, channel: Channel | None, pending: Pending, after_s: float) -> None:
        """A request has waited long enough: its connection is dropped, so that a late reply is nobody's."""
        if pending.done or lane.channel is not channel:
            return
        if lane.waits_behind(pending):
            self._answer_within(lane, pending, after_s)  # the time of the one before it is running
            return
        text = f"no answer in {after_s:.1f} s"
        self._host.log.warning("node.timeout", peer=self._settings.name, lane=lane.name, asked=pending.what, why=text)
        if pending.what.startswith("Hello "):
            self._host.lose(text)
        else:
            self._break_off(lane, text)
            self._connect(lane)

    def _break_off(self, lane: Lane, why: str) -> None:
        lane.down(why)
        for pending in lane.owed:
            self._give_up_at_its_end(lane, pending)

    def _give_up_at_its_end(self, lane: Lane, pending: Pending) -> None:
        def give_up() -> None:
            if pending in lane.owed:
                lane.owed.remove(pending)
                pending.fail(self.unready())

        self._host.after(max(0.0, pending.ends_by - time.monotonic()), give_up)

    def _ask_again(self) -> None:
        """Ask what is owed once more, where that can move nothing twice."""
        for lane in self._lanes:
            if lane.stage is not Stage.UP or not lane.owed:
                continue
            if not lane.by_id:
                lane.forget("it knows no ids any more")
                continue
            owed, lane.owed = lane.owed, []
            for pending in owed:
                left_s = pending.ends_by - time.monotonic()
                if left_s <= 0:
                    pending.fail("no time was left")
                    continue
                self._host.log.info("node.asked_again", peer=self._settings.name, asked=pending.what, why=pending.why)
                pending.repeated = True
                lane.send(pending)
                self._answer_within(lane, pending, left_s)
