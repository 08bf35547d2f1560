"""valves.xml: the same table as valves.yaml would give, and what is no such file."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.table import PipetteSpec, ValveSpec
from roles.boot.findings import SiteError
from tests.roles.boot.conftest import Written

XML = "setupfiles/extractionline/valves.xml"
YAML = "setupfiles/extractionline/valves.yaml"
Write = Callable[[str], Written]

PYCHRONS = """<?xml version='1.0'?>
<root>
  <!-- as Pychron writes and reads it -->
  <group>bone
    <valve>
      A
      <address>
        0101
      </address>
      <actuator>switch_controller</actuator>
      <description>Bone &amp; Minibone</description>
      <interlock>B</interlock>
      <interlock> C </interlock>
      <query_state>False</query_state>
      <check_actuation_enabled>TRUE</check_actuation_enabled>
      <check_actuation_delay> 0.5 </check_actuation_delay>
      <ignore_lock_warning>0</ignore_lock_warning>
      <settling_time>1</settling_time>
      <track>0</track>
      <use_state_word>1</use_state_word>
    </valve>
    <group>
      <switch query_state="false">B<address>102</address><positive_interlock>C</positive_interlock></switch>
    </group>
  </group>
  <valve>C<address>103</address><close_interlock>B</close_interlock><inverted_logic>true</inverted_logic>
    <state_device>sensors</state_device><state_address>7</state_address><state_invert>True</state_invert></valve>
  <double_actuation_valve>D<address>104, 105</address><parent>C<inverted>True</inverted></parent>
    <open_delay>0.2</open_delay></double_actuation_valve>
  <manual_valve>E<description></description><enabled>false</enabled></manual_valve>
  <pipette>Air<inner>A</inner><outer>B</outer></pipette>
</root>
"""


@pytest.fixture
def xml(site: Written) -> Write:
    def write(text: str) -> Written:
        site.write(XML, text)
        site.write("setupfiles/devices/sensors.yaml", "name: sensors\nklass: DummyGPActuator\n")
        return site

    return write


def test_every_element_of_pychrons_file_reaches_the_table(xml: Write):
    site = xml(PYCHRONS).load()
    device = "actuator.switch_controller"
    assert site.valves == (
        ValveSpec(
            "A",
            "0101",
            device,
            "Bone & Minibone",
            interlocks=("B", "C"),
            query_state=False,
            check_delay_s=0.5,
            settling_time_s=1.0,
            track=False,
            pipette="Air",
            pipette_part="inner",
        ),
        ValveSpec(
            "B",
            "102",
            device,
            kind="switch",
            interlocks=("A",),
            positive_interlocks=("C",),
            query_state=False,
            pipette="Air",
            pipette_part="outer",
        ),
        ValveSpec(
            "C",
            "103",
            device,
            interlocks=("A",),
            close_interlocks=("B",),
            inverted_logic=True,
            state_actuator="actuator.sensors",
            state_address="7",
            state_inverted=True,
        ),
        ValveSpec(
            "D",
            "104,105",
            device,
            kind="double_actuation_valve",
            parent="C",
            parent_inverted=True,
            open_delay_s=0.2,
        ),
        ValveSpec("E", kind="manual_valve", enabled=False, disabled_why=f"enabled: false ({XML}:30)"),
    )
    assert site.pipettes == (PipetteSpec("Air", "A", "B"),)
    assert site.warnings == (f"{XML}: one-sided interlocks, made to hold both ways: A lists C",)


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("<root>\n<valve>A</valv></root>", [":2: not XML: mismatched tag"]),
        ("", [":1: not XML: no element found"]),
        (
            "<!DOCTYPE root [<!ENTITY a 'aaaa'>]>\n<root><valve>&a;</valve></root>",
            [":1: has a DOCTYPE: a site file has no DTD and no entities"],
        ),
        ("<valves/>", [":1: valves: expected <root> as the outermost element"]),
        ("<root>\n<vale>A</vale></root>", [":2: vale: unknown element, did you mean valve?"]),
        (
            "<root><group>\n<x/></group></root>",
            [":2: x: unknown element, expected one of valve, switch, manual_valve, "],
        ),
        (
            "<root><valve>A\n<adress>1</adress></valve></root>",
            [
                ":1: [0].address: missing, expected the channel of switch_controller that moves A",
                ":2: [0].adress: unknown key, did you mean address?",
            ],
        ),
        (
            "<root><valve>A<address>1</address>\n<interlock>B</interlock></valve></root>",
            [":2: [0].interlock: unknown valve 'B'"],
        ),
        (
            "<root><valve>A<address>1</address>\n<interlock/></valve></root>",
            [":2: [0].interlock[0]: expected text, got nothing"],
        ),
        (
            "<root><valve>A<address>1</address>\n<address>2</address></valve></root>",
            [":2: [0].address: given twice, first in line 1"],
        ),
        (
            '<root><valve query_state="true">A<address>1</address>\n<query_state>true</query_state></valve></root>',
            [":2: [0].query_state: given twice, first in line 1"],
        ),
        (
            "<root><valve>A<address>1</address>\n<enabled>maybe</enabled></valve></root>",
            [":2: [0].enabled: expected true or false, got 'maybe'"],
        ),
        (
            "<root><valve>A<address>1</address>\n<settling_time/></valve></root>",
            [":2: [0].settling_time: expected a number, got nothing"],
        ),
        (
            "<root><valve>A<address>1</address><name>B</name><kind>switch</kind></valve></root>",
            [
                ":1: [0].kind: unknown element: the kind is the element itself: <valve>",
                ":1: [0].name: unknown element: the name is the text of the element",
            ],
        ),
        (
            '<root><valve enabled="no">A<address kind="x">1</address></valve></root>',
            [
                ":1: [0].address.kind: unknown attribute, expected it as an element: <kind>",
                ":1: valve.enabled: unknown attribute, expected it as an element: <enabled>",
            ],
        ),
        (
            "<root><valve><address>1</address></valve></root>",
            [":1: [0].name: expected a name: a letter, then at most 31 letters, digits or `_`, got ''"],
        ),
        (
            "<root><valve>A<address>1<x>2</x></address></valve></root>",
            [":1: [0].address: expected text, got a mapping"],
        ),
        (
            "<root><valve>A<address>1</address><parent>A<invert>1</invert></parent></valve></root>",
            [":1: [0].parent.invert: unknown key, did you mean inverted?"],
        ),
        (f"<root>{'<group>' * 20}{'</group>' * 20}</root>", [":1: nested deeper than 20 levels"]),
    ],
)
def test_what_is_wrong_is_found_with_its_line(xml: Write, text: str, findings: list[str]):
    found = xml(text).findings()
    assert len(found) == len(findings)
    for line, finding in zip(found, findings, strict=True):
        assert line.startswith(f"{XML}{finding}")


def test_a_bad_file_of_either_form_is_no_empty_one(xml: Write):
    assert xml("<root").findings() == [f"{XML}:1: not XML: unclosed token"]


# --- any table, written both ways -----------------------------------------------------------------------------

NAMES = ("A", "B", "ON", "No", "y", "V1e1", "null")
switches = st.sampled_from(["true", "True", "false", "FALSE"])
numbers = st.sampled_from(["0", "0.5", "1", "10"])
texts = st.sampled_from(["Bone to Minibone", "10.5", "yes", "a: b", "ü & <ö>", "it's"])
scalars = {
    "query_state": switches,
    "track": switches,
    "enabled": switches,
    "inverted_logic": switches,
    "check_actuation_enabled": switches,
    "check_actuation_delay": numbers,
    "settling_time": numbers,
    "stale_after": st.sampled_from(["1", "20"]),
    "ignore_lock_warning": switches,
    "use_state_word": switches,
    "actuator": st.sampled_from(["switch_controller", "sensors"]),
    "valve_opens_when": st.sampled_from(["relay_open", "relay_closed"]),
    "state_address": st.sampled_from(["010", "0x10"]),
    "interlock": st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
    "positive_interlock": st.lists(st.sampled_from(NAMES), max_size=1, unique=True),
    "close_interlocks": st.lists(st.sampled_from(NAMES), max_size=1, unique=True),
    "parent": st.fixed_dictionaries({"name": st.sampled_from(NAMES)}, optional={"inverted": switches}),
    "state_device": st.fixed_dictionaries(
        {"name": st.sampled_from(["sensors", "switch_controller"])},
        optional={"address": st.sampled_from(["1:30", "7"]), "inverted": switches},
    ),
}
kinds = st.sampled_from(["valve", "valve", "switch", "manual_valve", "double_actuation_valve"])


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    entries = []
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    for place, name in enumerate(names):
        kind = draw(kinds)
        entry: dict[str, Any] = {"name": name, "kind": kind, "address": f"0{place}"}
        if kind == "double_actuation_valve":
            entry |= {"address": f"1{place},2{place}", "open_delay": draw(numbers)}
        if draw(st.booleans()):
            entry["description"] = f"{name} {draw(texts)}"
        for key in draw(st.lists(st.sampled_from(sorted(scalars)), max_size=2, unique=True)):
            entry[key] = draw(scalars[key])
        entries.append(entry)
    if len(names) > 1 and draw(st.booleans()):
        entries.append({"name": "Air", "kind": "pipette", "inner": names[0], "outer": names[1]})
    return entries


def as_yaml(entries: list[dict[str, Any]]) -> str:
    def scalar(key: str, value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{inner}: {scalar(inner, text)}" for inner, text in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(scalar("", item) for item in value) + "]"
        quoted = key == "description" or value == "null"
        return f'"{value}"' if quoted else str(value)

    return "".join(
        "-\n" + "".join(f"  {key}: {scalar(key, value)}\n" for key, value in entry.items()) for entry in entries
    )


def as_xml(entries: list[dict[str, Any]]) -> str:
    def element(key: str, value: Any) -> str:
        if isinstance(value, list):
            return "".join(element(key, item) for item in value)
        if isinstance(value, dict):
            inner = "".join(element(name, text) for name, text in value.items() if name != "name")
            return f"<{key}>{value['name']}{inner}</{key}>"
        return f"<{key}>{escape(value)}</{key}>\n"

    def entry(keys: dict[str, Any]) -> str:
        inner = "".join(element(key, value) for key, value in keys.items() if key not in ("name", "kind"))
        return f"<{keys['kind']}> {keys['name']}\n{inner}</{keys['kind']}>"

    return f"<root>{''.join(entry(keys) for keys in entries)}</root>"


def loaded(file: str, text: str) -> tuple[Any, ...]:
    """Return what a table loads to, or what is wrong with it; without what differs by where it was written."""
    with TemporaryDirectory() as folder:
        site = Written(Path(folder))
        site.write(file, text)
        site.write("setupfiles/devices/sensors.yaml", "name: sensors\nklass: DummyGPActuator\n")
        try:
            found = site.load()
        except SiteError as error:
            return tuple(
                sorted((finding.path, re.sub("line [0-9]+", "line", finding.text)) for finding in error.findings)
            )
        return (
            tuple(replace(valve, disabled_why="") for valve in found.valves),
            found.pipettes,
            tuple(warning.removeprefix(file) for warning in found.warnings),
            found.fingerprint,
        )


@settings(max_examples=100, deadline=None)
@given(tables())
def test_any_table_is_the_same_in_either_form(entries: list[dict[str, Any]]):
    assert loaded(YAML, as_yaml(entries)) == loaded(XML, as_xml(entries))
