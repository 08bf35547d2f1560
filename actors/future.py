"""What an ask gives back; it may be waited for at the edge, and nowhere else."""

import threading
from typing import Any

import pykka


class Future(pykka.ThreadingFuture[Any]):
    """pykka's future, which may not be waited for on a loop's thread: that would stop every actor on it."""

    def get(self, *, timeout: float | None = None) -> Any:
        """Wait for the value. See `pykka.Future.get`.

        Raises:
            RuntimeError: called on a loop's thread before the value is there.
        """
        if self._result is None and threading.current_thread().name.startswith("loop-"):
            raise RuntimeError("an actor on a loop must not wait for an answer: tell, and take the answer as a message")
        return super().get(timeout=timeout)
