"""What a library of others keeps open, a USB device or the pins of this computer: one per process, file and device.

It outlives the actors that use it one after the other, and takes the place of a wire: the same looks before a write.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import structlog

from hardware.errors import DeviceError, DeviceRefused, NotSent


class Closable(Protocol):
    """What can be held. Whatever its library raises, it raises as a `DeviceError`."""

    def close(self) -> None:
        """Let go of it; what it drives stays as it is. Called once."""


T = TypeVar("T", bound=Closable)


@dataclass(eq=False, slots=True)
class _Place:
    """What one device file has open of one device in this process. `Any`: each klass opens something else."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    user: "Held[Any] | None" = None
    thing: Any = None
    opened: int = 0
    looked_at: int = 0


_places: dict[tuple[str, str], _Place] = {}


class Held(Generic[T]):
    """One driver's use of what is held. Making one ends the use of any earlier one; what is open stays open.

    It may serve as an actor's guard, as an exchange does. Without a guard `acting` waits for nothing and opens nothing,
    so that between the caller's last look at a deadline and the write no time passes.

    Args:
        name: the device's, in logs and errors.
        timeout_s: how long a look may wait for a call that an earlier user left behind.
        opener: opens it; raises `NotSent`, or anything else. It must move nothing.
        what: which of several is held, such as its serial number: a file that names another one takes over nothing.
    """

    def __init__(self, name: str, timeout_s: float, opener: Callable[[], T], what: str = "") -> None:
        self.name = name
        self._timeout_s = timeout_s
        self._opener = opener
        self._key = (name, what)
        self._place = _places.setdefault(self._key, _Place())
        self._place.user = self
        self._checks: tuple[Callable[[], None], ...] = ()
        self._let_through = False
        self._log = structlog.get_logger(device=name)

    @property
    def opened(self) -> int:
        """How often it was opened so far: it may have been off in between."""
        return self._place.opened

    @property
    def let_through(self) -> bool:
        """Whether an act was let through within the present, or the last, `guarded`."""
        return self._let_through

    @contextmanager
    def guarded(self, check: Callable[[], None], acting: Callable[[], None] | None = None) -> Iterator[None]:
        """Call `check` and `acting` right before every act within; what they raise prevents it."""
        before = self._checks
        self._checks = (*before, check, *([acting] if acting is not None else []))
        self._let_through = False
        try:
            yield
        finally:
            self._checks = before

    @contextmanager
    def looking(self, *, at_all: bool = False) -> Iterator[T]:
        """Give what is held for a look, opened if need be. `at_all`: after it everything is known.

        Raises:
            NotSent: it cannot be opened, or somebody else uses it.
            LinkDown: what is held says so; it is opened again with the next look.
        """
        with self._taken(self._timeout_s):
            yield self._open()
            if at_all:
                self._place.looked_at = self._place.opened

    @contextmanager
    def acting(self) -> Iterator[T]:
        """Give what is held for one act. Raises as `looking`, and what the guard's checks raise.

        Unguarded, it has to be open, and looked at as a whole since it was opened: else `NotSent`.
        """
        with self._taken(0.0):
            place = self._place
            if self._checks:
                self._open()
            elif place.thing is None or place.looked_at != place.opened:
                raise NotSent("nobody has looked at it since it was lost, or ever: it has to be read first", self.name)
            thing = self._open()
            for check in self._checks:
                check()
            self._let_through = True
            yield thing

    def end(self) -> None:
        """Close it, and forget that it was held. Not while a call is under way."""
        self._drop()
        _places.pop(self._key, None)

    @contextmanager
    def _taken(self, wait_s: float) -> Iterator[None]:
        if not self._place.lock.acquire(timeout=wait_s):
            raise NotSent("an earlier call has not returned: nobody else may use it", self.name)
        try:
            if self._place.user is not self:
                raise NotSent("not used any more: a new actor has taken the device over", self.name)
            with self._named():
                yield
        finally:
            self._place.lock.release()

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Give every error the device's name, and drop what has failed."""
        try:
            yield
        except DeviceError as problem:
            problem.device = problem.device or self.name
            if not isinstance(problem, DeviceRefused | NotSent):
                self._drop()
            raise

    def _open(self) -> T:
        place = self._place
        if place.thing is None:
            began = time.monotonic()
            try:
                place.thing = self._opener()
            except DeviceError:
                raise
            except Exception as problem:  # whatever a library raises
                raise NotSent(f"cannot be opened: {type(problem).__name__}: {problem}", self.name) from problem
            place.opened += 1
            self._log.info("link.opened", took_ms=round((time.monotonic() - began) * 1000, 1))
        thing: T = place.thing
        return thing

    def _drop(self) -> None:
        thing, self._place.thing = self._place.thing, None
        if thing is not None:
            with suppress(Exception):  # it is gone already
                thing.close()
