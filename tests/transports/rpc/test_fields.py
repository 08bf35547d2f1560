"""Fields after a TAB, and the handshake's two lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transports.rpc.fields import Hello, Welcome, join_fields, split_fields

WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=("Cc", "Zs")), min_size=1)
KEYS = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]*", fullmatch=True)
CONTENTS = st.text(st.characters(exclude_categories=("Cc", "Cs")))


@pytest.mark.parametrize(
    ("line", "text", "fields"),
    [
        ("Open A", "Open A", {}),
        ("Open A\tid=7f3a91", "Open A", {"id": "7f3a91"}),
        (
            "Open A\tid=7f3a91\tdeadline=8123456\tby=operator@acq/console-2\ttrace=4bf92f35",
            "Open A",
            {"id": "7f3a91", "deadline": "8123456", "by": "operator@acq/console-2", "trace": "4bf92f35"},
        ),
        ("OK\tt=8123460", "OK", {"t": "8123460"}),
        ("OK\tnote=a=b", "OK", {"note": "a=b"}),
        ("OK\tnote=", "OK", {"note": ""}),
        ("\tid=1", "", {"id": "1"}),
    ],
)
def test_fields_both_ways(line, text, fields):
    assert split_fields(line) == (text, fields)
    assert join_fields(text, fields) == line


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Open A\t", "field '' is not key=value"),
        ("Open A\tid", "field 'id' is not key=value"),
        ("Open A\t=1", "field '=1' is not key=value"),
        ("Open A\ti d=1", "field 'i d=1' is not key=value"),
        ("Open A\t\tid=1", "field '' is not key=value"),
        ("Open A\tid=1\tid=2", "field id comes twice"),
    ],
)
def test_a_malformed_field_is_named(line, fault):
    with pytest.raises(ValueError, match=f"^{fault}$"):
        split_fields(line)


@pytest.mark.parametrize(
    ("text", "fields"),
    [("Open\tA", {}), ("Open A", {"": "1"}), ("Open A", {"i d": "1"}), ("Open A", {"id": "1\t2"}), ("A", {"id": "\n"})],
)
def test_what_would_split_otherwise_is_not_joined(text, fields):
    with pytest.raises(ValueError, match=r"TAB|key|control character"):
        join_fields(text, fields)


@given(CONTENTS, st.dictionaries(KEYS, CONTENTS))
def test_joined_fields_are_split_again(text, fields):
    assert split_fields(join_fields(text, fields)) == (text, fields)


def test_hello_both_ways():
    hello = Hello(node="acquisition", fingerprint="9c1f22e0")
    assert hello.encode() == "Hello 1 acquisition 9c1f22e0"
    assert Hello.decode("Hello 1 acquisition 9c1f22e0") == hello


def test_a_later_hello_is_read_so_that_it_can_be_refused_by_name():
    assert Hello.decode("Hello 3 acq 9c1f extra words") == Hello("acq", "9c1f", version=3)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Hello",
        "Hello 1 acq",
        "Hello 1 acq ",
        "Hello 1  acq",
        "Hello 1 acq 9c1f more",
        "Hello x acq 9c1f",
        "Hello -1 acq 9c1f",
        "Hello \u0661 acq 9c1f",
        "hello 1 acq 9c1f",
        "HELLO 1 acq 9c1f",
        "Hello 1 acq\t 9c1f",
    ],
)
def test_a_malformed_hello_is_refused(line):
    with pytest.raises(ValueError, match=r"is not|has"):
        Hello.decode(line)


@pytest.mark.parametrize("hello", [Hello("my node", "9c1f"), Hello("", "9c1f"), Hello("a", ""), Hello("a", "b\tc")])
def test_a_name_with_blanks_is_not_sent(hello):
    with pytest.raises(ValueError, match="is not one word without blanks"):
        hello.encode()


@pytest.mark.parametrize(
    ("welcome", "line"),
    [
        (
            Welcome("pyValve", "b7e2", "9c1f22e0", 8123456, {"fields": "", "notify": "5555"}),
            "HELLO 1 pyValve b7e2 9c1f22e0 8123456 fields,notify=5555",
        ),
        (Welcome("pyValve", "b7e2", "9c1f22e0", 0), "HELLO 1 pyValve b7e2 9c1f22e0 0"),
    ],
)
def test_welcome_both_ways(welcome, line):
    assert welcome.encode() == line
    assert Welcome.decode(line) == welcome


@pytest.mark.parametrize(
    "line",
    [
        "HELLO",
        "HELLO 1 pyValve b7e2 9c1f",
        "HELLO 1 pyValve b7e2 9c1f soon",
        "HELLO 1 pyValve b7e2 9c1f -5",
        "HELLO 1 pyValve b7e2 9c1f 1.5 fields",
        "HELLO 1 pyValve b7e2 9c1f 5 ",
        "HELLO 1 pyValve b7e2 9c1f 5 fields,",
        "HELLO 1 pyValve b7e2 9c1f 5 fields,fields",
        "HELLO 1 pyValve b7e2 9c1f 5 notify=",
        "HELLO 1 pyValve b7e2 9c1f 5 fields more",
        "Hello 1 pyValve b7e2 9c1f 5 fields",
    ],
)
def test_a_malformed_welcome_is_refused(line):
    with pytest.raises(ValueError, match=r"is not|has|comes twice"):
        Welcome.decode(line)


@pytest.mark.parametrize(
    "welcome",
    [
        Welcome("my node", "b", "f", 1),
        Welcome("n", "b", "f", -1),
        Welcome("n", "b", "f", 1, {"a,b": ""}),
        Welcome("n", "b", "f", 1, {"a": "x y"}),
        Welcome("n", "b", "f", 1, {"a": "x,y"}),
    ],
)
def test_a_malformed_welcome_is_not_sent(welcome):
    with pytest.raises(ValueError, match="is not"):
        welcome.encode()


@given(WORDS, WORDS, WORDS, st.integers(0, 10**15), st.dictionaries(KEYS, st.just("") | KEYS))
def test_every_welcome_is_read_back(node, boot, fingerprint, clock_ms, features):
    welcome = Welcome(node, boot, fingerprint, clock_ms, features)
    assert Welcome.decode(welcome.encode()) == welcome


@given(st.text())
def test_no_text_makes_the_handshake_raise_anything_but_value_error(text):
    for decode in (Hello.decode, Welcome.decode, split_fields):
        try:
            decode(text)
        except ValueError:
            continue
