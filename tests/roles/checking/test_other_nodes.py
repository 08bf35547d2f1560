"""`--check`: what other nodes say, and what does not fit."""

import itertools
import json
import threading
import time

import pytest

from actors.messages import Ping
from actors.store import NodeSeen, Store
from roles import data_reduction
from roles.checking.report import Report
from tests.actors.house import House
from tests.roles.checking.checked import FURNACE, LIMIT_S, LINE, A, B, Checked, controller
from tests.roles.checking.fake_controller import FakeController, described, welcome


def test_a_node_in_order_is_shown_with_what_it_says_of_itself(lab):
    with controller({}) as node:
        lab.node("ExtractionLine", node.port)
        assert lab.run() == 0
    assert lab.says("address", f"127.0.0.1:{node.port}", "setupfiles/devices/ExtractionLine.yaml:4")
    assert lab.says("node", "valve-pi-1", "boot b00t", "protocol version 1")
    assert lab.says("fingerprint f1nger")
    assert lab.says("valves       2: A B")
    assert lab.says("round trip", "ms")


def test_nothing_that_moves_is_ever_asked_of_a_node(lab):
    with controller({"GetTemperature": "20.0"}) as node:
        lab.node("ExtractionLine", node.port)
        lab.node("Furnace", node.port, FURNACE)
        lab.run()
    assert {text.split(" ")[0] for text in node.asked} == {"Hello", "Health", "Describe", "GetTemperature", "Goodbye"}


def test_a_check_says_goodbye_so_that_its_end_alarms_no_dead_man(lab):
    with controller({"Goodbye": "OK"}) as node:
        lab.node("ExtractionLine", node.port)
        assert lab.run() == 0
    assert node.asked.count("Goodbye") == 1
    assert node.asked[-1] == "Goodbye"


def test_a_closed_port_is_said_as_refused(lab, silent_port):
    lab.node("ExtractionLine", silent_port)
    assert lab.run() == 1
    assert lab.findings == [f"node ExtractionLine: 127.0.0.1:{silent_port} refused: connection refused"]


def test_a_node_that_has_gone_is_said_with_where_it_answered_last(lab, silent_port):
    lab.node("ExtractionLine", silent_port)
    house = House()
    try:
        house.start(Store, "store", lab.root / "state" / "store.sqlite")
        at = time.mktime((2026, 11, 1, 12, 31, 7, 0, 0, -1))
        house.tell("store", NodeSeen("node.ExtractionLine", "192.168.1.50:1061", at))
        house.ask("store", Ping())
    finally:
        house.close()
    assert lab.run() == 1
    (finding,) = lab.findings
    assert finding.endswith("refused: connection refused; it answered at 192.168.1.50:1061 until 2026-11-01 12:31:07")


@pytest.mark.parametrize(("ahead_s", "warnings"), [(0.0, 0), (90.0, 1)])
def test_how_far_a_nodes_clock_is_off_is_said(lab, ahead_s, warnings):
    with controller({"Health": lambda: json.dumps({"time": time.time() + ahead_s})}) as node:
        lab.node("ExtractionLine", node.port)
        assert lab.run() == 0
    assert lab.says("clock", " s")
    assert len([text for text in lab.warnings if "its clock is +90.0 s off" in text]) == warnings


def test_a_node_that_stays_silent_is_given_up_after_its_timeout(lab, taken_port):
    lab.node("ExtractionLine", taken_port, timeout=0.05)
    assert lab.run() == 1
    assert len(lab.findings) == 1
    assert lab.findings[0].endswith("in 0.05 s")


def test_nodes_are_asked_at_the_same_time(lab):
    all_asked = threading.Barrier(3)
    questions = itertools.count()
    met: list[int] = []

    def hello() -> str:
        if next(questions) < 3:  # nobody asks twice before all have asked once
            met.append(all_asked.wait(LIMIT_S))
        return welcome()

    with FakeController({"Hello": hello, "Describe": described()}) as node:
        for name in ("One", "Two", "Three"):
            lab.node(name, node.port, timeout=LIMIT_S)
        assert lab.run() == 0
    assert sorted(met) == [0, 1, 2]


def test_each_difference_between_the_two_tables_is_a_finding(lab):
    lab.valves(
        "- {name: A, actuator: ExtractionLine, address: '111', interlock: [B]}\n"
        "- {name: B, actuator: ExtractionLine, interlock: [A]}\n"
        "- {name: C, actuator: ExtractionLine}\n"
    )
    with controller({"Describe": described(A, B, {"name": "D"})}) as node:
        lab.node("ExtractionLine", node.port)
        assert lab.run() == 1
    assert lab.findings == [
        "node ExtractionLine: valve A: address '111' here, '101' there",
        "node ExtractionLine: valve C: it does not have it",
    ]
    assert lab.warnings == ["node ExtractionLine: valves that this site does not list: D"]


def test_valves_are_asked_for_page_by_page(lab):
    pages = {"Describe valves,0": described(A, total=2), "Describe valves,1": described(B, total=2)}
    with controller(pages) as node:
        lab.node("ExtractionLine", node.port)
        assert lab.run() == 0
    assert lab.says("valves       2: A B")


def test_interlocks_between_two_controllers_are_named_as_this_nodes_own(lab):
    lab.valves(
        "- {name: A, actuator: One, interlock: [X]}\n- {name: X, actuator: Two, interlock: [A]}\n",
    )
    with (
        controller({"Describe": described({"name": "A"})}) as one,
        controller({"Describe": described({"name": "X"})}) as two,
    ):
        lab.node("One", one.port)
        lab.node("Two", two.port)
        assert lab.run() == 0
    assert lab.warnings == ["enforced by the acquisition node only, this one: interlock of A (One) and X (Two)"]


def test_a_valve_that_two_controllers_have_is_a_finding(lab):
    with controller({}) as one, controller({"Describe": described(B)}) as two:
        lab.node("One", one.port)
        lab.node("Two", two.port)
        assert lab.run() == 1
    assert lab.findings == ["valve B: Two has it, and One has one of that name"]


@pytest.mark.parametrize(("took_ms", "warnings"), [(5.0, 0), (5.1, 1)])
def test_a_round_trip_over_5_ms_is_worth_a_warning(took_ms, warnings):
    report = Report()
    report.round_trip("node Line", took_ms)
    assert (len(report.warnings), report.findings) == (warnings, [])


@pytest.mark.parametrize(
    ("answers", "klass", "finding"),
    [
        (
            {"Hello": "None"},
            LINE,
            "it does not speak HELLO, and answers 'ERROR 003 : invalid command' to GetValveStates",
        ),
        ({"Hello": "ERROR 013 : Not an approved ip address"}, LINE, "it turned us away: ERROR 013 : "),
        ({"Hello": "HELLO 1 Far"}, LINE, "its HELLO is malformed: "),
        ({"Hello": welcome(version=3)}, LINE, "valve-pi-1 speaks protocol version 3, this node 1"),
        ({"Describe": "ERROR 003 : invalid command"}, LINE, "it does not tell its valves: ERROR 003"),
        ({"Describe": "[]"}, LINE, "node.Node described its valves as '[]'"),
        ({}, FURNACE, "it does not tell its temperature: ERROR 003"),
    ],
)
def test_a_node_that_is_not_what_the_site_says_is_a_finding(lab, answers, klass, finding):
    with controller(answers) as node:
        lab.node("Node", node.port, klass)
        assert lab.run() == 1
    assert len(lab.findings) == 1
    assert lab.findings[0].startswith(f"node Node: {finding}")


def test_the_next_protocol_version_is_only_a_warning(lab):
    with controller({"Hello": welcome(version=2)}) as node:
        lab.node("ExtractionLine", node.port)
        assert lab.run() == 0
    assert lab.warnings == ["node ExtractionLine: it speaks protocol version 2, this node 1"]


def test_news_that_cannot_be_had_are_a_finding(lab, silent_port):
    with controller({}) as news, controller({"Hello": welcome(notify=str(news.port), reply=str(silent_port))}) as node:
        lab.node("ExtractionLine", node.port)
        assert lab.run() == 1
    assert lab.findings == [f"node ExtractionLine: its news: 127.0.0.1:{silent_port} refused: connection refused"]


def test_data_reduction_says_whether_the_news_can_be_had(tmp_path, show, taken_port, silent_port):
    mirror = Checked(data_reduction.ROLE, tmp_path / "site", show)
    mirror.settings = {"acquisition.port": str(taken_port), "acquisition.reply_port": str(silent_port)}
    assert mirror.run() == 1
    assert mirror.findings == [f"acquisition: its news: 127.0.0.1:{silent_port} refused: connection refused"]
