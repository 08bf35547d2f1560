"""A TPG 256 A with its gauges: the far end of the line, with faults to switch on.

Written from the manual and not from the codec, so that one wrong idea is not in both.
"""

from collections.abc import Callable

from hardware.far_end import Faults, Session, Wire

LONGEST_MESSAGE_BYTES = 64
SYNTAX, PARAMETER = 1, 2
WORDS = {SYNTAX: ("0001", "4096,0"), PARAMETER: ("0010", "8192,0")}
NO_ERROR = ("0000", "0,0")


class MaxiGaugeSimulator:
    """See `Simulator`. It is one unit on one line: a host that hangs up leaves it as it is.

    A request that is acknowledged waits for its enquiry, and until then the unit hears nothing but that and ETX: the
    worst that a lost acknowledgement can do.

    Attributes:
        shown: channel to what it shows: a pressure, or the digit of a status, "1" to "6".
        units: 0 mbar, 1 Torr, 2 Pa.
        knows_units: it understands `UNI`.
        gauges: types, as `TID` tells them.
        lost: how many of the next acknowledgements get lost on the line.
        waiting: a request is acknowledged, and its enquiry has not come.
        confirms_reset: it acknowledges ETX.
        space: what it writes after a comma.
        exponent_digits: how it writes numbers.
        two_words: its errors are two numbers instead of four digits.
        error_word: what it says instead of its error; "": its error.
        late: what it says before its next line, the one after that, and so on: answers that somebody has given up.
        faults: what is wrong with it.
    """

    def __init__(self) -> None:
        self.shown: dict[str, float | str] = {"1": 8.34e-3, "2": 1.53e-9, "3": 7.602e2, "4": "4", "5": "5", "6": "5"}
        self.units = "0"
        self.knows_units = True
        self.gauges = ["TPR/PCR", "IKR9", "CMR", "PKR", "noSen", "noSen"]
        self.lost = 0
        self.waiting = False
        self.confirms_reset = False
        self.space = ""
        self.exponent_digits = 2
        self.two_words = False
        self.error_word = ""
        self.late: list[bytes] = []
        self.faults = Faults()
        self._input = ""
        self._asked: Callable[[], str] | None = None
        self._error = 0

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        return b"".join(self._hear(byte) for byte in data)

    def session(self, wire: Wire) -> Session:  # noqa: ARG002 - the same on every wire
        """See `Simulator.session`."""
        return self

    def _hear(self, byte: int) -> bytes:
        character = chr(byte)
        if character == "\x03":
            self._input, self._asked, self.waiting = "", None, False
            return self._line("\x06") if self.confirms_reset else b""
        if character == "\x05":
            self._input, self.waiting = "", False
            return self._line(self._asked() if self._asked is not None else self._take_error())
        if self.waiting or character in " \n":
            return b""
        if character != "\r":
            self._input = (self._input + character)[-LONGEST_MESSAGE_BYTES:]
            return b""
        message, self._input = self._input, ""
        return self._acknowledge(message)

    def _acknowledge(self, message: str) -> bytes:
        mnemonic, comma, parameter = message.upper().partition(",")
        self._asked = self._answer_to(mnemonic)
        self._error = SYNTAX if self._asked is None else 0
        if self._asked is not None and comma and (mnemonic != "UNI" or parameter not in ("0", "1", "2")):
            self._asked, self._error = None, PARAMETER
        if self._error:
            return self._line("\x15")
        self.units = parameter or self.units
        self.waiting = True
        if self.lost:
            self.lost -= 1
            return b""
        return self._line("\x06")

    def _answer_to(self, mnemonic: str) -> Callable[[], str] | None:
        """Return what a mnemonic makes ready: each further enquiry asks for it again, as it is then."""
        if mnemonic[:2] == "PR" and mnemonic[2:] in self.shown:
            return lambda: self._pressure(mnemonic[2:])
        if mnemonic == "UNI" and not self.knows_units:
            return None
        comma = "," + self.space
        known: dict[str, Callable[[], str]] = {
            "UNI": lambda: self.units,
            "TID": lambda: comma.join(self.gauges),
            "PNR": lambda: "302-510-A",
            "ERR": self._take_error,
            "SEN": lambda: comma.join("1" if self.shown[name] == "4" else "2" for name in sorted(self.shown)),
        }
        return known.get(mnemonic)

    def _pressure(self, name: str) -> str:
        shown = self.shown[name]
        status, number = (shown, 2.0e-2) if isinstance(shown, str) else ("0", shown)
        mantissa, exponent = f"{number:.4E}".split("E")
        return f"{status},{self.space}{mantissa}E{exponent[0]}{int(exponent[1:]):0{self.exponent_digits}d}"

    def _take_error(self) -> str:
        words = WORDS.get(self._error, NO_ERROR)
        self._error = 0
        return self.error_word or words[1 if self.two_words else 0]

    def _line(self, text: str) -> bytes:
        late = self.late.pop(0) if self.late else b""
        return (b"" if self.faults.mute else late) + self.faults.spoil(text.encode() + b"\r\n")
