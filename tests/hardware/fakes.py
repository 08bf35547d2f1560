"""Fakes for the hardware tests: a link without a system behind it, and a far end that shows what it heard."""

import threading
from collections import deque

from hardware.errors import LinkDown
from hardware.far_end import Faults


class FakeLink:
    """A link in memory. `capacity` bytes are taken at once; a wait ends by `cancel` only."""

    def __init__(self, capacity: int = 1_000_000) -> None:
        self.sent = b""
        self.capacity = capacity
        self.arrivals: deque[bytes] = deque()
        self.waiting = threading.Event()
        self.cancelled = threading.Event()
        self.is_open = False
        self.closed_by: list[threading.Thread] = []
        self.broken = False

    def open(self, _timeout_s):
        self.is_open = True

    def send_some(self, data):
        if self.broken:
            raise LinkDown("broken")
        taken = min(len(data), self.capacity)
        self.sent += data[:taken]
        self.capacity -= taken
        return taken

    def wait_writable(self, timeout_s):
        self.waiting.set()
        self.cancelled.wait(timeout_s)

    def receive(self, timeout_s):
        if self.arrivals:
            return self.arrivals.popleft()
        if timeout_s > 0:
            self.waiting.set()
            self.cancelled.wait(timeout_s)
        return b""

    def cancel(self):
        assert not self.closed_by
        self.cancelled.set()

    def close(self):
        self.closed_by.append(threading.current_thread())


class Listener:
    """A far end that never answers, and says when it has heard something."""

    def __init__(self, answer: bytes = b"") -> None:
        self.faults = Faults()
        self.heard = threading.Event()
        self.data = b""
        self.answer = answer

    def session(self, _wire):
        return self

    def feed(self, data):
        self.data += data
        self.heard.set()
        return self.answer


class Caller(threading.Thread):
    """Calls a function on its own thread and keeps what it raised."""

    def __init__(self, function) -> None:
        super().__init__(daemon=True)
        self._function = function
        self.raised: BaseException | None = None
        self.start()

    def run(self):
        try:
            self._function()
        except BaseException as problem:  # noqa: BLE001 - the test looks at it
            self.raised = problem

    def end(self, timeout_s: float = 5.0) -> BaseException | None:
        self.join(timeout_s)
        assert not self.is_alive(), "it still hangs"
        return self.raised
