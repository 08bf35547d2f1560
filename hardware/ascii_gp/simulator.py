"""Controllers that take words: a plain one, and the valve server of another Pychron; the far ends of the wire.

Written from Pychron's side of the wire and not from the codec, so that one wrong idea is not in both.
"""

from collections import defaultdict
from collections.abc import Sequence

from hardware.far_end import Faults, Session, Wire

LONGEST_LINE_BYTES = 4096


class SwitchController:
    """See `Simulator`. Lines end with CR, LF or both.

    Attributes:
        relays: every valve by its name: name to open. Without names at build it has any that it is asked for.
        moves: how often a valve has really moved.
        faults: what is wrong with it.
        hangs_up: it ends a TCP connection after each reply.
        end: what ends its replies; pad: what it puts around them.
        done, open_word, closed_word: what it answers; locked: valves that take a command and do not move.
        locked_word: what it answers then.
        by_packet: it takes what one packet brings for a command, whole or not, as Pychron's own server does.
    """

    def __init__(self, names: Sequence[str] | None = None) -> None:
        self.relays: dict[str, bool] = defaultdict(bool) if names is None else dict.fromkeys(names, False)
        self.moves = 0
        self.faults = Faults()
        self.hangs_up = False
        self.end, self.pad = "\r\n", ""
        self.done, self.open_word, self.closed_word = "OK", "True", "False"
        self.locked: set[str] = set()
        self.locked_word = "ok"
        self.by_packet = False
        self._default = self.session("tcp")

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        return self._default.feed(data)

    def session(self, wire: Wire) -> Session:
        """See `Simulator.session`."""
        return _Conversation(self, wire)

    def has(self, name: str) -> bool:
        """Whether there is such a valve."""
        return bool(name) and (name in self.relays or isinstance(self.relays, defaultdict))

    def answer(self, line: str) -> str | None:
        """Carry out one line and return the answer; None: it is no command, and there is none."""
        word, _, name = line.partition(" ")
        if word in ("Open", "Close"):
            return self._actuate(word, name)
        if word in ("GetValveState", "GetIndicatorState"):
            if not self.has(name):
                return f"ERROR 005 : {name} is not a registered valve name"
            seen = self.relays[name] != (name in self.faults.lie)
            return self.open_word if seen else self.closed_word
        return None

    def _actuate(self, word: str, name: str) -> str:
        if not name:
            return f"ERROR 015 : Valve {name} failed to actuate {word.lower()}"
        if not self.has(name):
            return f"ERROR 004 : invalid arguments: {word} {name}"
        if name in self.locked:
            return self.locked_word
        if name not in self.faults.stuck and self.relays[name] != (word == "Open"):
            self.relays[name] = word == "Open"
            self.moves += 1
        return self.done


class PychronValveServer(SwitchController):
    """The valve server of a Pychron: its replies have no end, it hangs up instead, and an open valve is `OK`."""

    def __init__(self, names: Sequence[str] | None = None) -> None:
        super().__init__(names)
        self.hangs_up = True
        self.end = ""
        self.open_word = "OK"


class _Conversation:
    """One client on one wire: cuts lines, and is over after a reply where the controller hangs up."""

    def __init__(self, device: SwitchController, wire: Wire) -> None:
        self.over = False
        self._device = device
        self._wire = wire
        self._input = b""

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        device = self._device
        self._input += data
        *lines, self._input = self._input.replace(b"\n", b"\r").split(b"\r")
        if device.by_packet or len(self._input) > LONGEST_LINE_BYTES:
            lines, self._input = [*lines, self._input], b""
        answers = b""
        for line in lines:
            text = line.decode("ascii", "replace").strip()
            if not text or self.over:
                continue
            answer = device.answer(text)
            self.over = device.hangs_up and self._wire == "tcp"
            if answer is not None:
                answers += device.faults.spoil(f"{device.pad}{answer}{device.pad}{device.end}".encode())
        return answers
