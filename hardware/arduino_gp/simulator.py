"""A valve box with an Arduino and its valves: the far end of the wire, with faults to switch on.

Written from the sketch `valvebox3.pde` and not from the codec, so that one wrong idea is not in both.
"""

from collections.abc import Callable

from hardware.far_end import Faults, Session, Wire

BOOTS_S = 2.0
VALVES = {str(address): 51 - 3 * address for address in range(10)}
"""Address to the pin that drives it; the switch that is closed in an open valve is on the next lower pin, then the
one that is closed in a closed valve."""

LONGEST_LINE_BYTES = 64  # Messenger's buffer


class ArduinoSimulator:
    """See `Simulator`. A session begins as the port is opened, and restarts the board: its outputs fall.

    Attributes:
        relays: each output: address to high. moves: how often one has really changed.
        faults: what is wrong with it; stuck: outputs that answer and do not change.
        boots_s: how long it is deaf after it was restarted; loses_first: and loses the first line after that, too.
        resets: opening the port restarts it: the DTR line is not cut.
        travel_s: how long a valve takes from one end to the other; in between both switches are open.
        jammed: valves that do not follow their output: address to where they are: open, or None: in between.
        switches: switches that stick: pin to level.
        greeting: what it sends when it has started.
    """

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self.relays = dict.fromkeys(VALVES, False)
        self.moves = 0
        self.faults = Faults()
        self.boots_s = BOOTS_S
        self.loses_first = True
        self.resets = True
        self.travel_s = 0.0
        self.jammed: dict[str, bool | None] = {}
        self.switches: dict[int, bool] = {}
        self.greeting = b""
        self._clock = clock or (lambda: 0.0)
        self._moved_at: dict[str, float] = {}
        self._default: Session | None = None

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        if self._default is None:
            self._default = self.session("serial")
        return self._default.feed(data)

    def session(self, wire: Wire) -> Session:  # noqa: ARG002 - it has a serial line only, wherever that is served
        """See `Simulator.session`."""
        if not self.resets:
            return _Conversation(self, self._clock, deaf_until=self._clock(), loses_first=False)
        for address in self.relays:
            self.write(VALVES[address], high=False)
        deaf_until = self._clock() + self.boots_s
        return _Conversation(self, self._clock, deaf_until=deaf_until, loses_first=self.loses_first)

    def write(self, pin: int, *, high: bool) -> None:
        """Set a pin; one that drives no valve moves nothing."""
        for address, output in VALVES.items():
            if output == pin and address not in self.faults.stuck and self.relays[address] != high:
                self.relays[address] = high
                self.moves += 1
                self._moved_at[address] = self._clock()

    def read(self, pin: int) -> bool:
        """Return the level of a pin; one with nothing on it is low."""
        if pin in self.switches:
            return self.switches[pin]
        for address, output in VALVES.items():
            lies = address in self.faults.lie
            if pin == output:
                return self.relays[address] != lies
            if output - pin in (1, 2):
                stands = self._stands(address)
                wanted = (output - pin == 1) != lies
                return stands is not None and stands == wanted
        return False

    def _stands(self, address: str) -> bool | None:
        """Return where a valve is: open, or None in between."""
        if address in self.jammed:
            return self.jammed[address]
        since_s = self._clock() - self._moved_at.get(address, float("-inf"))
        return None if since_s < self.travel_s else self.relays[address]


class _Conversation:
    """The board from one restart to the next: cuts lines at CR and passes LF over."""

    def __init__(
        self, device: ArduinoSimulator, clock: Callable[[], float], *, deaf_until: float, loses_first: bool
    ) -> None:
        self._device = device
        self._clock = clock
        self._deaf_until = deaf_until
        self._lost = not loses_first
        self._greeted = False
        self._input = b""

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        if self._clock() < self._deaf_until:
            return b""
        answers = b"" if self._greeted else self._device.greeting
        self._greeted = True
        *lines, rest = (self._input + data.replace(b"\n", b"")).split(b"\r")
        self._input = rest[-LONGEST_LINE_BYTES:]
        for line in lines:
            if not self._lost:
                self._lost = True
                continue
            answer = self._answer(line.decode("ascii", "replace").split(" "))
            if answer:
                answers += self._device.faults.spoil(f"{answer}\r\n".encode())
        return answers

    def _answer(self, words: list[str]) -> str:
        """Carry out one line; what is no number is 0, as for C's atoi."""
        numbers = [int(word) if word.isdecimal() else 0 for word in words[1:]] + [0, 0]
        if words[0] == "w":
            self._device.write(numbers[0], high=bool(numbers[1]))
            return "OK"
        if words[0] == "r":
            return str(int(self._device.read(numbers[0])))
        return ""
