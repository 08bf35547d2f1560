"""What a loop sleeps in until a socket is ready: epoll, or what the standard library has instead."""

import select
import selectors
from collections.abc import Callable
from typing import Any, Protocol

AT_ONCE = (
    24  # sockets served in one look; of more that are ready, each gets its turn. What they cause stays in the caches
)


class Poller(Protocol):
    """What a loop sleeps in: `selectors` by default; zmq's poller where zmq sockets are awaited."""

    def watch(self, source: Any, *, read: Callable[[], None] | None, write: Callable[[], None] | None) -> None:
        """Call back when `source` (a socket or descriptor) is ready; both None: forget it."""

    def poll(self, timeout_s: float) -> list[Callable[[], None]]:
        """Sleep until something is ready, at most `timeout_s`; return the callbacks that are due."""

    def close(self) -> None:
        """Free what the poller holds."""


class EpollPoller:
    """Linux's epoll, level-triggered: a callback that leaves bytes behind is called again."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._callbacks: dict[int, tuple[Callable[[], None] | None, Callable[[], None] | None]] = {}

    def watch(self, source: Any, *, read: Callable[[], None] | None, write: Callable[[], None] | None) -> None:
        """See `Poller.watch`. A source is to be forgotten before it is closed."""
        fd = source if isinstance(source, int) else source.fileno()
        events = (select.EPOLLIN if read else 0) | (select.EPOLLOUT if write else 0)
        known = fd in self._callbacks
        if events:
            self._callbacks[fd] = (read, write)
            (self._epoll.modify if known else self._epoll.register)(fd, events)
        elif known:
            del self._callbacks[fd]
            self._epoll.unregister(fd)

    def poll(self, timeout_s: float) -> list[Callable[[], None]]:
        """See `Poller.poll`. What is broken or hung up counts as ready: using it tells what it is."""
        due: list[Callable[[], None]] = []
        for fd, events in self._epoll.poll(timeout_s, AT_ONCE):
            read, write = self._callbacks[fd]
            if read and events & ~select.EPOLLOUT:
                due.append(read)
            if write and events & ~select.EPOLLIN:
                due.append(write)
        return due

    def close(self) -> None:
        """See `Poller.close`."""
        self._epoll.close()


class SelectorPoller:
    """The standard library's choice where there is no epoll: kqueue."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def watch(self, source: Any, *, read: Callable[[], None] | None, write: Callable[[], None] | None) -> None:
        """See `Poller.watch`."""
        events = (selectors.EVENT_READ if read else 0) | (selectors.EVENT_WRITE if write else 0)
        known = source in self._selector.get_map()
        if not events:
            if known:
                self._selector.unregister(source)
        elif known:
            self._selector.modify(source, events, (read, write))
        else:
            self._selector.register(source, events, (read, write))

    def poll(self, timeout_s: float) -> list[Callable[[], None]]:
        """See `Poller.poll`."""
        due: list[Callable[[], None]] = []
        for key, mask in self._selector.select(timeout_s):
            read, write = key.data
            if read and mask & selectors.EVENT_READ:
                due.append(read)
            if write and mask & selectors.EVENT_WRITE:
                due.append(write)
        return due

    def close(self) -> None:
        """See `Poller.close`."""
        self._selector.close()


def default_poller() -> Poller:
    """Return the fastest poller that this system has."""
    return EpollPoller() if hasattr(select, "epoll") else SelectorPoller()
