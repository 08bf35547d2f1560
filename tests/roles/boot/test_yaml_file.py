"""YAML is read as written, with lines, and as nothing but data."""

import pytest

from roles.boot.document import Place, Quoted
from roles.boot.findings import Finding
from roles.boot.yaml_file import read_text, read_yaml


def wrong(text: str) -> list[str]:
    findings: list[Finding] = []
    read_text(text, "f.yaml", findings)
    return [str(finding) for finding in findings]


def test_scalars_stay_the_text_that_was_written():
    findings: list[Finding] = []
    document = read_text("{a: ON, b: 010, c: 1:30, d: 0x1F, e: 2024-01-01, f: ~, g: , h: '1'}", "f.yaml", findings)
    assert document.data == {
        "a": "ON",
        "b": "010",
        "c": "1:30",
        "d": "0x1F",
        "e": "2024-01-01",
        "f": None,
        "g": None,
        "h": "1",
    }
    assert isinstance(document.data["h"], Quoted)
    assert findings == []


def test_every_key_and_element_has_its_line():
    document = read_text("# first\na:\n  - x: 1\n  - x: 2\n    y: 3\n", "f.yaml", [])
    assert document.places[("a",)] == Place("f.yaml", 2)
    assert document.places[("a", 1)] == Place("f.yaml", 4)
    assert document.places[("a", 1, "y")] == Place("f.yaml", 5)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3: a: given twice, first in line 1"),
        ("- {x: 1}\n- {x: 1, x: 2}\n", "f.yaml:2: [1].x: given twice, first in line 2"),
        ("a: &one 1\n", "f.yaml:1: a: anchor &one: a site file is plain data without anchors"),
        ("a: !!python/object:os.system x\n", "f.yaml:1: a: tag tag:yaml.org,2002:python/object:os.system: "),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: a second document: one per file is read"),
        ("a: [1\n", "f.yaml:2: not YAML: "),
        ("a: 1\n  b: 2\n", "f.yaml:2: not YAML: "),
        ("? [a]\n: 1\n", "f.yaml:1: a key must be a word"),
        ("a: " + "[" * 50 + "]" * 50, "f.yaml:1: a[0]"),
    ],
)
def test_what_is_not_plain_data_is_found_with_its_line(text, finding):
    found = wrong(text)
    assert len(found) == 1
    assert found[0].startswith(finding)


def test_an_alias_is_found_beside_its_anchor():
    assert wrong("a: &x 1\nb: *x\n") == [
        "f.yaml:1: a: anchor &x: a site file is plain data without anchors",
        "f.yaml:2: b: alias *x: a site file is plain data without anchors",
    ]


def test_a_file_that_is_not_utf8_is_found(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_bytes(b"a: 1\nb: \xe9\n")
    findings: list[Finding] = []
    assert read_yaml(path, "f.yaml", findings).data is None
    assert [str(finding) for finding in findings] == ["f.yaml:2: not UTF-8: byte 0xe9"]


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_yaml(path, "f.yaml", []).data == {"a": "1"}
