"""The text lines that Pychron's own subscribers read: `RunAdded <uuid>`, `ConsoleMessage <text>`."""

from dataclasses import dataclass

RUN_ADDED = "RunAdded"
CONSOLE_MESSAGE = "ConsoleMessage"
TAGS = (RUN_ADDED, CONSOLE_MESSAGE)


class BadLine(ValueError):
    """Not one of the lines that a Pychron subscriber knows."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a subscriber filters by `tag` and is given `text`."""

    tag: str
    text: str


def encode_line(line: Line) -> bytes:
    """Return the one frame.

    Raises:
        BadLine: a tag that no subscriber knows, or no text.
    """
    if line.tag not in TAGS:
        raise BadLine(f"tag {line.tag!r}: expected one of {', '.join(TAGS)}")
    if not line.text.strip():
        raise BadLine(f"{line.tag}: no text")
    return f"{line.tag} {line.text.strip()}".encode(errors="replace")


def parse_line(frame: bytes) -> Line:
    """Return the line of a frame; the text without surrounding white space, as Pychron hands it on.

    Raises:
        BadLine: not UTF-8, or not one of the tags followed by text.
    """
    try:
        tag, _, text = frame.decode().partition(" ")
    except UnicodeDecodeError:
        raise BadLine(f"not UTF-8: {frame[:60]!r}") from None
    if tag not in TAGS or not text.strip():
        raise BadLine(f"expected `<tag> <text>` with one of {', '.join(TAGS)}, got {frame[:60]!r}")
    return Line(tag, text.strip())
