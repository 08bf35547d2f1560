"""Every error of a settings model becomes one line that says where, what and what instead."""

from typing import ClassVar, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from roles.boot.findings import Finding
from roles.boot.model_check import check_model
from roles.boot.yaml_file import read_text


class Relay(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    channel: str
    inverted: bool = False


class Board(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    NOT_YET: ClassVar[frozenset[str]] = frozenset({"tls"})
    port: int = Field(1, ge=0, le=65535)
    timeout: float = Field(1.0, gt=0, le=60)
    label: str = ""
    cpu: Literal["auto", "none"] | int = "auto"
    level: Literal[1, 2] = 1
    maybe: int | None = None
    relays: tuple[Relay, ...] = ()
    named: dict[str, Relay] = Field(default_factory=dict)


def check(text: str) -> Board | list[str]:
    findings: list[Finding] = []
    board = check_model(read_text(text, "b.yaml", findings), Board, findings)
    return [str(finding) for finding in findings] if board is None else board


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("port: fast", "b.yaml:1: port: expected an integer, got 'fast'"),
        ("port: 010", "b.yaml:1: port: expected an integer, got '010'"),
        ("port: 0x10", "b.yaml:1: port: expected an integer, got '0x10'"),
        ("port: 1.0", "b.yaml:1: port: expected an integer, got '1.0'"),
        ("port: '80'", "b.yaml:1: port: expected an integer, got '80' in quotes"),
        ("port:", "b.yaml:1: port: expected an integer, got nothing"),
        ("port: 70000", "b.yaml:1: port: expected 0 to 65535, got '70000'"),
        ("port: -1", "b.yaml:1: port: expected 0 to 65535, got '-1'"),
        ("timeout: 1:30", "b.yaml:1: timeout: expected a number, got '1:30'"),
        ("timeout: nan", "b.yaml:1: timeout: expected a number, got 'nan'"),
        ("timeout: 0", "b.yaml:1: timeout: expected more than 0, at most 60, got '0'"),
        ("label: [a]", "b.yaml:1: label: expected text, got a list"),
        ("cpu: many", "b.yaml:1: cpu: expected 'auto' or 'none' or an integer, got 'many'"),
        ("level: 3", "b.yaml:1: level: expected 1 or 2, got '3'"),
        ("relays: {a: 1}", "b.yaml:1: relays: expected a list, got a mapping"),
        ("relays: [x]", "b.yaml:1: relays[0]: expected a mapping of keys to values, got 'x'"),
        ("relays:\n- channel: 1\n- channel: 2\n  inverted: 1", "b.yaml:4: relays[1].inverted: "),
        ("relays:\n- channel: 1\n\n- inverted: no", "b.yaml:4: relays[1].channel: missing"),
        ("relays:\n- {channel: a, chanel: b}", "b.yaml:2: relays[0].chanel: unknown key, did you mean channel?"),
        ("named: {x: {chanel: b, channel: a}}", "b.yaml:1: named.x.chanel: unknown key, did you mean channel?"),
        ("tls: {}", "b.yaml:1: tls: not supported yet"),
        ("zzz: 1", "b.yaml:1: zzz: unknown key, expected one of port, timeout, label, cpu"),
        ("- port: 1", "b.yaml:1: expected a mapping of keys to values, got a list"),
    ],
)
def test_each_error_is_one_line(text, finding):
    found = check(text)
    assert isinstance(found, list)
    assert len(found) == 1
    assert found[0].startswith(finding)


def test_text_becomes_what_the_fields_ask_for_and_nothing_else():
    board = check(
        "{port: 80, timeout: 2, label: ON, cpu: 3, level: 2, maybe: ~, relays: [{channel: 010, inverted: Yes}]}"
    )
    assert board == Board(
        port=80, timeout=2.0, label="ON", cpu=3, level=2, maybe=None, relays=(Relay(channel="010", inverted=True),)
    )


@pytest.mark.parametrize(("written", "meant"), [("TRUE", True), ("On", True), ("off", False), ("no", False)])
def test_a_switch_understands_yaml_words_in_any_case(written, meant):
    board = check(f"relays: [{{channel: a, inverted: {written}}}]")
    assert isinstance(board, Board)
    assert board.relays[0].inverted is meant


def test_an_empty_section_is_one_left_out():
    assert check("relays:\nnamed:\n") == Board()


def test_all_errors_come_at_once():
    found = check("port: x\ntimeout: y\nprot: 1\nrelays: [{inverted: z}]\n")
    assert isinstance(found, list)
    assert sorted(line.split(": ")[1] for line in found) == [
        "port",
        "prot",
        "relays[0].channel",
        "relays[0].inverted",
        "timeout",
    ]
