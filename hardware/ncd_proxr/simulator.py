"""A ProXR controller with some banks of relays: the far end of the wire, with faults to switch on.

Written from the manual and not from the codec, so that one wrong idea is not in both.
"""

from hardware.far_end import Faults, Session, Wire

START = 254
CONFIRMED = 85
MOST_BANKS = 32
IN_A_BANK = 8
NAMES_BANK = range(100, 125)  # the commands 0 to 24 once more, each followed by a bank
SWITCHES, ASKS, ASKS_BANK = range(16), range(16, 24), 24  # eight off, eight on; eight relays to ask for
SELECT, SELECTED = 49, 34
REPORT, REPORT_NOT, ALL_OFF, ALL_ON, TEST = 27, 28, 29, 30, 33
REFRESH, REFRESH_NOT, REFRESH_ONCE = 25, 26, 37


class ProXRSimulator:
    """See `Simulator`. The board sees one line of bytes, whoever sends them: the selected bank is everybody's.

    Attributes:
        relays: every relay of every bank: `bank.relay` to energised.
        refreshes: relays follow its memory at once; it may have been told not to.
        waiting: what its memory has otherwise than its relays, as long as they do not.
        moves: how often a relay has really moved.
        faults: what is wrong with it.
        reporting: whether commands are confirmed; it may have been saved off.
        tests_count: whether reporting also decides over the test of communications.
        selected: the bank that commands without a bank mean; 0: all.
        stray: bytes that are sent before the next answer, as if they were late.
    """

    def __init__(self, banks: int = 4) -> None:
        self.banks = banks
        self.relays = {f"{bank}.{relay}": False for bank in range(1, banks + 1) for relay in range(1, IN_A_BANK + 1)}
        self.moves = 0
        self.faults = Faults()
        self.refreshes = True
        self.waiting: dict[str, bool] = {}
        self.reporting = True
        self.tests_count = True
        self.selected = 1
        self.stray = b""
        self._default = self.session("tcp")

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        return self._default.feed(data)

    def session(self, wire: Wire) -> Session:  # noqa: ARG002 - it is the same on both
        """See `Simulator.session`."""
        return _Conversation(self)

    def carry_out(self, code: int, bank: int | None) -> bytes:
        """Carry out one command: its code, and the bank that came with it."""
        where = self.selected if bank is None else bank
        if code == SELECT:
            self.selected = where
            return self._confirm()
        in_bank = NAMES_BANK.index(code) if code in NAMES_BANK else code
        if in_bank in SWITCHES:
            relay = in_bank % IN_A_BANK + 1
            self._move(self._banks(where), range(relay, relay + 1), energised=in_bank >= IN_A_BANK)
            return self._confirm()
        if in_bank in ASKS:
            return bytes([self._seen(where, ASKS.index(in_bank) + 1)]) if where else b""
        if in_bank == ASKS_BANK:
            return bytes(self._byte(each) for each in ([where] if where else range(1, MOST_BANKS + 1)))
        return self._other(code)

    def _other(self, code: int) -> bytes:
        if code == SELECTED:
            return bytes([self.selected])
        if code == TEST and not self.tests_count:
            return bytes([CONFIRMED])
        if code in (REPORT, REPORT_NOT):
            self.reporting = code == REPORT
        elif code in (ALL_OFF, ALL_ON):
            self._move(self._banks(0), range(1, IN_A_BANK + 1), energised=code == ALL_ON)
        elif code in (REFRESH, REFRESH_NOT):
            self.refreshes = code == REFRESH
        elif code not in (TEST, REFRESH_ONCE):
            return b""
        if self.refreshes or code == REFRESH_ONCE:
            self._refresh()
        return self._confirm()

    def _confirm(self) -> bytes:
        return bytes([CONFIRMED]) if self.reporting else b""

    def _banks(self, bank: int) -> range:
        return range(1, self.banks + 1) if bank == 0 else range(bank, bank + 1)

    def _move(self, banks: range, relays: range, *, energised: bool) -> None:
        for channel in (f"{bank}.{relay}" for bank in banks for relay in relays):
            if channel in self.relays and channel not in self.faults.stuck:
                self.waiting[channel] = energised
        if self.refreshes:
            self._refresh()

    def _refresh(self) -> None:
        for channel, energised in self.waiting.items():
            self.moves += self.relays[channel] != energised
            self.relays[channel] = energised
        self.waiting.clear()

    def _seen(self, bank: int, relay: int) -> bool:
        channel = f"{bank}.{relay}"
        told = self.waiting.get(channel, self.relays.get(channel, False))
        return told != (channel in self.faults.lie)

    def _byte(self, bank: int) -> int:
        return sum(self._seen(bank, relay) << (relay - 1) for relay in range(1, IN_A_BANK + 1))


class _Conversation:
    """One client: cuts commands, which have no end; what does not start with FE is passed over."""

    def __init__(self, device: ProXRSimulator) -> None:
        self._device = device
        self._input: list[int] = []

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        answers = b""
        for byte in data:
            self._input.append(byte)
            if self._input[0] != START:
                self._input.clear()
            elif len(self._input) > 1 and len(self._input) == self._length(self._input[1]):
                _, code, *bank = self._input
                self._input.clear()
                answers += self._answer(code, bank[0] if bank else None)
        return answers

    def _answer(self, code: int, bank: int | None) -> bytes:
        answer = self._device.carry_out(code, bank)
        if not answer:
            return b""
        stray, self._device.stray = self._device.stray, b""
        return stray + self._device.faults.spoil(answer)

    @staticmethod
    def _length(code: int) -> int:
        return 3 if code == SELECT or code in NAMES_BANK else 2
