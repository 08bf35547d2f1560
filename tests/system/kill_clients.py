"""The clients of a controller that will be killed: what they ask for, and what they were told before it was."""

import random
import threading
import time
from dataclasses import dataclass, field

from tests.system.wire import WireClient

PIPETTE, INNER, OUTER = "Air", "C", "D"  # a pipette's valves are in one client's hands


@dataclass(frozen=True)
class Promise:
    """One thing that is durable when it is answered: how it is asked for, and undone, and what it is in the store."""

    fact: str
    do: str
    undo: str


PROMISES = (
    Promise("lock", "Lock {}", "Unlock {}"),
    Promise("lease", "Claim {},3600", "Release {}"),
    Promise("service", "OutOfService {},to be looked at", "InService {}"),
)
MAY_BE_REFUSED = ("ERROR 004", "ERROR 012", "ERROR 014", "ERROR 018")  # out of service, owned, locked, interlocked


@dataclass
class Told:
    """What one client was told, and what it was not told any more.

    Attributes:
        moves: trace of each answered move -> when its answer came, monotonic seconds.
        armed: whether the pipette is, by what was answered; shots: that were answered since the start.
        facts: (fact, valve) -> whether it holds, by the last answer; None: the last one did not come.
    """

    moves: dict[str, float] = field(default_factory=dict)
    facts: dict[tuple[str, str], bool | None] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    armed: bool = False
    shots: int = 0


class Client:
    """A thread that moves its valves and makes and undoes promises about them, until its connection breaks."""

    def __init__(self, port: int, valves: tuple[str, ...], told: Told, seed: int) -> None:
        self._wire = WireClient(port)
        self._wire.hello()
        self._valves, self._told, self._random = valves, told, random.Random(seed)  # noqa: S311 - no secret
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait for its end."""
        self._thread.join(10.0)
        assert not self._thread.is_alive()
        self._wire.close()

    def _run(self) -> None:
        try:
            while True:
                valve = self._random.choice(self._valves)
                if self._random.random() < 0.7:
                    self._move(valve)
                else:
                    self._promise(valve, self._random.choice(PROMISES))
        except (OSError, ValueError, IndexError):
            return  # killed: whatever was not answered in full was not answered
        except AssertionError as error:
            if "closed inside the reply" not in str(error):
                self._told.errors.append(str(error))

    def _ask(self, text: str, trace: str = "-") -> str:
        by = f"hands@{''.join(self._valves)}/1"  # the same in every round: what they have claimed stays theirs
        return self._wire.command(f"{text}\tby={by}\ttrace={trace}")

    def _move(self, valve: str) -> None:
        trace = f"{self._random.getrandbits(64):016x}"
        verb = self._random.choice(("Open", "Close"))
        answer = self._ask(f"{verb} {valve}", trace)
        self._told.moves[trace] = time.monotonic()
        if (verb, answer) == ("Open", "OK") and valve in (INNER, OUTER):
            self._told.shots += valve == OUTER and self._told.armed
            self._told.armed = valve == INNER
        if answer not in ("OK", "ok") and not answer.startswith(MAY_BE_REFUSED):
            self._told.errors.append(f"{valve}: {answer}")

    def _promise(self, valve: str, promise: Promise) -> None:
        holds = self._random.random() < 0.5
        before = self._told.facts.get((promise.fact, valve), False)
        self._told.facts[promise.fact, valve] = None
        answer = self._ask((promise.do if holds else promise.undo).format(valve))
        self._told.facts[promise.fact, valve] = holds if answer == "OK" else before
        if answer != "OK":
            self._told.errors.append(f"{promise.fact} of {valve}: {answer}")
