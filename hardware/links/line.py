"""A line: one wire, and what the handles to it share. Several devices on one bus take turns on it."""

import threading
import time
from collections.abc import Callable

from hardware.errors import NotSent
from hardware.links.address import Address, SerialAddress, parse_address
from hardware.links.link import Link
from hardware.links.serial_link import SerialLink
from hardware.links.tcp_link import TcpLink

TURN_S = 3.0  # a call of a neighbour takes some timeouts; who waits longer has sent nothing, and tries again


def link_to(address: Address) -> Link:
    """Build the link for an address, closed."""
    return SerialLink(address) if isinstance(address, SerialAddress) else TcpLink(address)


class Line:
    """Owns a link. Only handles use it (`hardware.links.handle`); what is said here of threads, they see to.

    Attributes:
        address: where it is.
        shared: several devices are on it: what one of them does is no reason to close the link for the others.
        opened: how often the link was opened so far.
        era: grows when the link is opened, and when a conversation on a shared one broke off: whoever has something to
            say first says it once more in each era, so that answers and questions fit again.
        quiet_from: monotonic seconds from which no late answer is expected any more.
        used_at: monotonic seconds of the last byte on it that is known of.
        users: how many handles to it were not revoked; depth: how many calls, within one thread, are under way.
        calls: held by the one thread that is in a call, for as long as it takes.
        writing: the write lock, never held while waiting for a device.
    """

    def __init__(self, address: str, *, shared: bool = False, link_to: Callable[[Address], Link] = link_to) -> None:
        self.address = parse_address(address)
        self.shared = shared
        self.opened = 0
        self.era = 0
        self.quiet_from = 0.0
        self.used_at = 0.0
        self.calls = threading.RLock()
        self.writing = threading.RLock()
        self.idle = threading.Condition(self.writing)
        self.users = 0
        self.depth = 0
        self._link_to = link_to
        self._link: Link | None = None
        self._broken = False

    @property
    def link(self) -> Link | None:
        """The link, or None: it is not open."""
        return self._link

    @property
    def whole(self) -> bool:
        """Whether it is open, and nothing is known to be wrong with the link itself."""
        return self._link is not None and not self._broken

    def take_turn(self) -> None:
        """Take `calls`. Raises `NotSent` if a neighbour on a shared line has not finished after `TURN_S` seconds."""
        if not self.shared:
            self.calls.acquire()
        elif not self.calls.acquire(timeout=TURN_S):
            raise NotSent(f"{self.address} is in use: another device on it has not finished after {TURN_S:g} s")

    def new_link(self) -> Link:
        """Put a new link, closed, in the place of the old one; under the write lock."""
        link = self._link = self._link_to(self.address)  # known before it opens, so that opening is cancelled too
        self._broken = False
        return link

    def note_opened(self) -> None:
        """Count an opening."""
        self.opened += 1
        self.era += 1
        self.used_at = time.monotonic()  # somebody else may just have talked on it

    def note_broken(self) -> None:
        """Take note that the link itself failed."""
        self._broken = True

    def close(self) -> None:
        """Close the link; under the write lock, and never under a thread that uses its descriptor."""
        link, self._link = self._link, None
        if link is not None:
            link.close()
