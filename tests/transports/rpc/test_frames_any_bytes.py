"""What holds of the decoder for every byte stream and every way to split it."""

import json
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from transports.rpc.frames import MAX_MESSAGE_BYTES, Decoder, Fault, Form, Frame, encode

_LETTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff")
BODIES = st.text(st.one_of(st.sampled_from("ABo 1\t{}"), _LETTERS), max_size=30)
LINES = BODIES.map(lambda body: "V" + body.strip(" ")).filter(lambda text: ":" not in text and "/" not in text)
JSON_LINES = st.builds(
    lambda body, wide: json.dumps({"value": [body, {}]}, ensure_ascii=not wide), BODIES, st.booleans()
)
MESSAGES = st.one_of(
    st.tuples(BODIES, st.just(Form.BRACED)),
    st.tuples(LINES, st.just(Form.PLAIN)),
    st.tuples(JSON_LINES, st.just(Form.JSON)),
)
PIECES = st.one_of(
    st.sampled_from(
        [
            *(
                b"{000E}Open A\r\n",
                b"{000F}Open A\r\n",
                b"{000D}Open A\r\n",
                b"Open A\r",
                b"000AOpen A",
                b"000",
                b"FACE A\n",
                b"Close A1\r\n",
            ),
            *(
                b'{"command":"Open"}\n',
                b'{"a":"\\"}"}',
                b'{"',
                b"\\",
                b'"',
                b"GET / HTTP/1.1\r\n",
                b"Host: x\r\n",
                b"x: y",
                b"A" * 40,
            ),
            *(b"{", b"{0", b"{0010}", b"{0008}", b"}", b"\r", b"\n", b"\r\n", b" ", b"\t"),
            *(b"\x00", b"\xff", b"\xc3", b"\xc3\xa9", b"\xef\xbb\xbf"),
        ]
    ),
    st.binary(max_size=6),
)
STREAMS = st.lists(PIECES, max_size=12).map(b"".join)


def segments(data, cuts):
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(edges)]


def decoded(parts, replies=False, **more):
    decoder = Decoder(replies=replies, **more)
    found = []
    for part in parts:
        before = decoder.buffered
        decoder.feed(part)
        assert decoder.buffered <= before + len(part)
        while (message := decoder.next()) is not None:
            found.append(message)
        assert decoder.buffered < MAX_MESSAGE_BYTES
    assert not any(isinstance(message, Fault) for message in found[:-1])
    return found


@given(st.lists(MESSAGES, max_size=8), st.lists(st.integers(0, 2000)))
@settings(max_examples=300, deadline=None)
def test_any_split_of_valid_messages_gives_the_same_frames_in_order(messages, cuts):
    data = b"".join(encode(text, form) for text, form in messages)
    assert decoded(segments(data, cuts)) == [Frame(text, form) for text, form in messages]


@given(st.lists(JSON_LINES, max_size=6), st.lists(st.sampled_from(["", " ", "\r", "\n", " \r\n"])))
@settings(max_examples=300, deadline=None)
def test_json_messages_are_whole_at_their_last_brace(texts, between):
    ends = [*between, *[""] * len(texts)]
    data = "".join(text + end for text, end in zip(texts, ends, strict=False)).encode()
    whole = [Frame(text, Form.JSON) for text in texts]
    assert decoded([data]) == decoded(segments(data, range(len(data)))) == whole


@given(STREAMS, st.lists(st.integers(0, 2000)), st.booleans())
@settings(max_examples=1000, deadline=None)
def test_the_result_depends_on_the_bytes_and_not_on_their_split(data, cuts, replies):
    whole = decoded([data], replies)
    assert decoded(segments(data, cuts), replies) == whole
    assert decoded(segments(data, range(len(data))), replies) == whole


@given(STREAMS, st.lists(st.integers(0, 2000)), st.integers(8, 60))
@settings(max_examples=500, deadline=None)
def test_so_it_is_with_bare_lengths_and_a_limit_of_ones_own(data, cuts, limit):
    how = {"bare_length": True, "limit": limit}
    whole = decoded([data], **how)
    assert decoded(segments(data, cuts), **how) == whole
    assert decoded(segments(data, range(len(data))), **how) == whole
    assert all(len(message.text.encode()) < limit for message in whole if isinstance(message, Frame))


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
@settings(max_examples=500, deadline=None)
def test_random_bytes_never_raise_and_never_depend_on_their_split(data, cuts):
    assert decoded(segments(data, cuts)) == decoded([data])


@given(STREAMS)
@settings(max_examples=300, deadline=None)
def test_every_frame_can_be_sent_on(data):
    for message in decoded([data]):
        if isinstance(message, Frame):
            assert decoded([encode(message.text, Form.BRACED)]) == [Frame(message.text, Form.BRACED)]


@given(st.text(max_size=60), st.sampled_from(list(Form)))
@settings(max_examples=300, deadline=None)
def test_encode_either_refuses_or_writes_one_frame(text, form):
    try:
        data = encode(text, form)
    except ValueError:
        return
    assert data.count(b"\n") == data.count(b"\r") == (form is not Form.BARE)
    if form is Form.BRACED or (form is Form.BARE and text):
        assert decoded([data], bare_length=True) == [Frame(text, form)]
