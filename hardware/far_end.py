"""The far end of a wire: what a simulated device offers, and the faults that can be switched on in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Wire = Literal["tcp", "serial"]


@dataclass(slots=True)
class Faults:
    """What is wrong with a simulated device; may be changed at any time, from any thread.

    Attributes:
        mute: it acts, but never answers.
        garble: one character of each answer arrives damaged.
        slow_s: seconds by which each answer is late; kept by whoever serves the simulator.
        stuck: channels that accept commands but do not move.
        lie: channels whose readback is inverted.
        disconnect: it acts, then hangs up instead of answering; kept by whoever serves it.
        trickle: bytes come one by one, both ways; kept by whoever serves it.
    """

    mute: bool = False
    garble: bool = False
    slow_s: float = 0.0
    stuck: set[str] = field(default_factory=set)
    lie: set[str] = field(default_factory=set)
    disconnect: bool = False
    trickle: bool = False

    def spoil(self, answer: bytes) -> bytes:
        """Return the answer as the faults let it arrive."""
        if self.mute:
            return b""
        if self.garble:
            for index, byte in enumerate(answer):
                if byte > ord(" "):  # framing characters arrive: damage inside a whole frame is the harder case
                    return answer[:index] + bytes([byte ^ 0x40]) + answer[index + 1 :]
        return answer


class Bus:
    """Several simulated devices on one line: each hears everything, and whoever is meant answers.

    Attributes:
        faults: those of the line; each device has its own.
    """

    def __init__(self, *simulators: "Simulator") -> None:
        self.faults = Faults()
        self._simulators = simulators

    def session(self, wire: Wire) -> "Session":
        """See `Simulator.session`."""
        return _BusSession([simulator.session(wire) for simulator in self._simulators])

    def feed(self, data: bytes) -> bytes:
        """See `Simulator`."""
        return b"".join(simulator.feed(data) for simulator in self._simulators)


class _BusSession:
    def __init__(self, sessions: "Sequence[Session]") -> None:
        self._sessions = sessions

    def feed(self, data: bytes) -> bytes:
        return b"".join(session.feed(data) for session in self._sessions)


class Session(Protocol):
    """One client's conversation with a simulated device.

    One that has an attribute `over` is hung up on as soon as that is true and its answers have gone out.
    """

    def feed(self, data: bytes) -> bytes:
        """Take bytes as they come, split or joined; return the bytes of the answers, if any."""


class Simulator(Session, Protocol):
    """A simulated device: state shared by its sessions. Its own `feed` is that of one TCP session. One thread."""

    faults: Faults

    def session(self, wire: Wire) -> Session:
        """Begin a conversation over a kind of wire."""
