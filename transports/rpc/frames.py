"""The framings of TCP 1061: an incremental decoder without I/O."""

import re

from transports.rpc.forms import MAX_MESSAGE_BYTES, Fault, Form, Frame, encode
from transports.rpc.objects import BRACE, CLOSE, ObjectScan, begins

__all__ = ["MAX_MESSAGE_BYTES", "Decoder", "Fault", "Form", "Frame", "encode"]

_CR, _LF = b"\r\n"
_BRACED = Form.BRACED  # looked up once: it takes 80 ns
_HEADER_BYTES = len(b"{000E}")
_BARE_HEADER_BYTES = len(b"000A")
_SHORTEST_BRACED = len(b"{0008}\r\n")
_HEX = frozenset(b"0123456789ABCDEFabcdef")

_HEADER = re.compile(rb"\{[0-9A-Fa-f]{4}\}")
_WHOLE = re.compile(rb"\{([0-9A-Fa-f]{4})\}([ -~\t]*)\r\n")  # the usual frame, in one match
_HALF_HEADER = re.compile(rb"\{[0-9A-Fa-f]{0,4}")
_BARE_HEADER = re.compile(rb"[0-9A-Fa-f]{1,4}")
_LINE_ENDS = re.compile(rb"[\r\n]+")
_WHOLE_LINE = re.compile(rb"([!-z|}~][ -~\t]*)(?:\r\n?|\n)")
# Where a scan stops: line ends, control characters, and bytes that no UTF-8 text has (telnet's IAC is FF).
_STOP = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f\xc0\xc1\xf5-\xff]")
_BLANKS = re.compile(rb"[ \t]*")
# What is left to find in decoded text: C1 controls and the byte order mark.
_HIDDEN = re.compile("[\x80-\x9f\ufeff]")
_HTTP_VERSION = re.compile(r"(?:^|[ \t])HTTP/\d(?:\.\d)?(?:[ \t]|$)", re.IGNORECASE)
_HTTP_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+:")


class Decoder:
    """Cut a byte stream into messages: feed what came, then pull until `None`.

    The result depends on the bytes alone, never on how they were split into segments. Pulled dry, it holds
    less than `limit` bytes. One thread at a time.

    A JSON object is whole at its last brace: Pychron's clients may send it without a line end. Nothing but a line end
    or another object may follow it on its line.

    Args:
        replies: read a server's answers: a line such as `Error: ...` is a value there, no HTTP header.
        bare_length: what begins with four hex digits is a message of that length, and no plain line.
        limit: bytes that a message may have with everything.
    """

    __slots__ = ("_after_json", "_bare", "_broken", "_buffer", "_limit", "_object", "_replies", "_scanned", "_start")

    def __init__(self, *, replies: bool = False, bare_length: bool = False, limit: int = MAX_MESSAGE_BYTES) -> None:
        self._bare = bare_length
        self._limit = limit
        self._buffer = bytearray()
        self._start = 0  # of the message being read
        self._scanned = 0  # bytes of it that are known to hold no stop
        self._object: ObjectScan | None = None  # the JSON object being read
        self._after_json = False  # its line has not ended yet
        self._broken = False
        self._replies = replies

    @property
    def buffered(self) -> int:
        """Return how many bytes wait for the rest of their message."""
        return len(self._buffer) - self._start

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream; after a Fault they are discarded."""
        if self._broken:
            return
        if self._start:
            del self._buffer[: self._start]
            self._start = 0
        self._buffer += data

    def next(self) -> Frame | Fault | None:
        """Return the next whole message, the Fault that ends the stream, or None: more bytes are needed.

        After the Fault always None.
        """
        buffer = self._buffer
        while self._start < len(buffer):
            if self._after_json:
                if fault := self._after_object():
                    return fault
                continue
            first = buffer[self._start]
            if first == BRACE:
                return (not self._scanned and self._usual_braced()) or self._brace()
            if first in (_CR, _LF) and (ends := _LINE_ENDS.match(buffer, self._start)):
                self._consume(ends.end())  # an empty line, or the LF of a CR that was already answered
                continue
            if self._bare and first in _HEX and self._may_be_bare():
                return self._bare_length()
            if not self._scanned and (usual := self._usual_line()):
                return usual
            if (message := self._line()) is not None or self._scanned:
                return message
        return None

    def finish(self) -> Frame | Fault | None:
        """Return the unterminated rest of the replies: a Pychron server ends its answer by closing.

        Call it when `next` has returned None and the stream has ended. Requests are never finished this way:
        `Close A` may be the beginning of `Close A1`.
        """
        if self._broken or not self._replies or not self.buffered:
            return None
        if _HEADER.match(self._buffer, self._start):
            return self._fault("the connection was closed inside the frame", Form.BRACED)
        return self._line_end(len(self._buffer))

    def _usual_braced(self) -> Frame | Fault | None:
        whole = _WHOLE.match(self._buffer, self._start)
        if whole is None:
            return None
        size = whole.end() - self._start
        surplus = int(whole[1], 16) - size
        if surplus not in (0, 1) or size + surplus > self._limit:
            return None
        text = whole[2].decode()  # before the buffer moves: a match is a view
        self._consume(whole.end())
        return Frame(text, _BRACED, surplus == 1)

    def _usual_line(self) -> Frame | Fault | None:
        whole = _WHOLE_LINE.match(self._buffer, self._start)
        if whole is None:
            return None
        text = whole[1].decode()  # before the buffer moves: a match is a view
        if len(text) >= self._limit:
            return None
        self._consume(whole.end())
        return self._plain(text)

    def _half_header(self) -> bool:
        whole = _HALF_HEADER.match(self._buffer, self._start)
        return whole is not None and whole.end() == len(self._buffer)

    def _brace(self) -> Frame | Fault | None:
        """Read what begins with a brace: a frame, a JSON object, or a broken line; None: more bytes are needed."""
        if _HEADER.match(self._buffer, self._start):
            return self._braced()
        is_object = None if self._half_header() else begins(self._buffer, self._start)
        return None if is_object is None else self._json() if is_object else self._line()

    def _json(self) -> Frame | Fault | None:
        """Read one JSON object; a line that ends before it does is what its reader calls broken."""
        end = self._start + self._limit
        self._object = self._object or ObjectScan()
        stop = self._object.stop(self._buffer, self._start, end)
        if stop is None:
            if len(self._buffer) >= end:
                return self._fault(f"no end of the JSON message within {self._limit} bytes", Form.JSON)
            return None
        byte = self._buffer[stop]
        if byte not in (CLOSE, _CR, _LF):
            return self._bad_byte(byte, Form.JSON)
        self._object, self._after_json = None, byte == CLOSE
        text = self._text(self._start, stop + self._after_json, stop + 1, Form.JSON)
        return text if isinstance(text, Fault) else Frame(text, Form.JSON)

    def _after_object(self) -> Fault | None:
        """Go on to the end of the object's line, or to the next object; anything else is a Fault."""
        blanks = _BLANKS.match(self._buffer, self._start)
        assert blanks is not None
        self._consume(blanks.end())
        if self._start == len(self._buffer):
            return None
        self._after_json = False
        if self._buffer[self._start] in (BRACE, _CR, _LF):
            return None
        return self._fault("text after a JSON message", Form.JSON)

    def _braced(self) -> Frame | Fault | None:
        buffer, start = self._buffer, self._start
        declared = int(buffer[start + 1 : start + 5], 16)
        if declared < _SHORTEST_BRACED:
            return self._fault(f"a declared length of {declared} bytes is too short", Form.BRACED)
        if declared > self._limit:
            return self._too_long(declared, Form.BRACED)
        end = start + declared
        stop = _STOP.search(buffer, start + (self._scanned or _HEADER_BYTES), end)
        if stop is None:
            if len(buffer) >= end:
                return self._fault(f"no CRLF within the declared length of {declared} bytes", Form.BRACED)
            self._scanned = len(buffer) - start
            return None
        at = stop.start()
        if buffer[at] != _CR:
            return self._bad_byte(buffer[at], Form.BRACED)
        return self._braced_end(at, declared)

    def _braced_end(self, at: int, declared: int) -> Frame | Fault | None:
        buffer, start = self._buffer, self._start
        surplus = start + declared - (at + 2)
        if surplus not in (0, 1):
            counted = declared - surplus
            return self._fault(f"declared {declared} bytes, but the line ends after {counted}", Form.BRACED)
        if at + 1 == len(buffer):
            self._scanned = at - start
            return None
        if buffer[at + 1] != _LF:
            return self._fault("CR without LF", Form.BRACED)
        text = self._text(start + _HEADER_BYTES, at, at + 2, Form.BRACED)
        return text if isinstance(text, Fault) else Frame(text, Form.BRACED, surplus == 1)

    def _may_be_bare(self) -> bool:
        """Whether four hex digits stand here, or fewer with nothing behind them yet."""
        header = _BARE_HEADER.match(self._buffer, self._start)
        return header is not None and header.end() in (self._start + _BARE_HEADER_BYTES, len(self._buffer))

    def _bare_length(self) -> Frame | Fault | None:
        """Read a message whose four digits tell its length, and which nothing ends."""
        buffer, start = self._buffer, self._start
        if self.buffered < _BARE_HEADER_BYTES:
            return None
        declared = int(buffer[start : start + _BARE_HEADER_BYTES], 16)
        if declared <= _BARE_HEADER_BYTES:
            return self._fault(f"a declared length of {declared} bytes is too short", Form.BARE)
        if declared > self._limit:
            return self._too_long(declared, Form.BARE)
        end = start + declared
        stop = _STOP.search(buffer, start + (self._scanned or _BARE_HEADER_BYTES), end)
        if stop is not None:
            return self._bad_byte(buffer[stop.start()], Form.BARE)
        if len(buffer) < end:
            self._scanned = len(buffer) - start
            return None
        text = self._text(start + _BARE_HEADER_BYTES, end, end, Form.BARE)
        return text if isinstance(text, Fault) else Frame(text, Form.BARE)

    def _line(self) -> Frame | Fault | None:
        """Read one plain or JSON line; None with `_scanned` set: it goes on; None without: it was blank."""
        buffer, start = self._buffer, self._start
        end = start + self._limit
        stop = _STOP.search(buffer, start + self._scanned, end)
        if stop is None:
            if len(buffer) >= end:
                return self._fault(f"no line end within {self._limit} bytes", self._line_form())
            self._scanned = len(buffer) - start
            return None
        at = stop.start()
        if buffer[at] not in (_CR, _LF):
            return self._bad_byte(buffer[at], self._line_form())
        return self._line_end(at)

    def _line_form(self) -> Form:
        return Form.JSON if self._buffer[self._start] == BRACE else Form.PLAIN

    def _line_end(self, at: int) -> Frame | Fault | None:
        form = self._line_form()
        text = self._text(self._start, at, at + 1, form)
        if isinstance(text, Fault):
            return text
        return Frame(text, form) if form is Form.JSON else self._plain(text)

    def _plain(self, text: str) -> Frame | Fault | None:
        text = text.strip(" ")
        if (":" in text or "/" in text) and self._is_http(text):
            return self._fault("this is not a web server", Form.PLAIN)
        if not text:
            return None
        return Frame(text, Form.JSON if text[0] == "{" else Form.PLAIN)

    def _is_http(self, text: str) -> bool:
        if _HTTP_VERSION.search(text):
            return True
        return not self._replies and _HTTP_HEADER.match(text) is not None

    def _text(self, start: int, stop: int, end: int, form: Form) -> str | Fault:
        try:
            text = self._buffer[start:stop].decode()
        except UnicodeDecodeError as why:
            return self._fault(f"not UTF-8: {why.reason}", form)
        if not text.isascii() and (hidden := _HIDDEN.search(text)):
            return self._fault(f"character U+{ord(hidden[0]):04X} is not allowed", form)
        self._consume(end)
        return text

    def _consume(self, end: int) -> None:
        self._scanned = 0
        if end >= len(self._buffer):
            self._buffer.clear()
            self._start = 0
        else:
            self._start = end

    def _bad_byte(self, byte: int, form: Form) -> Fault:
        return self._fault(f"byte 0x{byte:02X} is not allowed", form)

    def _too_long(self, declared: int, form: Form) -> Fault:
        return self._fault(f"a declared length of {declared} bytes is over the limit of {self._limit}", form)

    def _fault(self, text: str, form: Form) -> Fault:
        self._broken = True
        self._buffer.clear()
        self._start = 0
        return Fault(f"bad frame: {text}", form)
