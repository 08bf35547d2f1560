"""Messages that four hex digits give a length, where a listener asks for them; and limits of a listener's own."""

import pytest

from transports.rpc.frames import Decoder, Fault, Form, Frame, encode


def decoded(data, **how):
    """Return what comes of the bytes at once; it must be the same one by one."""
    decoder, slow = Decoder(**how), Decoder(**how)
    decoder.feed(data)
    found = list(iter(decoder.next, None))
    one_by_one = []
    for byte in data:
        slow.feed(bytes([byte]))
        one_by_one += iter(slow.next, None)
    assert one_by_one == found
    return found


def bare(text):
    return Frame(text, Form.BARE)


@pytest.mark.parametrize(
    ("data", "messages"),
    [
        (b"000AOpen A", [bare("Open A")]),
        (b"000aOpen A", [bare("Open A")]),
        (b"000AOpen A0012GetValveStates", [bare("Open A"), bare("GetValveStates")]),
        (b"000AOpen A\r\n000AOpen B", [bare("Open A"), bare("Open B")]),
        (
            b"000AOpen A{000E}Open B\r\nOpen C\r",
            [bare("Open A"), Frame("Open B", Form.BRACED), Frame("Open C", Form.PLAIN)],
        ),
        (b"0006\xc3\xa9", [bare("é")]),
        (b"000BOpen A", []),
        (b"000", []),
        (b"Add\r\n", [Frame("Add", Form.PLAIN)]),
        (b"12\r\nabcx\r\n", [Frame("12", Form.PLAIN), Frame("abcx", Form.PLAIN)]),
    ],
)
def test_a_bare_length_ends_its_message(data, messages):
    assert decoded(data, bare_length=True) == messages


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"0004", "a declared length of 4 bytes is too short"),
        (b"000COpen A\r\n", "byte 0x0D is not allowed"),
        (b"FACE A\r\nOpen A\r\n", "byte 0x0D is not allowed"),
        (b"0006\xc3(", "not UTF-8: invalid continuation byte"),
    ],
)
def test_a_bare_length_that_is_none_ends_the_stream(data, why):
    assert decoded(data, bare_length=True) == [Fault(f"bad frame: {why}", Form.BARE)]


def test_four_hex_digits_are_a_word_like_any_other_where_nobody_asks_for_lengths():
    assert decoded(b"FACE A\r\n000AOpen A\r\n") == [Frame("FACE A", Form.PLAIN), Frame("000AOpen A", Form.PLAIN)]


def test_a_bare_reply_has_its_length_and_nothing_else():
    assert encode("OK", Form.BARE) == b"0006OK"


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (
            b"{0011}Open ABCD\r\n",
            Fault("bad frame: a declared length of 17 bytes is over the limit of 16", Form.BRACED),
        ),
        (b"0011" + b"A" * 13, Fault("bad frame: a declared length of 17 bytes is over the limit of 16", Form.BARE)),
        (b"Z" * 17 + b"\r\n", Fault("bad frame: no line end within 16 bytes", Form.PLAIN)),
        (b'{"command":"Open"}', Fault("bad frame: no end of the JSON message within 16 bytes", Form.JSON)),
    ],
)
def test_a_message_over_a_limit_of_ones_own_ends_the_stream(data, fault):
    assert decoded(data, bare_length=True, limit=16) == [fault]


@pytest.mark.parametrize("data", [b"{0010}Open ABC\r\n", b"0010Open ABCDEFG", b"Open ABCDEFGHIJ\n"])
def test_a_message_that_just_fits_is_taken(data):
    assert len(data) == 16
    assert isinstance(decoded(data, bare_length=True, limit=16)[0], Frame)
