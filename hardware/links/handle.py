"""The revocable handle: the one way to a link, which can be taken away from a thread that hangs in it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hardware.errors import LinkDown, NotSent
from hardware.links.address import Address
from hardware.links.line import Line, link_to
from hardware.links.link import Link


class LinkHandle:
    """One user's way to a line: opens its link on use, and can be revoked for good from any thread.

    Everything but `revoke`, `wait_idle` and the attributes is used within `call()`, by one thread at a time. A link
    is closed by the thread that is in the call, or by anybody while no call is under way: never under a thread that
    still uses its descriptor.

    Several handles may be on one shared line, each of another device. They take turns; each is revoked by itself, and
    the link stays open until the last of them was, or one that is revoked hung in it.

    Attributes:
        line: the line; one of its own, where none is given.
        timeout_s: how long opening and each write may take.
    """

    def __init__(
        self, address: str, timeout_s: float, *, line: Line | None = None, link_to: Callable[[Address], Link] = link_to
    ) -> None:
        self.line = line if line is not None else Line(address, link_to=link_to)
        self.timeout_s = timeout_s
        self._revoked: str | None = None
        self._met_era = 0
        self._cut_off = False  # it was revoked in a call, whose link can wait for nothing any more
        self._depth = 0
        with self.line.writing:
            self.line.users += 1

    @property
    def address(self) -> Address:
        """Where the device is."""
        return self.line.address

    @property
    def opened(self) -> int:
        """How often the link was opened so far."""
        return self.line.opened

    @property
    def met(self) -> bool:
        """Whether this user has said what it says first, since the link was opened or somebody's talk broke off."""
        return self._met_era == self.line.era

    def meet(self) -> None:
        """Take that as said."""
        self._met_era = self.line.era

    @property
    def revoked(self) -> str | None:
        """Why it was revoked, or None."""
        return self._revoked

    @contextmanager
    def call(self) -> Iterator[None]:
        """Be the one call that uses the link; nests within one thread. A revoked link is closed at its end."""
        line = self.line
        line.take_turn()
        try:
            with line.writing:
                self._depth += 1
                line.depth += 1
            try:
                yield
            finally:
                with line.writing:
                    self._depth -= 1
                    line.depth -= 1
                    if not self._depth and self._cut_off:
                        self._cut_off = False
                        line.close()
                    line.idle.notify_all()
        finally:
            line.calls.release()

    def open(self) -> bool:
        """Open the link unless it is open; True: it had to be opened. Raises `NotSent`."""
        with self.line.writing:
            self._refuse_if_revoked()
            if self.line.link is not None:
                return False
            link = self.line.new_link()
        try:
            link.open(self.timeout_s)
            self._refuse_if_revoked()
        except BaseException:
            self.drop()
            self._refuse_if_revoked()  # the true reason, rather than what cancelling looked like
            raise
        self.line.note_opened()
        return True

    def write(self, data: bytes, check: Callable[[], None] | None = None) -> None:
        """Write all bytes.

        `check` runs under the write lock right before the first byte; what it raises prevents the write. It must
        not block. After `revoke` has returned no further byte is written.

        Raises:
            NotSent: not one byte was written.
            LinkDown: some were.
        """
        deadline = time.monotonic() + self.timeout_s
        sent = 0
        while True:
            sent += self._write_some(data, sent, check)
            if sent == len(data):
                return
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                self.line.note_broken()
                problem = LinkDown if sent else NotSent
                raise problem(f"{self.address} took {sent} of {len(data)} bytes within {self.timeout_s:g} s")
            self._opened().wait_writable(left_s)

    def receive(self, timeout_s: float) -> bytes:
        """Return what has arrived, waiting at most `timeout_s`; then b"". Raises `LinkDown`, also when revoked."""
        try:
            data = self._opened().receive(timeout_s)
        except LinkDown:
            self.line.note_broken()
            raise
        if data:
            self.line.used_at = time.monotonic()
        if self._revoked is not None:
            raise LinkDown(f"cancelled: {self._revoked}")
        return data

    def drop(self) -> None:
        """Close the link; the next use opens it again."""
        with self.call(), self.line.writing:
            self.line.close()

    def revoke(self, why: str) -> None:
        """Take the handle away for good: the pending call is cancelled, later uses raise `NotSent` with `why`.

        From any thread; returns at once. The first reason stays.
        """
        line = self.line
        with line.writing:
            if self._revoked is None:
                self._revoked = why
                line.users -= 1
            if self._depth and line.link is not None:
                self._cut_off = True
                line.link.cancel()
            elif not line.users and not line.depth:
                line.close()

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until no call is under way: only then may a successor touch the device. False: it still hangs."""
        with self.line.idle:
            return self.line.idle.wait_for(lambda: self._depth == 0, timeout_s)

    def _write_some(self, data: bytes, sent: int, check: Callable[[], None] | None) -> int:
        with self.line.writing:
            if check is not None and not sent:
                check()
            if self._revoked is not None and sent:
                raise LinkDown(f"cancelled after {sent} of {len(data)} bytes: {self._revoked}")
            self._refuse_if_revoked()
            try:
                count = self._opened().send_some(data[sent:])
            except LinkDown as problem:
                self.line.note_broken()
                if sent:
                    raise
                raise NotSent(problem.what) from problem
            self.line.used_at = time.monotonic()
            return count

    def _opened(self) -> Link:
        if self.line.link is None:
            raise NotSent(f"{self.address} is not open")
        return self.line.link

    def _refuse_if_revoked(self) -> None:
        if self._revoked is not None:
            raise NotSent(f"not used any more: {self._revoked}")
