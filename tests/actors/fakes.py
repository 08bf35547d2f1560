"""Relays in a dictionary, and a link that can be lost, with faults to switch on."""

import contextlib
import queue
import threading

from hardware.errors import NoAnswer, NotSent
from tests.actors.house import PATIENCE_S


class FakeDriver:
    """Relays in a dictionary, with faults to switch on.

    `stuck`: channels that do not move; `lying`: that read the opposite; `mute`, `absent`: raise NoAnswer, NotSent;
    `broken`: raises what no driver may; `gate`: while it is cleared every call waits, after it told `entered`.
    """

    disturbs_on_open = False

    def __init__(self, channels, *, has_readback=True):
        self.has_readback = has_readback
        self.relays = dict.fromkeys(channels, False)
        self.writes = []
        self.stuck, self.lying = set(), set()
        self.mute, self.absent, self.broken = threading.Event(), threading.Event(), threading.Event()
        self.read_absent = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.entered = queue.Queue()

    def _enter(self, what):
        self.entered.put(what)
        assert self.gate.wait(PATIENCE_S)
        if self.broken.is_set():
            raise ZeroDivisionError("a driver with a fault of its own")
        if self.absent.is_set():
            raise NotSent("connection refused", "relays")

    def set(self, channel, energised):
        self._enter("set")
        self.writes.append((channel, energised))
        if channel not in self.stuck:
            self.relays[channel] = energised
        if self.mute.is_set():
            raise NoAnswer("silence", "relays")

    def read(self, channel):
        self._enter("read")
        if self.read_absent.is_set():
            raise NotSent("connection refused", "relays")
        if self.mute.is_set():
            raise NoAnswer("silence", "relays")
        return self.relays[channel] != (channel in self.lying)

    def read_all(self):
        self._enter("read_all")
        if self.mute.is_set():
            raise NoAnswer("silence", "relays")
        return {channel: closed != (channel in self.lying) for channel, closed in self.relays.items()}

    def identify(self):
        return "fake relays"


class FakeLink:
    """A guard whose link can be lost: the next call opens another one."""

    def __init__(self, driver):
        self.opened = 0
        self.let_through = False
        self.up = False
        self._check = lambda: None
        self.after_write = lambda: None  # called once, in the actuator's own thread
        self.after_read = lambda: None
        self.driver, self._set, self._read_all, self._read = driver, driver.set, driver.read_all, driver.read
        driver.set, driver.read_all, driver.read = self.set, self.read_all, self.read

    def set(self, channel, energised):
        self._open()
        self._check()
        self.let_through = True
        self._set(channel, energised)
        then, self.after_write = self.after_write, lambda: None
        then()

    def read_all(self):
        self._open()
        return self._read_all()

    def read(self, channel):
        self._open()
        found = self._read(channel)
        self.after_read()
        return found

    def _open(self):
        self.opened += not self.up
        self.up = True

    @contextlib.contextmanager
    def guarded(self, check, acting):
        self.let_through = False
        self._check = lambda: (check(), acting())
        try:
            yield
        finally:
            self._check = lambda: None
