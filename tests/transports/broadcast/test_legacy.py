"""The text lines of Pychron's own subscribers."""

import pytest

from transports.broadcast.legacy import BadLine, Line, encode_line, parse_line

ROWS = [
    (Line("RunAdded", "uuid-91"), b"RunAdded uuid-91"),
    (Line("ConsoleMessage", "hello 91"), b"ConsoleMessage hello 91"),
    (Line("ConsoleMessage", "40 µm"), b"ConsoleMessage 40 \xc2\xb5m"),
]


@pytest.mark.parametrize(("line", "frame"), ROWS)
def test_lines_both_ways(line: Line, frame: bytes) -> None:
    assert (encode_line(line), parse_line(frame)) == (frame, line)


def test_text_is_handed_on_stripped() -> None:
    assert parse_line(b"RunAdded   uuid-91 \n") == Line("RunAdded", "uuid-91")


@pytest.mark.parametrize("line", [Line("Run Added", "x"), Line("", "x"), Line("RunAdded", " "), Line("Other", "x")])
def test_a_line_that_nobody_reads_is_not_encoded(line: Line) -> None:
    with pytest.raises(BadLine):
        encode_line(line)


@pytest.mark.parametrize("frame", [b"", b"RunAdded", b"RunAddedx y", b" RunAdded x", b"\xff x", b"Other x"])
def test_other_frames_are_no_lines(frame: bytes) -> None:
    with pytest.raises(BadLine):
        parse_line(frame)
