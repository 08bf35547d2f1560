"""The one place that talks to a wire: sends, reads, logs every byte with its direction, drops a link that failed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from hardware.errors import BadReply, DeviceError, DeviceRefused, LinkDown, NoAnswer, NotSent
from hardware.links.handle import LinkHandle
from hardware.listening import Framing, Listening


class Exchange:
    """Request and reply over one handle. May be used from several threads, which then wait for each other.

    An exchange that fails drops the link, so that a late reply is never taken for the next one's. A link that turns
    out dead before anything was written is opened again once, unseen by the driver. On a shared line others talk as
    well: there only a link that failed itself is dropped, and what still comes is heard out for one timeout instead.

    Attributes:
        name: the device's name, in logs and errors.
        handle: the link's handle.
        on_open: called after each (re)opening, before anything else is written: for what the device wants to hear
            first. It must not act; if it fails, the command that wanted the link was not sent. On a shared line also
            after a conversation broke off, whosever it was.
        gap_s: seconds for which the line has to be quiet before anything is written.
        keeps_link: an answer that never came, or was wrong, does not drop the link: opening it again would move
            something. What still comes is heard out for one timeout instead.
        strict: bytes that nobody asked for, between two questions of one transaction, are a `BadReply`: for replies
            that say nothing of the question, so that the one before may have been another's. Not before a question
            that passes over late replies by itself: `rouse`, or one with `accept`.

    Args:
        handle, terminator, timeout_s: the link, what ends a reply, how many seconds it may take.
        late_s: for so long after an answer was given up everything that comes is thrown away before anything is asked:
            closing a port does not stop the device, nor does hanging up on the server of a serial line, and `1` is
            like any other `1`.
    """

    def __init__(
        self, name: str, handle: LinkHandle, *, terminator: bytes = b"\n", timeout_s: float, late_s: float = 0.0
    ) -> None:
        self.name = name
        self.handle = handle
        self.on_open: Callable[[], None] | None = None
        self.keeps_link = False
        self.strict = False
        self.gap_s = 0.0
        self._timeout_s = timeout_s
        self._listening = Listening(name, handle, terminator, timeout_s)
        self._checks: tuple[Callable[[], None], ...] = ()
        self._acting: tuple[Callable[[], None], ...] = ()
        self._let_through = False
        self._told_of = 0  # the opening that the log was told of
        self._depth = 0
        self._greeting = False  # a link is being opened: one that breaks meanwhile is not opened again, again and again
        self._acted = False  # within this transaction, bytes that may move something were written
        self._talking = False  # within this transaction, something was written
        self._owed = False  # a question was written, and its reply has not been read
        self.late_s = late_s
        self._log = structlog.get_logger(device=name)

    @property
    def opened(self) -> int:
        """How often the link was opened so far: on a new one the device may not be as it was."""
        return self.handle.opened

    def send(self, data: bytes, *, acts: bool = True) -> None:
        """Write what has no reply. `acts=False`: it moves nothing. Raises as `ask` does."""
        with self.transaction():
            self._write(data, acts)

    def ask(
        self,
        data: bytes,
        *,
        acts: bool = False,
        framing: Framing | None = None,
        accept: Callable[[bytes], bool] | None = None,
        may_hang_up: bool = False,
    ) -> bytes:
        """Write a question and return its reply, without the terminator (with `framing`: the whole frame).

        Args:
            data: the bytes of the question.
            acts: it may move something, so that it is checked like a command.
            framing: where a reply ends, instead of at the terminator.
            accept: replies that it declines are logged and passed over: late ones, on a line just opened.
            may_hang_up: a reply may also end where the device hangs up.

        Raises:
            NotSent: nothing was written.
            LinkDown, NoAnswer, BadReply: it was, and the outcome is not known.
        """
        with self.transaction():
            self._write(data, acts, keep_tail=accept is not None)
            self._owed = True
            until = time.monotonic() + self._timeout_s
            reply = self._listening.reply(data, framing, accept, until, may_hang_up=may_hang_up)
            self._owed = False
            return reply

    def rouse(self, data: bytes, accept: Callable[[bytes], bool], *, quiet_s: float, within_s: float) -> None:
        """Ask what moves nothing until it is answered: of a device that is deaf for a while after its link was opened.

        It is left in peace for `quiet_s` seconds, then asked again after pauses that double, the first of one timeout:
        some stay deaf for as long as they hear anything. What is still owed then is heard out, for one timeout, so
        that no answer to one of these questions is taken for that to a later one.

        Raises:
            NoAnswer: no reply that `accept` takes came within `within_s` seconds.
        """
        with self.transaction():
            give_up = time.monotonic() + within_s
            self._listening.throw_away(time.monotonic() + quiet_s, "the device is starting")
            asked, pause_s, heard = 0, self._timeout_s, False
            while not heard:
                if time.monotonic() >= give_up:
                    raise NoAnswer(f"no answer to {data!r}, asked {asked} times within {within_s:g} s")
                self._write(data, acts=False, keep_tail=True)
                self._owed = True
                asked, last = asked + 1, time.monotonic()
                heard = self._listening.hears(data, accept, min(last + pause_s, give_up))
                pause_s *= 2
            while asked > 1 and self._listening.hears(data, accept, last + self._timeout_s):
                asked -= 1
            self._owed = False

    @property
    def let_through(self) -> bool:
        """Whether an act was let through within the present, or the last, `guarded`: bytes of it may have gone out."""
        return self._let_through

    @contextmanager
    def guarded(self, check: Callable[[], None], acting: Callable[[], None] | None = None) -> Iterator[None]:
        """Call `check` under the write lock right before every write; what it raises prevents that write.

        `acting`: called likewise, but only before what may move something; a greeting is not cut short by it.

        Only questions that follow an act in the same transaction are let through unchecked: they find out what the
        act did, and preventing them would make an act that happened look like one that did not.
        """
        self._let_through = False
        with self.handle.call():
            before, acting_before = self._checks, self._acting
            self._checks = (*before, check)
            self._acting = (*acting_before, acting) if acting is not None else acting_before
            try:
                yield
            finally:
                self._checks, self._acting = before, acting_before

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Take several exchanges, and the decoding of their replies, as one: whatever fails drops the link.

        The device's own refusal does not: the conversation is whole. `NotSent` after an act becomes `LinkDown`.
        """
        with self.handle.call():
            if self._depth == 0:
                self._acted = self._owed = self._talking = False
            self._depth += 1
            try:
                yield
            except DeviceError as problem:
                problem.device = problem.device or self.name
                if not isinstance(problem, DeviceRefused) or self._owed:
                    self._part(link_fails=isinstance(problem, LinkDown | NotSent))
                if self._acted and isinstance(problem, NotSent):
                    raise LinkDown(problem.what, self.name) from problem
                raise
            except BaseException:
                if self._owed:
                    self._part(link_fails=False)
                raise
            finally:
                self._depth -= 1

    def _write(self, data: bytes, acts: bool, *, keep_tail: bool = False) -> None:
        self._prepare(keep_tail)
        asks_back = self._acted and not acts
        checks = () if asks_back else self._checks

        def check() -> None:
            for each in (*checks, *self._acting) if acts else checks:
                each()
            self._acted = self._acted or acts  # from here on bytes may be on their way
            self._let_through = self._let_through or acts

        acted_before = self._acted
        try:
            self.handle.write(data, check)
        except NotSent:
            self._acted = acted_before
            raise
        self._talking = True
        self._log.debug("bytes.sent", data=repr(data))

    def _prepare(self, keep_tail: bool) -> None:
        if not self.handle.open():
            try:
                self._hear_out()
                late = self._listening.nobody_asked(keep_tail=keep_tail)
            except LinkDown:
                if self._acted or self._greeting:
                    raise
                self._drop()  # it died while nobody was talking: nothing is lost, begin anew
                self.handle.open()
            else:
                self._discard(late, strictly=self.strict and self._talking and not keep_tail)
        if not (self.handle.met or self._greeting):
            self._greet()
        if self.gap_s:
            self._keep_gap(keep_tail)

    def _keep_gap(self, keep_tail: bool) -> None:
        """Wait until the line was quiet for long enough; what comes meanwhile is nobody's answer."""
        try:
            self._listening.wait(self.handle.line.used_at + self.gap_s)
            self._discard(self._listening.nobody_asked(keep_tail=keep_tail), strictly=False)
        except LinkDown as problem:
            if self._acted:
                raise
            raise NotSent(problem.what) from problem

    def _discard(self, late: bytes, *, strictly: bool) -> None:
        if late and strictly:
            raise BadReply(f"{late!r} came, and nobody had asked")
        if late:
            self._log.warning("bytes.discarded", data=repr(late), why="nobody had asked")

    def _greet(self) -> None:
        self._listening.forget()
        if self._told_of != self.handle.opened:
            self._told_of = self.handle.opened
            self._log.info("link.opened", address=str(self.handle.address))
        self._greeting = True
        try:
            self._hear_out()
            if self.on_open is not None:
                self.on_open()
            self.handle.meet()
        except DeviceError as problem:
            self._part(link_fails=isinstance(problem, NotSent) or not self.handle.line.shared)
            raise NotSent(f"{problem.what} (when the link was opened)", self.name) from problem
        except BaseException:
            self._part(link_fails=True)
            raise
        finally:
            self._greeting = False

    def _hear_out(self) -> None:
        """Throw away what still answers an earlier question, of whichever device on the line."""
        self._listening.throw_away(self.handle.line.quiet_from, "a late answer to an earlier question")

    def _part(self, *, link_fails: bool) -> None:
        """End a conversation that is not whole, so that no late reply is taken for the next one's."""
        line = self.handle.line
        if line.shared and line.whole:
            if link_fails and not self._owed:
                return  # nothing was asked, and nothing can come
            line.era += 1
        elif link_fails or line.shared or not self.keeps_link:
            self._drop()
            return
        self._listening.forget()
        self._owed = False
        line.quiet_from = time.monotonic() + self._timeout_s

    def _drop(self) -> None:
        self._listening.forget()
        if self._owed:
            self.handle.line.quiet_from = time.monotonic() + self.late_s
        self._owed = False
        self.handle.drop()
