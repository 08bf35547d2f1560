"""How one record looks."""

import json

from roles.boot.log_lines import console_line, json_line
from roles.boot.record_logger import RecordLogger
from roles.boot.repeats import Repeats

RECORD = {
    "ts": 1700000000.25,
    "level": "info",
    "event": "command.done",
    "node": "acq",
    "actor": "valve.A",
    "trace": "t1",
    "took_ms": 3.1,
}


def test_json_has_its_keys_in_order_and_utc_with_ms():
    assert json_line(RECORD, "acq") == (
        '{"ts":"2023-11-14T22:13:20.250Z","level":"info","event":"command.done","node":"acq",'
        '"actor":"valve.A","trace":"t1","took_ms":3.1}'
    )


def test_a_line_of_nobody_names_the_node_all_the_same():
    record = {"ts": 1700000000.25, "level": "info", "event": "log.dropped", "count": 3}
    assert json_line(record, "acq") == (
        '{"ts":"2023-11-14T22:13:20.250Z","level":"info","event":"log.dropped","node":"acq","count":3}'
    )


def test_an_exception_that_is_none_leaves_no_key_behind():
    told = json.loads(json_line({**RECORD, "exc_info": None}, "acq"))
    assert told.keys() == RECORD.keys()


def test_every_record_begins_with_time_level_event_and_who():
    records: list[dict[str, object]] = []
    log = RecordLogger(records.append, [], {}).bind(node="acq", actor="valve.A")
    log.info("command.done", trace="t1", took_ms=3.1)
    log.error("command.unknown", trace="t1", level="odd")
    assert list(records[0]) == ["ts", "level", "event", "node", "actor", "trace", "took_ms"]
    assert list(records[1]) == ["ts", "level", "event", "node", "actor", "trace"]
    assert (records[0]["event"], records[1]["level"]) == ("command.done", "error")


def test_values_that_json_does_not_know_are_said():
    ring: list[object] = []
    ring.append(ring)
    assert json.loads(json_line({**RECORD, "x": {1}}, "acq"))["x"] == "{1}"
    assert json.loads(json_line({**RECORD, "x": ring}, "acq"))["x"] == "[[...]]"
    assert json.loads(json_line({**RECORD, "x": float("nan")}, "acq"))["x"] == "nan"
    assert json.loads(json_line({**RECORD, "x": [1.0, float("inf")]}, "acq"))["x"] == "[1.0, inf]"


def test_a_value_that_one_library_does_not_take_leaves_the_others_as_they_are():
    for odd in (2**70, "half a \ud83d", {1: "one"}):
        told = json.loads(json_line({**RECORD, "x": odd, "ok": True, "nothing": None}, "acq"))
        assert (told["took_ms"], told["ok"], told["nothing"]) == (3.1, True, None)
    assert json.loads(json_line({**RECORD, "x": {1: "one"}}, "acq"))["x"] == {"1": "one"}


def test_a_console_line_names_level_event_node_actor_and_keys():
    line = console_line(RECORD, colour=False)
    assert line.split()[1:] == ["info", "command.done", "acq/valve.A", "trace=t1", "took_ms=3.1"]


def test_what_a_peer_sent_cannot_reach_the_terminal_as_a_control_sequence():
    line = console_line({**RECORD, "data": "\x1b[2J", "more": "a\u202eb", "why": "two words"}, colour=False)
    assert "\x1b" not in line
    assert "\u202e" not in line
    assert "why='two words'" in line


def test_a_fault_is_said_then_counted_then_said_again():
    repeats = Repeats(again_s=60)
    fault = {"event": "listener.accept_failed", "actor": "node.X", "why": "silence", "level": "warning"}
    assert [repeats.admit(fault, now) for now in (0.0, 1.0, 2.0)] == [True, False, False]
    assert list(repeats.due(59.0)) == []
    assert repeats.next_due() == 60.0
    assert list(repeats.due(60.0)) == [{**fault, "times": 2}]
    assert list(repeats.due(120.0)) == []
    assert repeats.admit(fault, 121.0)


def test_other_faults_infos_and_commands_are_never_counted():
    repeats = Repeats()
    records = [
        {"event": "listener.accept_failed", "why": "silence", "level": "warning"},
        {"event": "listener.accept_failed", "why": "refused", "level": "warning"},
        {"event": "node.up", "level": "info"},
        {"event": "node.up", "level": "info"},
        *[{"event": "command.refused", "level": "warning"}] * 2,
        *[{"event": "safe_state.called", "level": "warning", "by": "jan@acq/1"}] * 2,
        *[{"event": "dead_man.silent", "level": "error"}] * 2,
    ]
    assert all(repeats.admit(record, 0.0) for record in records)


def test_what_is_still_counted_is_said_at_the_end():
    repeats = Repeats()
    fault = {"event": "listener.accept_failed", "level": "error"}
    repeats.admit(fault, 0.0)
    repeats.admit(fault, 1.0)
    assert list(repeats.due(2.0, ended=True)) == [{**fault, "times": 1}]


def test_every_turn_is_said_until_something_flaps():
    repeats = Repeats(again_s=60)
    lost = {"event": "node.lost", "actor": "node.X", "why": "hung up", "level": "error"}
    assert [repeats.admit(lost, now) for now in range(7)] == [True] * 5 + [False] * 2
    assert [told["times"] for told in repeats.due(60.0)] == [2]
