"""What a byte link offers to the handle that owns it."""

from typing import Protocol


class Link(Protocol):
    """One connection to a device, closed when built. Used by one thread at a time, but for `cancel`.

    Waiting is apart from writing, so that a write never holds a lock while it waits for the device.
    """

    def open(self, timeout_s: float) -> None:
        """Open it, waiting at most `timeout_s`. Raises `NotSent` with the system's reason."""

    def send_some(self, data: bytes) -> int:
        """Hand bytes to the system without waiting; return how many it took. Raises `LinkDown`."""

    def wait_writable(self, timeout_s: float) -> None:
        """Wait until it takes more bytes, it is cancelled, or the time is over."""

    def receive(self, timeout_s: float) -> bytes:
        """Return what has arrived; wait at most `timeout_s` for it, then b"". Raises `LinkDown`."""

    def cancel(self) -> None:
        """End a wait, now and for good. From any thread, but never after `close`: the handle sees to that."""

    def close(self) -> None:
        """Close it and forget bytes that are still on their way out. Never raises."""
