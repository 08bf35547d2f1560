"""initialization.xml: plug-ins with lines, and nothing that XML could smuggle in."""

import pytest

from roles.boot.findings import Finding
from roles.boot.xml_file import Plugin, read_initialization


def read(tmp_path, text: str) -> tuple[list[Plugin], list[str]]:
    path = tmp_path / "initialization.xml"
    path.write_text(text, encoding="utf-8")
    findings: list[Finding] = []
    plugins = read_initialization(path, "i.xml", findings)
    return plugins, [str(finding) for finding in findings]


def test_plugins_of_every_section_are_read_and_what_they_hold_is_left_alone(tmp_path):
    text = """<?xml version="1.0"?>
<root><globals><plugin enabled="true">DVC</plugin></globals>
<plugins><hardware>
  <plugin enabled="False"> ExtractionLine
    <manager enabled="true">m<device enabled="true">d</device></manager>
  </plugin></hardware></plugins></root>"""
    assert read(tmp_path, text) == (
        [Plugin("DVC", True, "globals", 2), Plugin("ExtractionLine", False, "hardware", 4)],
        [],
    )


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("<root>\n<plugin enabled='true'>A</plugn></root>", "i.xml:2: not XML: mismatched tag"),
        ("", "i.xml:1: not XML: no element found"),
        ("<root>\n<plugin>A</plugin></root>", 'i.xml:2: A: expected enabled="true" or enabled="false", got nothing'),
        (
            "<root><plugin enabled='maybe'>A</plugin></root>",
            """i.xml:1: A: expected enabled="true" or enabled="false", got 'maybe'""",
        ),
        ("<root><plugin enabled='true'> </plugin></root>", "i.xml:1: plugin: has no name"),
        ("<plugins/>", "i.xml:1: plugins: expected <root> as the outermost element"),
        ("<root><plugn enabled='true'>A</plugn></root>", "i.xml:1: plugn: unknown element, did you mean plugin?"),
        (
            "<!DOCTYPE root [<!ENTITY a 'aaaa'>]>\n<root><plugin enabled='true'>&a;</plugin></root>",
            "i.xml:1: has a DOCTYPE: a site file has no DTD and no entities",
        ),
        ("<?xml version='1.0' encoding='no-such'?><root/>", "i.xml:1: not XML: unknown encoding: no-such"),
    ],
)
def test_what_is_wrong_is_found_with_its_line(tmp_path, text, finding):
    assert read(tmp_path, text)[1] == [finding]


def test_a_misspelt_attribute_is_named(tmp_path):
    _plugins, found = read(tmp_path, "<root><plugin enabeld='true'>A</plugin></root>")
    assert found[0] == "i.xml:1: plugin.enabeld: unknown attribute, did you mean enabled?"


def test_a_missing_file_says_what_it_is_for(tmp_path):
    findings: list[Finding] = []
    read_initialization(tmp_path / "initialization.xml", "i.xml", findings)
    assert [str(f) for f in findings] == ["i.xml: missing: it says which plug-ins are on; `--init` writes one"]
