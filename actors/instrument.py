r"""A device of a kind that valvetree does not know: one class, with words of its own on the wire and at the console.

    class Chiller(Instrument):
        words = (
            Word("GetCoolant", (), "of the chiller, degrees Celsius"),
            Word("SetCoolant", ("celsius",), "set it, 5 to 40 degrees Celsius", moves=True),
        )

        def answer(self, word, args):
            if word == "GetCoolant":
                return str(number(self.exchange.ask(b"RT\r")))
            celsius = number(args[0], 5.0, 40.0)
            return str(number(self.exchange.ask(b"ST %g\r" % celsius, acts=True)))

`number` is of `hardware.numerals`: a damaged answer is none. A device file names it: `klass: my_lab.chiller:Chiller`.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from actors.actor import Context
from actors.actuation import Settled
from actors.guard import Overtaken, check_deadline
from actors.messages import Kind, News, Outcome, Query, Reason, State, Tick
from actors.placement import ThreadActor
from actors.tree import duration
from hardware.errors import DeviceError, DeviceRefused, NotSent
from hardware.exchange import Exchange
from hardware.numerals import is_number
from hardware.settings import DeviceSettings


@dataclass(frozen=True, slots=True)
class Word:
    """One command of a device's own.

    Attributes:
        name: a verb on the wire if it begins with a capital; `read` and `set` are what `Read` and `Set` ask it for.
        args: names of its arguments; `[x]` may be left out, `x...` takes any number.
        summary: what it does, for `--commands` and `Describe`.
        moves: it changes something: journaled, and never repeated blindly.
    """

    name: str
    args: tuple[str, ...] = ()
    summary: str = ""
    moves: bool = False

    def fits(self, count: int) -> bool:
        """Return whether it takes this many arguments."""
        fewest = sum(not name.startswith("[") for name in self.args)
        return fewest <= count and (count <= len(self.args) or any("..." in name for name in self.args))


class Instrument(ThreadActor):
    """The actor `device.<name>`. It may block on its device, on its own thread.

    Derive from it, give `words` and `answer`; and `look`, where it is to be told as news what it reads. Whatever these
    raise is told and logged, and the actor lives on.

    Attributes:
        settings_model, terminator, simulator, hears_out, addressed_by, speaks: as in `hardware.device.Device`.
        words: its commands; no other klass may have one of that name.
        poll_s: seconds between looks; 0: none.
        settings: what its file says; exchange: its wire.
    """

    settings_model: ClassVar[type[DeviceSettings]] = DeviceSettings
    terminator: ClassVar[bytes] = b"\n"
    simulator: ClassVar[str] = ""
    hears_out: ClassVar[bool] = True
    addressed_by: ClassVar[str] = ""
    speaks: ClassVar[str] = ""
    words: ClassVar[tuple[Word, ...]] = ()
    poll_s: ClassVar[float] = 0.0

    def __init__(self, context: Context, path: str, settings: Any, exchange: Exchange) -> None:
        super().__init__(context, path)
        self.settings = settings
        self.exchange = exchange
        self._words = {word.name: word for word in self.words}
        self._said, self._down = "up", ""
        self._heard_at: float | None = None  # monotonic seconds
        self._told: set[str] = set()  # what was told as news, and stands

    def answer(self, word: str, args: tuple[str, ...]) -> str:
        """Do what one of `words` says, and return its reply. `args` are as many as the word takes.

        Raises:
            DeviceError: as the exchange does, or your own.
            ValueError: before anything was asked: an argument is none for this word, which is refused. Later it is what
                came that is none, as after any other error: then nobody knows what was done.
        """
        raise NotImplementedError

    def look(self) -> Mapping[str, Any]:
        """Return what is to be told as news: name -> plain data. Called every `poll_s`, and to find out if it is there.

        Whatever it raises, such as a `DeviceError` or a `ValueError`, means that nothing is known of any of them.
        """
        return {}

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Query: self._query, Tick: self._poll}

    def begin(self) -> None:
        """Look at the device on the first tick: one that is absent is no failure to start."""
        if self.poll_s:
            self.actor_ref.tell(Tick("poll"))

    def detail(self) -> str:
        """See `Actor.detail`; without looks, when it answered last."""
        heard_at = self._heard_at
        if self._down:
            return f"down: {self._down}"
        if heard_at is None:
            return "not asked yet"
        return self._said if self.poll_s else f"answered {duration(time.monotonic() - heard_at)} ago"

    def is_down(self) -> bool:
        """See `Actor.is_down`."""
        return self._heard_at is None or bool(self._down)

    # --- words --------------------------------------------------------------------------------------------

    def _query(self, query: Query) -> None:
        word = self._words.get(query.what)
        if query.what == "ping":
            outcome = self._ping(query)
        elif word is None:
            outcome = self._refused(query, Reason.NOT_AVAILABLE, f"{self.settings.name} knows no {query.what}")
        elif not word.fits(len(query.args)):
            takes = ", ".join(word.args) or "nothing"
            text = f"{word.name} takes {takes}, not {', '.join(query.args) or 'nothing'}"
            outcome = self._refused(query, Reason.BAD_ARGUMENTS, text)
        else:
            outcome = self._answered(query)
        query.request.reply_to.answer(outcome)
        if word is not None and word.moves:
            self.tell_path("chronicle", Settled(query.request, outcome, State.UNKNOWN, time.time()))

    def _ping(self, query: Query) -> Outcome:
        """Tell whether it is there: it is looked at, if it has a `look`; else, whether it answered when last asked."""
        self._look()
        return self._done(query, str(not self.is_down()))

    def _answered(self, query: Query) -> Outcome:
        asked = False

        def check() -> None:
            nonlocal asked
            check_deadline(query.request.deadline)
            asked = True

        try:
            with self.exchange.guarded(check):
                check_deadline(query.request.deadline)
                text = str(self.answer(query.what, query.args))
        except Exception as error:  # noqa: BLE001 - whatever a driver raises, who asked is told
            return self._failed(query, error, asked=asked)
        self._heard()
        return self._done(query, text)

    def _failed(self, query: Query, error: Exception, *, asked: bool) -> Outcome:
        """Tell what is known after an error: only where nothing that acts was let through, nothing was done."""
        acted = self.exchange.let_through
        if isinstance(error, DeviceRefused):
            if asked:
                self._heard()
            return self._refused(query, Reason.FAILED, str(error))
        if isinstance(error, Overtaken):
            if not acted:
                return self._refused(query, error.reason, str(error))
            return self._unknown(query, f"{error}; what it was told before may have been done")
        if isinstance(error, ValueError) and not asked:
            return self._refused(query, Reason.BAD_ARGUMENTS, str(error))
        text = self._lost(error)
        if isinstance(error, NotSent) and not acted:
            return self._refused(query, Reason.NOT_CONNECTED, text)
        return self._unknown(query, text)

    # --- looks --------------------------------------------------------------------------------------------

    def _poll(self, _tick: Tick) -> None:
        self.later(self.poll_s, Tick("poll"))
        self._look()

    def _look(self) -> None:
        if type(self).look is Instrument.look:
            return
        try:
            told = dict(self.look())
        except Exception as error:  # noqa: BLE001 - whatever a driver raises, nothing is known
            self._lost(error)
            return
        self._heard()
        self._said = ", ".join(f"{name} {value}" for name, value in told.items()) or "up"
        self._forget(self._told - told.keys(), "it is not told any more")
        self._told = set(told)
        for name, value in told.items():
            known = value is not None and (not isinstance(value, float) or is_number(value))
            quality = "good" if known else "unknown"
            self.tell_path(
                "chronicle", News(self._topic(name), value if known else None, source="readback", quality=quality)
            )

    def _lost(self, error: Exception) -> str:
        why = str(error) if isinstance(error, DeviceError) else f"{type(error).__name__}: {error}"
        if not self._down:
            self.log.error("device.lost", why=why, exc_info=None if isinstance(error, DeviceError) else error)
        self._down, self._said = why, "up"
        self._forget(self._told, why)
        self._told = set()
        return why

    def _forget(self, names: Iterable[str], why: str) -> None:
        """Tell that what was told before is not known any more."""
        for name in names:
            self.tell_path("chronicle", News(self._topic(name), None, quality="unknown", extra={"why": why}))

    def _heard(self) -> None:
        if self._down:
            self.log.info("device.back")
        self._down, self._heard_at = "", time.monotonic()

    def _topic(self, name: str) -> str:
        return f"device.{self.settings.name}.{name}"

    def _done(self, query: Query, text: str) -> Outcome:
        took_ms = (time.monotonic() - query.request.received) * 1000
        return Outcome(query.what, self.settings.name, Kind.DONE, text=text, took_ms=took_ms)

    def _refused(self, query: Query, reason: Reason, text: str) -> Outcome:
        return Outcome(query.what, self.settings.name, Kind.REFUSED, reason=reason, text=text)

    def _unknown(self, query: Query, text: str) -> Outcome:
        return Outcome(query.what, self.settings.name, Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=text)
