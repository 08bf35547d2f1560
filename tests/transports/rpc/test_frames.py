"""The framings of the command channel, byte for byte."""

import pytest

from transports.rpc.frames import MAX_MESSAGE_BYTES, Decoder, Fault, Form, Frame, encode

OPEN_A = Frame("Open A", Form.BRACED)


def pulled(decoder):
    """Everything that is whole, with the Fault if there is one."""
    found = []
    while (message := decoder.next()) is not None:
        found.append(message)
    return found


def decoded(*segments, replies=False):
    decoder = Decoder(replies=replies)
    found = []
    for segment in segments:
        decoder.feed(segment)
        found += pulled(decoder)
    return found


def bytewise(data):
    return decoded(*(data[at : at + 1] for at in range(len(data))))


@pytest.mark.parametrize(
    ("data", "frame"),
    [
        (b"{000E}Open A\r\n", OPEN_A),
        (b"{000e}Open A\r\n", OPEN_A),
        (b"{000F}Open A\r\n", Frame("Open A", Form.BRACED, off_by_one=True)),
        (b"{000f}Open A\r\n", Frame("Open A", Form.BRACED, off_by_one=True)),
        (b"{000F}Open A \r\n", Frame("Open A ", Form.BRACED)),
        (b"{0008}\r\n", Frame("", Form.BRACED)),
        (b"{0009}\r\n", Frame("", Form.BRACED, off_by_one=True)),
        (b"{000B}K\xc3\xa9\r\n", Frame("Ké", Form.BRACED)),
        (b"{0018}Open A\tid=7f3a91\r\n", Frame("Open A\tid=7f3a91", Form.BRACED)),
        (b"Open A\r\n", Frame("Open A", Form.PLAIN)),
        (b"Open A\r", Frame("Open A", Form.PLAIN)),
        (b"Open A\n", Frame("Open A", Form.PLAIN)),
        (b"  Open A  \r\n", Frame("Open A", Form.PLAIN)),
        (b"Open A\tid=1\r\n", Frame("Open A\tid=1", Form.PLAIN)),
        (b"Open  A\r", Frame("Open  A", Form.PLAIN)),
        (b"FACE A\r\n", Frame("FACE A", Form.PLAIN)),
        (b"000AOpen A\r\n", Frame("000AOpen A", Form.PLAIN)),
        (b"Open \xc3\xa9\n", Frame("Open é", Form.PLAIN)),
        (b'{"command":"Open","value":"A"}\r\n', Frame('{"command":"Open","value":"A"}', Form.JSON)),
        (b'{"command": "Open", "value": "A"}\n', Frame('{"command": "Open", "value": "A"}', Form.JSON)),
        (b'  {"command":"Open"}\r', Frame('{"command":"Open"}', Form.JSON)),
        (b"{}\r", Frame("{}", Form.JSON)),
        (b'{"command":"Open","value":"A"}', Frame('{"command":"Open","value":"A"}', Form.JSON)),
        (b'{ "a":"}\\"}", "b":{"c":[{}]}}', Frame('{ "a":"}\\"}", "b":{"c":[{}]}}', Form.JSON)),
        (b"{00E}Open A\r\n", Frame("{00E}Open A", Form.JSON)),
        (b"{0000E}Open A\r\n", Frame("{0000E}Open A", Form.JSON)),
        (b"{000\r\n", Frame("{000", Form.JSON)),
    ],
)
def test_a_whole_message_is_one_frame_however_it_arrives(data, frame):
    assert decoded(data) == [frame]
    assert bytewise(data) == [frame]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"{000D}Open A\r\n", "bad frame: declared 13 bytes, but the line ends after 14"),
        (b"{0010}Open A\r\n", "bad frame: declared 16 bytes, but the line ends after 14"),
        (b"{FFFF}Open A\r\n", "bad frame: declared 65535 bytes, but the line ends after 14"),
        (b"{000E}Open A1\r\n", "bad frame: declared 14 bytes, but the line ends after 15"),
        (b"{000E}Open ABCDEF\r\n", "bad frame: no CRLF within the declared length of 14 bytes"),
        (b"{000E}Open A\n", "bad frame: byte 0x0A is not allowed"),
        (b"{000E}Open A\rx", "bad frame: CR without LF"),
        (b"{000F}Open A\r\r\n", "bad frame: CR without LF"),
        (b"{000E}Open\x00A\r\n", "bad frame: byte 0x00 is not allowed"),
        (b"{000E}Open\x7fA\r\n", "bad frame: byte 0x7F is not allowed"),
        (b"{000E}Open \xe9\r\n", "bad frame: not UTF-8: unexpected end of data"),
        (b"{0007}\r\n", "bad frame: a declared length of 7 bytes is too short"),
        (b"{0000}", "bad frame: a declared length of 0 bytes is too short"),
        (b"{000F}Open \xc2\x85\r\n", "bad frame: character U+0085 is not allowed"),
    ],
)
def test_a_broken_braced_frame_is_a_fault_and_nothing_after_it_is_read(data, fault):
    expected = [Fault(fault, Form.BRACED)]
    assert decoded(data + b"Open B\r\n{000E}Open C\r\n") == expected
    assert bytewise(data + b"Open B\r\n{000E}Open C\r\n") == expected


@pytest.mark.parametrize(
    ("data", "fault", "form"),
    [
        (b"\x00Open A\r\n", "bad frame: byte 0x00 is not allowed", Form.PLAIN),
        (b"Open\x08 A\r\n", "bad frame: byte 0x08 is not allowed", Form.PLAIN),
        (b"Open \x7fA\r\n", "bad frame: byte 0x7F is not allowed", Form.PLAIN),
        (b"\xff\xfd\x22Open A\r\n", "bad frame: byte 0xFF is not allowed", Form.PLAIN),
        (b"\xef\xbb\xbfOpen A\r\n", "bad frame: character U+FEFF is not allowed", Form.PLAIN),
        (b"\xff\xfeO\x00p\x00", "bad frame: byte 0xFF is not allowed", Form.PLAIN),
        (b"Open \xe9\r\n", "bad frame: not UTF-8: unexpected end of data", Form.PLAIN),
        (b"Open \xed\xa0\x80\r\n", "bad frame: not UTF-8: invalid continuation byte", Form.PLAIN),
        (b"\x16\x03\x01\x02\x00\x01\x00", "bad frame: byte 0x16 is not allowed", Form.PLAIN),
        (b'{"command":"Open\x00"}\r\n', "bad frame: byte 0x00 is not allowed", Form.JSON),
        (b'{"command":"\xe9"}\r\n', "bad frame: not UTF-8: invalid continuation byte", Form.JSON),
        (b"POST / HTTP/1.1\r\nHost: x\r\n\r\nOpen A\r\n", "bad frame: this is not a web server", Form.PLAIN),
        (b"GET /Open%20A HTTP/1.0\r\n\r\n", "bad frame: this is not a web server", Form.PLAIN),
        (b"BREW /pot http/1.1\n\n", "bad frame: this is not a web server", Form.PLAIN),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "bad frame: this is not a web server", Form.PLAIN),
        (b"HTTP/1.1 200 OK\r\n", "bad frame: this is not a web server", Form.PLAIN),
        (b"Host: x\r\nOpen A\r\n", "bad frame: this is not a web server", Form.PLAIN),
        (b"Content-Type: text/plain\r\n\r\nOpen A", "bad frame: this is not a web server", Form.PLAIN),
        (b"x-anything:\r\n", "bad frame: this is not a web server", Form.PLAIN),
    ],
)
def test_what_is_no_line_of_text_is_a_fault_and_nothing_after_it_is_read(data, fault, form):
    assert decoded(data + b"Open B\r\n") == [Fault(fault, form)]
    assert bytewise(data + b"Open B\r\n") == [Fault(fault, form)]


def test_what_came_before_the_fault_is_still_answered():
    assert decoded(b"Open A\r\nOpen B\r\n\x00Open C\r\n") == [
        Frame("Open A", Form.PLAIN),
        Frame("Open B", Form.PLAIN),
        Fault("bad frame: byte 0x00 is not allowed", Form.PLAIN),
    ]


def test_after_a_fault_bytes_are_discarded():
    decoder = Decoder()
    decoder.feed(b"\x00")
    assert pulled(decoder) == [Fault("bad frame: byte 0x00 is not allowed", Form.PLAIN)]
    decoder.feed(b"{000E}Open A\r\n")
    assert (decoder.next(), decoder.buffered) == (None, 0)


@pytest.mark.parametrize(
    "data", [b"{000F}Open A\r\n", b"{000E}Open A\r\n", b"Open A\r", b"Open A\n", b'{"command":"Open"}']
)
def test_the_last_byte_of_the_message_is_enough(data):
    decoder = Decoder()
    decoder.feed(data[:-1])
    assert decoder.next() is None
    decoder.feed(data[-1:])
    assert isinstance(decoder.next(), Frame)


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"{000E}Open A\x00", Form.BRACED),
        (b"{000E}Open ABC", Form.BRACED),
        (b"{0010}Open A\r", Form.BRACED),
        (b"{0003}", Form.BRACED),
        (b"Open\x1b", Form.PLAIN),
        (b'{"a\x00', Form.JSON),
        (b"{\x00", Form.JSON),
    ],
)
def test_a_fault_is_told_at_the_byte_that_makes_it_one(data, form):
    decoder = Decoder()
    decoder.feed(data[:-1])
    assert decoder.next() is None
    decoder.feed(data[-1:])
    fault = decoder.next()
    assert isinstance(fault, Fault)
    assert fault.form is form


def test_a_line_in_two_segments_is_never_the_shorter_command():
    decoder = Decoder()
    decoder.feed(b"Close A")
    assert decoder.next() is None
    decoder.feed(b"1\r\n")
    assert pulled(decoder) == [Frame("Close A1", Form.PLAIN)]


def test_the_line_feed_of_an_answered_carriage_return_may_come_later():
    assert decoded(b"Open A\r", b"\n", b"Open B\r", b"\nOpen C\r") == [
        Frame("Open A", Form.PLAIN),
        Frame("Open B", Form.PLAIN),
        Frame("Open C", Form.PLAIN),
    ]


def test_empty_lines_are_passed_over():
    assert decoded(b"\r\n\n\r   \r\n \nOpen A\r\n\r\n\r\n") == [Frame("Open A", Form.PLAIN)]


def test_forms_may_be_mixed_in_one_segment():
    assert decoded(b'Open A\r{000E}Open B\r\n{"command":"Ping"}\n{000F}Open C\r\nOpen D\n') == [
        Frame("Open A", Form.PLAIN),
        Frame("Open B", Form.BRACED),
        Frame('{"command":"Ping"}', Form.JSON),
        Frame("Open C", Form.BRACED, off_by_one=True),
        Frame("Open D", Form.PLAIN),
    ]


def test_the_longest_plain_line_passes_and_one_byte_more_does_not():
    longest = b"A" * (MAX_MESSAGE_BYTES - 1)
    too_long = Fault("bad frame: no line end within 65535 bytes", Form.PLAIN)
    assert decoded(longest + b"\n") == [Frame(longest.decode(), Form.PLAIN)]
    assert decoded(longest, b"\n") == [Frame(longest.decode(), Form.PLAIN)]
    assert decoded(longest + b"A\n") == [too_long]
    assert decoded(longest + b"A") == [too_long]
    assert decoded(longest, b"A\n") == [too_long]


def test_the_longest_braced_frame_passes():
    text = "A" * (MAX_MESSAGE_BYTES - 8)
    assert decoded(b"{FFFF}" + text.encode() + b"\r\n") == [Frame(text, Form.BRACED)]
    assert decoded(b"{FFFF}" + text.encode() + b"A\r\n") == [
        Fault("bad frame: declared 65535 bytes, but the line ends after 65536", Form.BRACED)
    ]


@pytest.mark.parametrize("start", [b"", b"{FFFF}", b'{"', b" "])
def test_a_line_without_end_ends_in_a_fault_and_the_buffer_stays_bounded(start):
    decoder = Decoder()
    decoder.feed(start)
    fault = decoder.next()
    fed = 0
    while fault is None:
        assert decoder.buffered < MAX_MESSAGE_BYTES
        assert fed < 2 * MAX_MESSAGE_BYTES
        decoder.feed(b" x" * 500)
        fed += 1000
        fault = decoder.next()
    assert isinstance(fault, Fault)
    assert decoder.buffered == 0


def test_a_segment_full_of_tiny_lines_is_read_to_its_end():
    assert decoded(b"A\n" * 32_768) == [Frame("A", Form.PLAIN)] * 32_768


def test_a_long_line_may_come_byte_by_byte():
    assert bytewise(b"{FFF8}" + b"x" * 65_520 + b"\r\n") == [Frame("x" * 65_520, Form.BRACED)]


def test_buffered_counts_the_bytes_of_the_unfinished_message():
    decoder = Decoder()
    decoder.feed(b"Open A\r\nClose")
    assert pulled(decoder) == [Frame("Open A", Form.PLAIN)]
    assert decoder.buffered == 5


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"ERROR 004 : invalid arguments: Open A\r\n", "ERROR 004 : invalid arguments: Open A"),
        (b"Error: OpenIndicator=False, CloseIndicator=False\r\n", "Error: OpenIndicator=False, CloseIndicator=False"),
        (b"A:10.0.0.7-B8143\r\n", "A:10.0.0.7-B8143"),
        (b"1.23e-09\r\n", "1.23e-09"),
    ],
)
def test_a_reply_may_look_like_a_header(data, text):
    assert decoded(data, replies=True) == [Frame(text, Form.PLAIN)]


def test_a_web_server_is_no_peer():
    fault = Fault("bad frame: this is not a web server", Form.PLAIN)
    assert decoded(b"HTTP/1.1 400 Bad Request\r\n", replies=True) == [fault]


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (b"OK", Frame("OK", Form.PLAIN)),
        (b"A1,B0e78e", Frame("A1,B0e78e", Form.PLAIN)),
        (b'{"setpoint": 60', Frame('{"setpoint": 60', Form.JSON)),
        (b"OK\r\n", None),
        (b"  ", None),
        (b"", None),
        (b"{000A}O", Fault("bad frame: the connection was closed inside the frame", Form.BRACED)),
        (b"K\xc3", Fault("bad frame: not UTF-8: unexpected end of data", Form.PLAIN)),
    ],
)
def test_a_reply_may_end_with_its_connection(data, end):
    decoder = Decoder(replies=True)
    decoder.feed(data)
    pulled(decoder)
    assert decoder.finish() == end
    assert decoder.next() is None


@pytest.mark.parametrize("after", [b"x", b" Open A\r\n", b"}\r\n", b'"', b"{000E}Open A\r\n"])
def test_after_a_json_message_nothing_else_stands_on_its_line(after):
    decoder = Decoder()
    decoder.feed(b'{"command":"Ping"}' + after)
    first, *rest = pulled(decoder)
    assert first == Frame('{"command":"Ping"}', Form.JSON)
    wanted = (
        Frame("Open A", Form.BRACED) if after[:1] == b"{" else Fault("bad frame: text after a JSON message", Form.JSON)
    )
    assert rest == [wanted]


def test_a_request_never_ends_with_its_connection():
    decoder = Decoder()
    decoder.feed(b"Close A")
    assert pulled(decoder) == []
    assert decoder.finish() is None


@pytest.mark.parametrize(
    ("text", "form", "data"),
    [
        ("Open A", Form.BRACED, b"{000E}Open A\r\n"),
        ("OK", Form.BRACED, b"{000A}OK\r\n"),
        ("", Form.BRACED, b"{0008}\r\n"),
        ("é", Form.BRACED, b"{000A}\xc3\xa9\r\n"),
        ("OK\tt=8123456", Form.BRACED, b"{0014}OK\tt=8123456\r\n"),
        ("OK", Form.PLAIN, b"OK\r\n"),
        ("OK", Form.JSON, b"OK\r\n"),
    ],
)
def test_encode_writes_exact_bytes(text, form, data):
    assert encode(text, form) == data


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("text", ["a\r", "a\nb", "a\x00", "\x7f", "a\x85", "\ufeffa", "\ud800", "\x1b[2J"])
def test_encode_refuses_what_could_split_or_garble_a_message(text, form):
    with pytest.raises(ValueError, match=r"cannot be sent|surrogates"):
        encode(text, form)


@pytest.mark.parametrize(("form", "room"), [(Form.BRACED, 65_527), (Form.PLAIN, 65_533), (Form.JSON, 65_533)])
def test_encode_refuses_a_message_over_the_limit(form, room):
    assert len(encode("x" * room, form)) == MAX_MESSAGE_BYTES
    with pytest.raises(ValueError, match="over the limit of 65535"):
        encode("x" * (room + 1), form)
