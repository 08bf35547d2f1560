"""`history('A')`: what the journal of this node tells, and the warnings that a console begins with."""

import re
import time

import pytest

from actors.errors import Refused, UnknownValve
from actors.messages import Ping
from actors.placement import LoopActor
from actors.store import Store
from actors.store_health import SET_ASIDE, TROUBLE
from actors.store_journal import FlushJournal, Write
from roles.console.namespace import banner, namespace
from roles.scripting.runner import ScriptRunner

MORNING = time.mktime((2026, 11, 1, 9, 31, 7, 0, 0, -1))


def row(at, verb="open", valve="A", outcome="moved", text="", origin=""):
    return (at, "jan@lab/1", verb, valve, outcome, "", text, 2.54, "closed", "open", "t1", origin)


class Keeper(LoopActor):
    """A chronicle that has rows which it has not handed over yet."""

    rows = ()

    def handlers(self):
        return {FlushJournal: lambda _: self.tell_path("store", Write(self.rows))}


@pytest.fixture
def node(bench):
    """The bench with a real store, and the words of its console."""
    store = Store.start(bench.context, "store", ":memory:")
    store.ask(Ping(), timeout=5)
    bench.start("chronicle", Keeper)
    yield bench
    store.stop(timeout=5)


@pytest.fixture
def keeper(node):
    return node._actors["chronicle"]


@pytest.fixture
def words(node):
    return namespace(node.operator, ScriptRunner(node.operator), interactive=False)


def test_a_history_is_a_table_with_local_times_the_newest_last(words, keeper):
    keeper.rows = (
        row(MORNING, origin="10.0.0.1:5"),
        row(MORNING + 1.25, "close", outcome="refused", text="A is\nlocked"),
    )
    assert str(words["history"]("A")).splitlines() == [
        "2 commands  SIMULATED",
        "time                     verb   valve  outcome  was     is    took    who        from        why",
        "2026-11-01 09:31:07.000  open   A      moved    closed  open  2.5 ms  jan@lab/1  10.0.0.1:5",
        "2026-11-01 09:31:08.250  close  A      refused  closed  open  2.5 ms  jan@lab/1              A is locked",
    ]


def test_what_the_chronicle_has_not_handed_over_yet_is_in_it(node, keeper):
    keeper.rows = (row(MORNING),)
    assert [told.verb for told in node.operator.history("A")] == ["open"]


def test_a_valve_goes_by_its_description_and_its_rows_are_the_last(node, keeper):
    keeper.rows = tuple(row(MORNING + second) for second in range(30))
    assert [told.at - MORNING for told in node.operator.history("bone to minibone", 2)] == [28.0, 29.0]
    assert len(node.operator.history("A")) == 20


def test_without_a_name_it_is_of_all(node, keeper):
    keeper.rows = (row(1.0), row(2.0, valve="B"), row(3.0, "SetSetpoint", "Furnace", "done"))
    assert [told.valve for told in node.operator.history()] == ["A", "B", "Furnace"]


def test_a_valve_that_is_no_longer_there_has_its_history(node, keeper):
    keeper.rows = (row(1.0, valve="Z"),)
    assert [told.valve for told in node.operator.history("Z")] == ["Z"]


def test_a_name_that_was_only_ever_refused_is_unknown(node, keeper):
    keeper.rows = (row(1.0, valve="Q", outcome="refused"),)
    with pytest.raises(UnknownValve, match="Q is not a registered valve name"):
        node.operator.history("Q")


def test_a_valve_without_any_command_says_so(words):
    assert str(words["history"]("A")) == "no command in the journal yet  SIMULATED"


@pytest.mark.parametrize("count", [0, -1, 1001, "all", True, 2.5])
def test_a_wrong_number_is_refused_with_what_was_expected(node, count):
    with pytest.raises(Refused, match="from 1 to 1000"):
        node.operator.history("A", count)


def test_a_script_reads_the_history_too(node, keeper, tmp_path):
    keeper.rows = (row(1.0),)
    said = []
    (tmp_path / "look.py").write_text("info(len(history('A')))\ninfo(history('A')[0].verb)\n")
    ScriptRunner(node.operator, folder=tmp_path, say=said.append).run("look")
    assert [re.sub(r"^\S+ ", "", text) for text in said] == ["1", "open"]


def test_a_console_begins_with_what_a_person_should_know_first(bench):
    assert "WARNING" not in banner(bench.operator)
    bench.context.facts[SET_ASIDE] = "the store could not be read"
    bench.context.facts[TROUBLE] = ""
    assert "WARNING: the store could not be read\n" in banner(bench.operator)
