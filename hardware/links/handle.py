"""The revocable handle: the one way to a link, which can be taken away from a thread that hangs in it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hardware.errors import LinkDown, NotSent
from hardware.links.address import Address, SerialAddress, parse_address
from hardware.links.link import Link
from hardware.links.serial_link import SerialLink
from hardware.links.tcp_link import TcpLink


def link_to(address: Address) -> Link:
    """Build the link for an address, closed."""
    return SerialLink(address) if isinstance(address, SerialAddress) else TcpLink(address)


class LinkHandle:
    """Owns a link, opens it on use, and can be revoked for good from any thread.

    Everything but `revoke`, `wait_idle` and the attributes is used within `call()`, by one thread at a time. A link
    is closed by the thread that is in the call, or by anybody while no call is under way: never under a thread that
    still uses its descriptor.

    Attributes:
        address: where the device is.
        timeout_s: how long opening and each write may take.
        opened: how often the link was opened so far.
    """

    def __init__(self, address: str, timeout_s: float, *, link_to: Callable[[Address], Link] = link_to) -> None:
        self.address = parse_address(address)
        self.timeout_s = timeout_s
        self.opened = 0
        self._link_to = link_to
        self._link: Link | None = None
        self._revoked: str | None = None
        self._depth = 0
        self._calls = threading.RLock()  # held for a whole call: may take long
        self._writing = threading.RLock()  # the write lock: never held while waiting for the device
        self._idle = threading.Condition(self._writing)

    @property
    def revoked(self) -> str | None:
        """Why it was revoked, or None."""
        return self._revoked

    @contextmanager
    def call(self) -> Iterator[None]:
        """Be the one call that uses the link; nests within one thread. A revoked link is closed at its end."""
        with self._calls:
            with self._writing:
                self._depth += 1
            try:
                yield
            finally:
                with self._writing:
                    if self._depth == 1 and self._revoked is not None:
                        self._close()
                    self._depth -= 1
                    self._idle.notify_all()

    def open(self) -> bool:
        """Open the link unless it is open; True: it had to be opened. Raises `NotSent`."""
        with self._writing:
            self._refuse_if_revoked()
            if self._link is not None:
                return False
            link = self._link = self._link_to(self.address)  # known before it opens, so that opening is cancelled too
        try:
            link.open(self.timeout_s)
            self._refuse_if_revoked()
        except BaseException:
            self.drop()
            self._refuse_if_revoked()  # the true reason, rather than what cancelling looked like
            raise
        self.opened += 1
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
                problem = LinkDown if sent else NotSent
                raise problem(f"{self.address} took {sent} of {len(data)} bytes within {self.timeout_s:g} s")
            self._opened().wait_writable(left_s)

    def receive(self, timeout_s: float) -> bytes:
        """Return what has arrived, waiting at most `timeout_s`; then b"". Raises `LinkDown`, also when revoked."""
        data = self._opened().receive(timeout_s)
        if self._revoked is not None:
            raise LinkDown(f"cancelled: {self._revoked}")
        return data

    def drop(self) -> None:
        """Close the link; the next use opens it again."""
        with self.call(), self._writing:
            self._close()

    def revoke(self, why: str) -> None:
        """Take the handle away for good: the pending call is cancelled, later uses raise `NotSent` with `why`.

        From any thread; returns at once. The first reason stays.
        """
        with self._writing:
            if self._revoked is None:
                self._revoked = why
            if self._depth == 0:
                self._close()
            elif self._link is not None:
                self._link.cancel()

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until no call is under way: only then may a successor touch the device. False: it still hangs."""
        with self._idle:
            return self._idle.wait_for(lambda: self._depth == 0, timeout_s)

    def _write_some(self, data: bytes, sent: int, check: Callable[[], None] | None) -> int:
        with self._writing:
            if check is not None and not sent:
                check()
            if self._revoked is not None and sent:
                raise LinkDown(f"cancelled after {sent} of {len(data)} bytes: {self._revoked}")
            self._refuse_if_revoked()
            try:
                return self._opened().send_some(data[sent:])
            except LinkDown as problem:
                if sent:
                    raise
                raise NotSent(problem.what) from problem

    def _opened(self) -> Link:
        if self._link is None:
            raise NotSent(f"{self.address} is not open")
        return self._link

    def _refuse_if_revoked(self) -> None:
        if self._revoked is not None:
            raise NotSent(f"not used any more: {self._revoked}")

    def _close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()
