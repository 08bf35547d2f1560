"""valves.yaml: what loads, what is refused, and how the table is completed."""

from collections.abc import Callable

import pytest

from actors.table import PipetteSpec, ValveSpec
from tests.roles.boot.conftest import Written

FILE = "setupfiles/extractionline/valves.yaml"
NODE = "name: Line.1\nklass: RemoteExtractionLineManager\nhost: 10.0.0.1\n"
Valves = Callable[[str], Written]

RING = """\
- {name: A, address: 1, positive_interlock: B}
- {name: B, address: 2, positive_interlock: C}
- {name: C, address: 3, positive_interlock: A}
"""
TORN = """\
- {name: A, address: 1, positive_interlock: [B, C]}
- {name: B, address: 2, interlock: C}
- {name: C, address: 3}
"""
NEEDING = """\
- {name: A, address: 1, positive_interlock: B}
- {name: B, address: 2}
- {kind: pipette, name: P, inner: A, outer: B}
"""
SHARED = """\
- {name: A, address: 1}
- {name: B, address: 2}
- {name: C, address: 3}
- {kind: pipette, name: P, inner: A, outer: B}
- {kind: pipette, name: Q, inner: A, outer: C}
"""


def test_every_key_reaches_the_table(valves: Valves):
    text = """
- name: A
  kind: switch
  address: 0101
  description: Bone to Minibone
  interlock: B
  positive_interlocks: [C]
  close_interlocks: [C]
  enabled: no
  check_actuation_enabled: false
  check_actuation_delay: 0.5
  settling_time: 1
  inverted_logic: true
  query_state: false
  track: false
  stale_after: 20
  ignore_lock_warning: true
- {name: B, address: 102, interlocks: [A]}
- {name: C, address: 103, close_interlock: [A]}
"""
    site = valves(text).load()
    assert site.valves[0] == ValveSpec(
        name="A",
        address="0101",
        actuator="actuator.switch_controller",
        description="Bone to Minibone",
        kind="switch",
        interlocks=("B",),
        positive_interlocks=("C",),
        close_interlocks=("C",),
        enabled=False,
        disabled_why=f"enabled: false ({FILE}:9)",
        inverted_logic=True,
        query_state=False,
        check=False,
        check_delay_s=0.5,
        settling_time_s=1.0,
        stale_after_s=20.0,
        track=False,
    )
    assert site.warnings == (
        f"{FILE}: once all are open none of them may close (close_interlock): A, C",
        f"{FILE}: ignore_lock_warning has no effect (A): a lock refuses, and every refusal says so",
    )


def test_names_and_addresses_are_read_as_written(valves: Valves):
    site = valves("- {name: ON, address: 010}\n- {name: No, address: 1:30}\n- {name: y, address: 0x1F}\n").load()
    assert [(valve.name, valve.address) for valve in site.valves] == [("ON", "010"), ("No", "1:30"), ("y", "0x1F")]


def test_a_valve_of_another_node_is_moved_by_the_node_and_needs_no_address(site: Written, valves: Valves):
    site.write("setupfiles/devices/line.yaml", NODE)
    (valve,) = valves("- {name: A, actuator: Line.1}\n").load().valves
    assert valve == ValveSpec(name="A", actuator="node.Line.1", remote=True)


def test_one_sided_interlocks_are_made_symmetric_and_named_in_one_warning(valves: Valves):
    text = "- {name: A, address: 1, interlock: [B, C]}\n- {name: B, address: 2}\n- {name: C, address: 3}\n"
    site = valves(text).load()
    assert [valve.interlocks for valve in site.valves] == [("B", "C"), ("A",), ("A",)]
    assert site.warnings == (f"{FILE}: one-sided interlocks, made to hold both ways: A lists B, A lists C",)


def test_interlocks_stay_as_listed_where_preferences_say_so(valves: Valves):
    written = valves("- {name: A, address: 1, interlock: B}\n- {name: B, address: 2}\n")
    site = written.load({"extraction_line.interlocks": "as_listed"})
    assert [valve.interlocks for valve in site.valves] == [("B",), ()]
    assert site.warnings == (f"{FILE}: one-sided interlocks, kept as listed: A lists B",)


@pytest.mark.parametrize("mode", ["symmetric", "as_listed"])
def test_inner_and_outer_of_a_pipette_always_interlock(valves: Valves, mode: str):
    text = "- {name: C, address: 1}\n- {name: D, address: 2}\n- {kind: pipette, name: Air, inner: C, outer: D}\n"
    site = valves(text).load({"extraction_line.interlocks": mode})
    assert [(valve.name, valve.interlocks, valve.pipette, valve.pipette_part) for valve in site.valves] == [
        ("C", ("D",), "Air", "inner"),
        ("D", ("C",), "Air", "outer"),
    ]
    assert site.pipettes == (PipetteSpec("Air", "C", "D"),)
    assert site.warnings == ()


def test_a_positive_interlock_that_holds_nothing_open_is_warned_about(valves: Valves):
    site = valves("- {name: A, address: 1, positive_interlock: B}\n- {name: B, address: 2}\n").load()
    assert site.warnings == (
        f"{FILE}: a positive interlock holds nothing open (close_interlock does): B while A is open",
    )


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("a: 1\n", ["1: expected a list of valves, got a mapping"]),
        ("- A\n", ["1: [0]: expected a mapping with name and address, got 'A'"]),
        (
            "- {name: Bone, address: 1, interlock: [Bonne]}\n",
            ["1: [0].interlock: unknown valve 'Bonne', did you mean Bone?"],
        ),
        (
            "- {name: A, address: 1}\n- {name: B, address: 2, positive_interlocks: [Z]}\n",
            ["2: [1].positive_interlocks: unknown valve 'Z'"],
        ),
        (
            "- {name: A, address: 1}\n- {name: A, address: 2}\n",
            ["2: [1].name: name 'A' is given twice, first in line 1"],
        ),
        (
            "- {name: A, address: 1, description: To pump}\n- {name: B, address: 2, description: to Pump}\n",
            ["2: [1].description: description 'to Pump' is given twice, first in line 1"],
        ),
        (
            "- {name: A, address: 1}\n- {name: B, address: 1}\n",
            ["2: [1].address: channel 1 of switch_controller already moves A"],
        ),
        (
            "- {name: A, address: 1, actuator: switch_contoller}\n",
            ["1: [0].actuator: no device file is named 'switch_contoller', did you mean switch_controller?"],
        ),
        ("- {name: A}\n", ["1: [0].address: missing, expected the channel of switch_controller that moves A"]),
        (
            "- {name: A, address: 1, interlock: B, positive_interlock: B}\n- {name: B, address: 2, interlock: A}\n",
            ["1: [0].positive_interlock: can never be satisfied: B is an interlock of A too"],
        ),
        (
            "- {name: A, address: 1, positive_interlock: B}\n- {name: B, address: 2, interlock: A}\n",
            ["1: [0].positive_interlock: can never be satisfied: B is an interlock of A too"],
        ),
        ("- {name: A, address: 1, interlock: A}\n", ["1: [0].interlock: a valve cannot interlock itself"]),
        (
            "- {name: A, address: 1, positive_interlock: A}\n",
            ["1: [0].positive_interlock: can never be satisfied: it would have to be open before it opens"],
        ),
        (
            RING,
            ["1: [0].positive_interlock: can never be satisfied: each waits for the next: A -> B -> C -> A"],
        ),
        (
            TORN,
            ["1: [0].positive_interlock: can never be satisfied: B and C interlock each other"],
        ),
        ("- {name: A, address: 1, kind: vale}\n", ["1: [0].kind: unknown kind 'vale', did you mean valve?"]),
        ("- {name: A, address: 1, parent: B}\n", ["1: [0].parent: unknown valve 'B'"]),
        ("- {name: A, address: 1, parent: A}\n", ["1: [0].parent: a valve cannot follow itself"]),
        (
            "- {name: A, address: 1, parent: B}\n- {name: B, address: 2, parent: A}\n",
            ["1: [0].parent: each follows the next: A -> B -> A"],
        ),
        (
            "- {name: A, address: 1}\n- {name: B, address: 2, parent: A, positive_interlocks: [A]}\n",
            ["2: [1].parent: can never be satisfied: each waits for the next: A -> B -> A"],
        ),
        (
            NEEDING,
            ["1: [0].positive_interlock: can never be satisfied: B is an interlock of A too"],
        ),
        ("- {name: A, address: 1, interlok: [B]}\n", ["1: [0].interlok: unknown key, did you mean interlock?"]),
        (
            "- {name: 1A, address: 1}\n",
            ["1: [0].name: expected a name: a letter, then at most 31 letters, digits or `_`, got '1A'"],
        ),
        ("- {name: A, address: 1, settling_time: -1}\n", ["1: [0].settling_time: expected 0 to 600, got '-1'"]),
        (
            "- {name: A, address: 1}\n- {kind: pipette, name: P, inner: A, outer: Q}\n",
            ["2: [1].outer: unknown valve 'Q'"],
        ),
        (
            SHARED,
            ["5: [4].inner: valve A already belongs to pipette P"],
        ),
    ],
)
def test_what_is_wrong_with_the_table_is_found(valves: Valves, text: str, findings: list[str]):
    assert valves(text).findings() == [f"{FILE}:{finding}" for finding in findings]


def test_a_furnace_moves_no_valves(site: Written, valves: Valves):
    site.write("setupfiles/devices/f.yaml", "name: F\nklass: RemoteFurnaceManager\nhost: 10.0.0.2\n")
    found = valves("- {name: A, actuator: F}\n").findings()
    assert found == [f"{FILE}:1: [0].actuator: F is a RemoteFurnaceManager: it moves no valves"]


def test_a_wrong_device_file_is_not_blamed_on_its_valves(site: Written, valves: Valves):
    site.write("setupfiles/devices/switch_controller.yaml", "name: switch_controller\nklass: T4Actuator\n")
    found = valves("- {name: A, address: 1}\n").findings()
    assert found == ["setupfiles/devices/switch_controller.yaml:2: klass: T4Actuator is known, but not built yet"]


def test_all_that_is_wrong_with_a_table_comes_at_once(valves: Valves):
    text = "- {name: A, address: 1, interlock: Z}\n- {name: A, address: 2}\n- {name: 9}\n- {name: B, parent: C}\n"
    lines = [finding.split(": ")[1] for finding in valves(text).findings()]
    assert lines == ["[0].interlock", "[1].name", "[2].name", "[3].address", "[3].parent"]


def test_a_positive_interlock_on_a_valve_that_is_out_of_service_is_warned_about(valves: Valves):
    text = "- {name: A, address: 1, positive_interlock: B}\n- {name: B, address: 2, enabled: no, close_interlock: A}\n"
    assert valves(text).load().warnings == (f"{FILE}: A needs valves open that are out of service: B",)


def test_a_large_knot_of_positive_interlocks_is_checked_at_once(valves: Valves):
    names = [f"V{number}" for number in range(60)]
    rows = [
        f"- {{name: {name}, address: {name}, positive_interlock: [{', '.join(names[place + 1 :])}]}}"
        for place, name in enumerate(names)
    ]
    assert len(valves("\n".join(rows)).load().valves) == len(names)
