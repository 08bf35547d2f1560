"""Refusals as they stand on the wire, and replies as they are understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.messages import Reason
from transports.rpc.codes import CODE, Reply, ReplyKind, error_text, parse_reply
from transports.rpc.frames import Form, encode

WIRE_CODES = {
    Reason.INTERNAL: "002",
    Reason.UNKNOWN_VERB: "003",
    Reason.BAD_ARGUMENTS: "004",
    Reason.DISABLED: "004",
    Reason.UNKNOWN_VALVE: "005",
    Reason.NOT_CONNECTED: "008",
    Reason.NO_ANSWER: "010",
    Reason.OWNED: "012",
    Reason.NOT_ALLOWED: "013",
    Reason.LOCKED: "014",
    Reason.FAILED: "015",
    Reason.NOT_AVAILABLE: "016",
    Reason.BAD_FRAME: "017",
    Reason.INTERLOCKED: "018",
    Reason.LATCHED: "018",
    Reason.EXPIRED: "019",
    Reason.BUSY: "020",
    Reason.STOPPING: "021",
    Reason.NOT_PERMITTED: "022",
}


def test_every_reason_has_its_code():
    assert set(CODE) == set(Reason)
    assert {reason: error_text(reason, "x") for reason in Reason} == {
        reason: f"ERROR {code} : x" for reason, code in WIRE_CODES.items()
    }


@pytest.mark.parametrize(
    ("reason", "text", "line"),
    [
        (Reason.INTERLOCKED, "A may not open: B is open", "ERROR 018 : A may not open: B is open"),
        (Reason.UNKNOWN_VERB, "Foo\r\nOK", "ERROR 003 : Foo  OK"),
        (Reason.UNKNOWN_VALVE, "A\tid=1", "ERROR 005 : A id=1"),
        (Reason.UNKNOWN_VALVE, "\x00a\x7fb\x85c\u2028d\ufeffe\ud800f", "ERROR 005 : a b c d e f"),
        (Reason.NO_ANSWER, "", "ERROR 010 : no answer"),
        (Reason.NO_ANSWER, " \n", "ERROR 010 : no answer"),
        (Reason.LOCKED, "é", "ERROR 014 : é"),
    ],
)
def test_an_error_is_one_line_without_fields(reason, text, line):
    assert error_text(reason, text) == line


def test_an_error_that_echoes_a_huge_request_is_cut():
    assert error_text(Reason.UNKNOWN_VERB, "A" * 65_000) == f"ERROR 003 : {'A' * 997}..."


@pytest.mark.parametrize(
    ("reason", "code"), [(Reason.INTERLOCKED, "015"), (Reason.OWNED, "015"), (Reason.LOCKED, "014")]
)
def test_a_pychron_peer_gets_the_codes_it_knows(reason, code):
    assert error_text(reason, "no", compat=True) == f"ERROR {code} : no"


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("OK", Reply(ReplyKind.MOVED, "OK")),
        ("ok", Reply(ReplyKind.ALREADY, "ok")),
        ("True", Reply(ReplyKind.VALUE, "True")),
        ("Ok", Reply(ReplyKind.VALUE, "Ok")),
        ("", Reply(ReplyKind.VALUE, "")),
        ("No Response", Reply(ReplyKind.VALUE, "No Response")),
        ("ERRORS1", Reply(ReplyKind.VALUE, "ERRORS1")),
        ("A1,B0e78e", Reply(ReplyKind.VALUE, "A1,B0e78e")),
        (
            "ERROR 018 : A may not open: B is open",
            Reply(ReplyKind.ERROR, "A may not open: B is open", 18, Reason.INTERLOCKED),
        ),
        (
            "ERROR 004 : invalid arguments: Open V",
            Reply(ReplyKind.ERROR, "invalid arguments: Open V", 4, Reason.BAD_ARGUMENTS),
        ),
        ("ERROR 016 : mic XX not available", Reply(ReplyKind.ERROR, "mic XX not available", 16, Reason.NOT_AVAILABLE)),
        ("ERROR 105 : emergency shutdown. x", Reply(ReplyKind.ERROR, "emergency shutdown. x", 105, Reason.INTERNAL)),
        ("ERROR 999 : what", Reply(ReplyKind.ERROR, "what", 999, Reason.INTERNAL)),
        ("ERROR 10:late", Reply(ReplyKind.ERROR, "late", 10, Reason.NO_ANSWER)),
        ("ERROR", Reply(ReplyKind.ERROR, "", 0, Reason.INTERNAL)),
        ("ERROR : lost", Reply(ReplyKind.ERROR, "lost", 0, Reason.INTERNAL)),
    ],
)
def test_parse_reply(text, reply):
    assert parse_reply(text) == reply


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in (Reason.DISABLED, Reason.LATCHED)])
def test_a_reason_survives_the_wire(reason):
    assert parse_reply(error_text(reason, "why")) == Reply(ReplyKind.ERROR, "why", CODE[reason], reason)


@given(st.sampled_from(list(Reason)), st.text())
def test_an_error_can_always_be_sent_as_one_reply(reason, text):
    line = error_text(reason, text)
    assert "\t" not in line
    assert encode(line, Form.PLAIN).count(b"\n") == 1
    assert parse_reply(line).code == CODE[reason]
