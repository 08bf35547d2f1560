"""Waiting for a descriptor so that another thread can end the wait."""

import os
import selectors
import sys

# poll knows no highest descriptor, as select does; but on macOS it does not work on serial ports
_Selector = selectors.PollSelector if sys.platform == "linux" else selectors.SelectSelector


class Wait:
    """Waits on one descriptor at a time; `cancel` ends this wait and all later ones at once.

    Cancelling writes into a pipe instead of closing what is waited for: a number that is closed under a waiting
    thread may already be somebody else's when that thread goes on.
    """

    def __init__(self) -> None:
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._selector = _Selector()
        self._selector.register(self._wake_read, selectors.EVENT_READ)

    def readable(self, fd: int, timeout_s: float) -> bool:
        """Wait until `fd` can be read; False: the time is over, or cancelled."""
        return self._wait(fd, selectors.EVENT_READ, timeout_s)

    def writable(self, fd: int, timeout_s: float) -> bool:
        """Wait until `fd` can be written; False: the time is over, or cancelled."""
        return self._wait(fd, selectors.EVENT_WRITE, timeout_s)

    def cancel(self) -> None:
        """End the wait. From any thread; not after `close`."""
        try:
            os.write(self._wake_write, b"!")
        except BlockingIOError:  # full of earlier cancellations
            return

    def close(self) -> None:
        """Free the pipe."""
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _wait(self, fd: int, event: int, timeout_s: float) -> bool:
        self._selector.register(fd, event)
        try:
            ready = self._selector.select(max(0.0, timeout_s))
        finally:
            self._selector.unregister(fd)
        fds = [key.fd for key, _ in ready]
        return fd in fds and self._wake_read not in fds
