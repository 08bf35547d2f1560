"""What a simulated 34970A measures: the scan list, CONF and FORM, INIT, and the readings kept.

Written from the manual and not from the codec, so that one wrong idea is not in both.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial

MULTIPLEXER = "34901A"
MEASURING = 20  # of its 22 channels; the other two measure current

INITIATED = (261, "Not able to execute while scan initiated")
COMMITTED = (301, "Module currently committed to scan")
CANNOT = (303, "Module is not able to perform requested operation")
EMPTY_LIST = (113, "Channel list: empty scan list")
STALE = (-230, "Data stale")
OUT_OF_RANGE = (-222, "Data out of range")

Error = tuple[int, str]

_TRANSDUCERS = re.compile(r"(?:TC,[BEJKNRST]|RTD,(?:85|91)|FRTD,(?:85|91)|THER,(?:2252|5000|10000)),(\(@.*\))")
_VOLTS = re.compile(r"(?:(?:AUTO|[\d.E+-]+)(?:,[\d.E+-]+)?,)?(\(@.*\))")
_BOOLEANS = {"ON": True, "1": True, "OFF": False, "0": False}
_SOURCES = {"TIM": "TIM", "TIMER": "TIM", "IMM": "IMM", "IMMEDIATE": "IMM", "BUS": "BUS"}


class CannotScan(Exception):
    """A command that the device answers with an entry of its error queue."""

    def __init__(self, error: Error) -> None:
        super().__init__(error)
        self.error = error


class Scanner:
    """The measuring half of the device, shared by its sessions.

    Attributes:
        shown: channel -> what is there: a number, or "+9.9E+37" and "-9.9E+37" for what is out of range.
        scan_list: the channels of a scan.
        initiated: a scan waits for its trigger, or goes on.
        space: what is between a value and its units.
        words: how the units of each function are spelt.
    """

    def __init__(self, cards: Mapping[int, tuple[str, int]], open_card: Callable[[str], None]) -> None:
        slots = [slot for slot, (model, _) in cards.items() if model == MULTIPLEXER]
        self.shown: dict[str, float | str] = {
            f"{slot}{number:02d}": 20.0 for slot in slots for number in range(1, MEASURING + 1)
        }
        self.scan_list: list[str] = []
        self.initiated = False
        self.space = " "
        self.words = {"TEMP": "C", "VOLT:DC": "VDC"}
        self._open_card = open_card
        self._functions: dict[str, str] = {}
        self._format = dict.fromkeys(("UNIT", "TIME", "CHAN", "ALAR"), False)
        self._source, self._count = "IMM", 1
        self._memory: list[str] = []

    def commits(self, channel: str) -> bool:
        """Whether a channel is not to be closed by hand."""
        busy = self.initiated and any(channel[0] == scanned[0] for scanned in self.scan_list)
        return busy or channel in self.scan_list

    def commands(self, channels_of: Callable[[str], list[str]]) -> dict[str, Callable[[str], str | None]]:
        """Return what it understands; `channels_of` reads a channel list."""
        return {
            "CONF:TEMP": lambda text: self._configure("TEMP", _TRANSDUCERS.fullmatch(text), channels_of),
            "CONF:VOLT:DC": lambda text: self._configure("VOLT:DC", _VOLTS.fullmatch(text), channels_of),
            **{f"FORM:READ:{flag}": partial(self._set_format, flag) for flag in self._format},
            "TRIG:SOUR": self._set_source,
            "TRIG:TIM": self._set_timer,
            "TRIG:COUN": self._set_count,
            "ROUT:SCAN": lambda text: self._set_list([] if text == "(@)" else channels_of(text)),
            "ROUT:SCAN?": lambda _: self._told_list(),
            "INIT": lambda _: self._initiate(),
            "READ?": lambda _: self._read(),
            "FETC?": lambda _: self._fetch(),
            "ABOR": lambda _: self._abort(),
            "*TRG": lambda _: self._trigger(),
            "DATA:POIN?": lambda _: f"{len(self._memory):+d}",
            "DATA:REM?": self._remove,
        }

    def _configure(self, function: str, found: re.Match[str] | None, channels_of: Callable[[str], list[str]]) -> None:
        """Take a function for some channels: all FORM flags go off, and these become the scan list."""
        self._refuse_if_initiated()
        if found is None:
            raise CannotScan(OUT_OF_RANGE)
        channels = channels_of(found[1])
        if not all(channel in self.shown for channel in channels):
            raise CannotScan(CANNOT)
        self._functions.update(dict.fromkeys(channels, function))
        self._format = dict.fromkeys(self._format, False)
        self._source, self._count = "IMM", 1
        self.scan_list = channels
        self._memory.clear()

    def _set_format(self, flag: str, text: str) -> None:
        if text.upper() not in _BOOLEANS:
            raise CannotScan(OUT_OF_RANGE)
        self._format[flag] = _BOOLEANS[text.upper()]

    def _set_source(self, text: str) -> None:
        self._refuse_if_initiated()
        if text.upper() not in _SOURCES:
            raise CannotScan(OUT_OF_RANGE)
        self._source = _SOURCES[text.upper()]

    def _set_timer(self, text: str) -> None:
        self._refuse_if_initiated()
        if not text.isdigit():
            raise CannotScan(OUT_OF_RANGE)

    def _set_count(self, text: str) -> None:
        self._refuse_if_initiated()
        if not text.isdigit() or int(text) < 1:
            raise CannotScan(OUT_OF_RANGE)
        self._count = int(text)

    def _set_list(self, channels: list[str]) -> None:
        self._refuse_if_initiated()
        if not all(channel in self.shown for channel in channels):
            raise CannotScan(CANNOT)
        self.scan_list = channels
        self._memory.clear()

    def _told_list(self) -> str:
        listed = f"(@{','.join(self.scan_list)})"
        length = str(len(listed))
        return f"#{len(length)}{length}{listed}"

    def _initiate(self) -> None:
        self._refuse_if_initiated()
        if not self.scan_list:
            raise CannotScan(EMPTY_LIST)
        for slot in sorted({channel[0] for channel in self.scan_list}):
            self._open_card(slot)
        self._memory.clear()
        if self._source == "BUS":
            self.initiated = True
        else:
            self._measure()

    def _trigger(self) -> None:
        if self.initiated:
            self.initiated = False
            self._measure()

    def _measure(self) -> None:
        self._memory += [self._reading(channel) for channel in self.scan_list] * self._count

    def _reading(self, channel: str) -> str:
        parts = [f"{float(self.shown[channel]):+.8E}"]
        if self._format["UNIT"]:
            parts[0] += self.space + self.words[self._functions.get(channel, "VOLT:DC")]
        parts += ["000000000.017"] if self._format["TIME"] else []
        parts += [channel] if self._format["CHAN"] else []
        parts += ["0"] if self._format["ALAR"] else []
        return ",".join(parts)

    def _read(self) -> str | None:
        self._initiate()
        return None if self.initiated else self._fetch()  # without a trigger it says nothing

    def _fetch(self) -> str:
        if not self._memory:
            raise CannotScan(STALE)
        return ",".join(self._memory)

    def _remove(self, text: str) -> str:
        if not text.isdigit() or not 0 < int(text) <= len(self._memory):
            raise CannotScan(OUT_OF_RANGE)
        taken, self._memory = self._memory[: int(text)], self._memory[int(text) :]
        return ",".join(taken)

    def _abort(self) -> None:
        self.initiated = False

    def _refuse_if_initiated(self) -> None:
        if self.initiated:
            raise CannotScan(INITIATED)
