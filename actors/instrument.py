r"""A device of a kind that valvetree does not know: one class, with words of its own on the wire and at the console.

    class Chiller(Instrument):
        words = (
            Word("GetCoolant", (), "of the chiller, degrees Celsius"),
            Word("SetCoolant", ("celsius",), "set it", moves=True),
        )

        def answer(self, word, args):
            if word == "GetCoolant":
                return self.exchange.ask(b"RT\r").decode()
            return self.exchange.ask(f"ST {float(args[0]):g}\r".encode(), acts=True).decode()

A device file names it: `klass: my_lab.chiller:Chiller`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from actors.actor import Context
from actors.actuation import Settled
from actors.guard import Overtaken, check_deadline
from actors.messages import Kind, News, Outcome, Query, Reason, State, Tick
from actors.placement import ThreadActor
from hardware.errors import DeviceError, DeviceRefused, NotSent
from hardware.exchange import Exchange
from hardware.settings import DeviceSettings


@dataclass(frozen=True, slots=True)
class Word:
    """One command of a device's own.

    Attributes:
        name: a verb on the wire if it begins with a capital; `read` and `set` are what `Read` and `Set` ask it for.
        args: names of its arguments; `[x]` may be left out.
        summary: what it does, for `--commands` and `Describe`.
        moves: it changes something: journaled, and never repeated blindly.
    """

    name: str
    args: tuple[str, ...] = ()
    summary: str = ""
    moves: bool = False


class Instrument(ThreadActor):
    """The actor `device.<name>`. It may block on its device, on its own thread.

    Derive from it, give `words` and `answer`; and `look`, where it is to be told as news what it reads.

    Attributes:
        settings_model, terminator, simulator, hears_out, addressed_by: as in `hardware.device.Device`.
        words: its commands; no other klass may have one of that name.
        poll_s: seconds between looks; 0: none.
        settings: what its file says; exchange: its wire.
    """

    settings_model: ClassVar[type[DeviceSettings]] = DeviceSettings
    terminator: ClassVar[bytes] = b"\n"
    simulator: ClassVar[str] = ""
    hears_out: ClassVar[bool] = True
    addressed_by: ClassVar[str] = ""
    words: ClassVar[tuple[Word, ...]] = ()
    poll_s: ClassVar[float] = 0.0

    def __init__(self, context: Context, path: str, settings: Any, exchange: Exchange) -> None:
        super().__init__(context, path)
        self.settings = settings
        self.exchange = exchange
        self._moves = {word.name: word.moves for word in self.words}
        self._said, self._down = "not asked yet", False

    def answer(self, word: str, args: tuple[str, ...]) -> str:
        """Do what one of `words` says, and return its reply.

        Raises:
            DeviceError: as the exchange does, or your own.
            ValueError: an argument is none for this word; nothing was begun.
        """
        raise NotImplementedError

    def look(self) -> Mapping[str, Any]:
        """Return what is to be told as news: name -> plain data. Called every `poll_s`. Raises `DeviceError`."""
        return {}

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Query: self._query, Tick: self._poll}

    def begin(self) -> None:
        """Look at the device on the first tick: one that is absent is no failure to start."""
        if self.poll_s:
            self.actor_ref.tell(Tick("poll"))

    def detail(self) -> str:
        """See `Actor.detail`."""
        return self._said

    def _query(self, query: Query) -> None:
        request = query.request
        try:
            if query.what == "ping":
                outcome = self._done(query, str(not self._down))
            elif query.what not in self._moves:
                outcome = self._refused(query, Reason.NOT_AVAILABLE, f"{self.settings.name} knows no {query.what}")
            else:
                check_deadline(request.deadline)
                with self.exchange.guarded(partial(check_deadline, request.deadline)):
                    outcome = self._done(query, self.answer(query.what, query.args))
                self._back()
        except Overtaken as late:
            outcome = self._refused(query, late.reason, str(late))
        except NotSent as error:
            outcome = self._refused(query, Reason.NOT_CONNECTED, self._lost(error))
        except DeviceRefused as error:
            outcome = self._refused(query, Reason.FAILED, str(error))
        except DeviceError as error:
            text = self._lost(error)
            outcome = Outcome(query.what, self.settings.name, Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=text)
        except ValueError as error:
            outcome = self._refused(query, Reason.BAD_ARGUMENTS, str(error))
        request.reply_to.answer(outcome)
        if self._moves.get(query.what):
            self.tell_path("chronicle", Settled(request, outcome, State.UNKNOWN, time.time()))

    def _poll(self, _tick: Tick) -> None:
        self.later(self.poll_s, Tick("poll"))
        try:
            told = self.look()
        except DeviceError as error:
            self._lost(error)
            return
        self._back()
        self._said = ", ".join(f"{name} {value}" for name, value in told.items())
        for name, value in told.items():
            self.tell_path("chronicle", News(f"device.{self.settings.name}.{name}", value, source="readback"))

    def _lost(self, error: DeviceError) -> str:
        if not self._down:
            self.log.error("device.lost", why=str(error))
        self._down, self._said = True, f"down: {error}"
        return str(error)

    def _back(self) -> None:
        if self._down:
            self.log.info("device.back")
            self._said = "up"
        self._down = False

    def _done(self, query: Query, text: str) -> Outcome:
        took_ms = (time.monotonic() - query.request.received) * 1000
        return Outcome(query.what, self.settings.name, Kind.DONE, text=text, took_ms=took_ms)

    def _refused(self, query: Query, reason: Reason, text: str) -> Outcome:
        return Outcome(query.what, self.settings.name, Kind.REFUSED, reason=reason, text=text)
