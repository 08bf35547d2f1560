"""The console's words: one table makes the namespace, the help, and what a node leaves out."""

import pytest

from actors.errors import Refused
from actors.gauges import GAUGES
from actors.messages import Kind, Outcome, Ping, Query
from actors.placement import LoopActor
from actors.statistics import Counts, Health, TimesView
from roles.console.namespace import WORDS, banner, namespace
from roles.console.results import Misused
from roles.console.statements import run_text
from roles.scripting.runner import ScriptRunner
from tests.roles.console.fake_node import FakeNotifier


class FakeStatistics(LoopActor):
    counts = ()

    def handlers(self):
        return {Query: self.query}

    def query(self, message):
        message.request.reply_to.answer(Outcome("query", message.what, Kind.DONE, value=self.counts))


@pytest.fixture
def words(bench):
    return namespace(bench.operator, ScriptRunner(bench.operator), interactive=False)


def test_help_lists_exactly_the_namespace(words):
    listed = [line.split("  ")[0].split("(")[0] for line in str(words["help"]()).splitlines()]
    assert listed == list(words)


def test_every_word_says_what_it_does_in_one_line(words):
    for word in WORDS:
        assert word.name in words
        assert word.says
        assert "\n" not in word.says
        assert word.usage.startswith(word.name)


def test_a_node_without_scripts_valves_and_furnace_offers_none(bench):
    hands = bench.hands(line_path=None, furnace_path=None, loader_path=None)
    offered = namespace(hands, None, interactive=True)
    assert set(offered) == {"open", "read", "nodes", "tree", "events", "restart", "help"}
    assert "open" not in str(offered["help"]())
    with pytest.raises(Refused, match="moves no valve: it has no valves"):
        offered["open"]("/etc/hostname")  # Python's own would open a file


def test_a_node_that_only_looks_moves_nothing(bench):
    offered = set(namespace(bench.hands(watch_only=True), ScriptRunner(bench.operator), interactive=True))
    assert {"state", "states", "valves"} <= offered
    assert offered.isdisjoint({"close", "lock", "unlock", "cycle", "sample", "run", "check", "jobs"})
    assert "statistics" in offered


def test_a_node_that_only_looks_is_asked_for_no_move(bench):
    offered = namespace(bench.hands(watch_only=True), None, interactive=True)
    for move in (offered["open"], offered["valves"].A.close):
        with pytest.raises(Refused, match="moves no valve: it only watches"):
            move(*(("A",) if move is offered["open"] else ()))
    assert bench.line.asked == []
    assert "valves.A.state()" in str(offered["help"]())


def test_states_is_a_table_with_age_source_lock_and_reason(words):
    assert str(words["states"]()).splitlines() == [
        "3 valves  SIMULATED",
        "name  state    learned               lock                 description       why",
        "A     closed   0.4 s ago (readback)                       Bone to Minibone",
        "B     closed   1.2 s ago (poll)      jan@lab since 12:31  Bone to Turbo",
        "C     unknown  never                                      Bone to Getter    not read yet",
    ]


def test_statistics_is_a_table_of_both_ways(words, bench):
    bench.start("chronicle", FakeStatistics)
    bench.actor("chronicle").counts = (
        Counts("A", 12, 1, 0, TimesView(3.14, 3.0, 9.0), TimesView(2.0, 2.5, 4.0), (Health.STUCK, Health.SLOW)),
        Counts("B", 0, 0, 1, TimesView(), TimesView(), ()),
    )
    assert str(words["statistics"]()).splitlines() == [
        "opening / closing  SIMULATED",
        "name  moves  failed  unknown  last ms    median ms  longest ms  health",
        "A     12     1       0        3.1 / 2.0  3.0 / 2.5  9.0 / 4.0   stuck, slow",
        "B     0      0       1        - / -      - / -      - / -       good",
    ]


def test_statistics_of_a_line_where_nothing_has_moved_says_so(words, bench):
    bench.start("chronicle", FakeStatistics)
    assert str(words["statistics"]()) == "no valve has moved since the start  SIMULATED"


def test_valves_shows_the_table_and_acts_by_name_and_description(words):
    assert repr(words["valves"]) == str(words["states"]())
    assert words["valves"].A.open().outcome.subject == "A"
    assert words["valves"]["bone to turbo"].close().outcome.subject == "B"
    assert repr(words["valves"].A).startswith("A  open  (")
    assert [valve.name for valve in words["valves"]] == dir(words["valves"]) == ["A", "B", "C"]


def test_a_valve_that_is_not_there_is_no_attribute_and_a_refusal(words):
    assert not hasattr(words["valves"], "Q")
    with pytest.raises(Refused, match="Q is not a registered valve name"):
        _ = words["valves"].Q


def test_what_is_shown_while_the_line_restarts_is_the_reason(words, bench):
    bench.stop("extraction_line")
    assert (
        repr(words["valves"])
        == "refused: extraction_line does not run now: it is restarting, or was given up (see tree())"
    )
    assert dir(words["valves"]) == []


def test_nodes_is_a_table_called_or_not(words):
    assert repr(words["nodes"]) == str(words["nodes"]())
    assert "Furnace  up      12.0 s  0.8 ms      tcp://127.0.0.1:1061" in repr(words["nodes"])


def test_tree_is_the_supervisors(words):
    assert "extraction_line" in repr(words["tree"]())


def test_the_furnace_is_told_in_words_of_its_own(words):
    furnace = words["furnace"]
    assert furnace.ramp(1200, 20).outcome.text == "StartRamp 1200 20"
    assert furnace.ramp(1200, 20.5, soak_s=600).outcome.text == "StartRamp 1200 20.5 600 0"
    assert str(furnace.ramp(900, 5)).startswith("Furnace  ramp to 900 °C, 5 °C a minute  (done, ")
    assert furnace.stop_ramp().outcome.text == "StopRamp"
    assert (str(furnace.pid()), furnace.pid(8, 120, 20).outcome.text) == ("5,360,60", "SetPID 8 120 20")
    assert (furnace.off().outcome.text, furnace.reset().outcome.text) == ("HeaterOff", "ResetTrip")
    assert str(furnace.tripped()) == "none"


@pytest.mark.parametrize("wrong", [("hot", 20), (1200, None), (1200, 20, "long"), (float("nan"), 20)])
def test_a_ramp_that_is_no_numbers_is_refused_here(words, wrong):
    with pytest.raises(Refused, match="a ramp is given in numbers"):
        words["furnace"].ramp(*wrong)


@pytest.mark.parametrize("wrong", [(1,), (1, 2), (1, 2, "3"), (1, 2, 3, 4)])
def test_a_pid_has_three_numbers(words, wrong):
    with pytest.raises(Refused, match="three numbers are expected"):
        words["furnace"].pid(*wrong)


def test_the_furnace_takes_a_setpoint_and_gives_numbers(words):
    furnace = words["furnace"]
    assert str(furnace.setpoint(800)).startswith("Furnace  setpoint 800 °C  (done, ")
    assert furnace.setpoint() == 800.0
    assert furnace.temperature() == 23.46
    assert str(furnace.temperature()) == "23.5 °C  SIMULATED"
    assert repr(furnace) == "Furnace  23.5 °C  (setpoint 800.0 °C, output 12 %)  SIMULATED"


def test_the_furnace_shows_that_it_has_tripped_and_how_far_a_ramp_is(words, bench):
    node, shown = bench.actor("node.Furnace"), "Furnace  23.5 °C  (setpoint 20.0 °C, output 12 %)  SIMULATED"
    node.told = {"GetRamp": "ramp to 900 C, 12 s left"}
    assert repr(words["furnace"]) == f"{shown}  ramp to 900 C, 12 s left"
    node.told = {"GetTrip": "1460 C is over 1450 C"}
    assert repr(words["furnace"]) == f"{shown}  TRIPPED: 1460 C is over 1450 C; furnace.reset()"
    node.unknown = {"GetTrip", "GetRamp"}
    assert repr(words["furnace"]) == shown


def test_a_furnace_node_of_pychron_is_asked_nothing_that_it_hangs_up_on(words, bench):
    node = bench.actor("node.Furnace")
    node.detail, node.told = "plain, a connection per command", {"GetTrip": "no such word"}
    assert repr(words["furnace"]) == "Furnace  23.5 °C  (setpoint 20.0 °C, output 12 %)  SIMULATED"
    assert set(node.asked) == {"GetTemperature", "GetSetpoint", "GetPercentOutput"}


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("furnace.ramp(1200)", "furnace.ramp(celsius, per_minute, soak_s=None, then=0.0)"),
        ("furnace.off(1)", "furnace.off: too many positional arguments; it is used like this: furnace.off()"),
        ("furnace.trip()", "furnace has no trip (did you mean tripped?); it has setpoint, ramp, "),
        ("loader.dumps()", "loader has no dumps (did you mean dump?)"),
    ],
)
def test_what_cannot_be_called_so_is_said_in_a_sentence(words, code, says):
    with pytest.raises(Misused) as caught:
        eval(code, dict(words))  # noqa: S307 - as it is typed
    assert says in str(caught.value)
    assert not hasattr(words["furnace"], "trip")


def test_help_shows_how_a_ramp_and_the_terms_are_given(words):
    assert ".ramp(1200, 20, soak_s=600, then=0)" in str(words["help"]())
    assert ".pid(8, 120, 20)" in str(words["help"]())


def test_a_name_that_nobody_can_read_is_told_with_those_that_can_be(bench):
    bench.context.facts[GAUGES] = {"IG": "gauges.ion", "CG1": "gauges.ion"}
    bench.start("device.chiller", FakeStatistics)
    hands = namespace(bench.hands(), None, interactive=False)
    bench.actor("node.Furnace").unknown = {"Read"}
    with pytest.raises(Refused, match="invalid command: Read; this node has CG1, IG, chiller"):
        hands["read"]("Z")
    bench.stop("node.Furnace")
    alone = namespace(bench.hands(furnace_path=None, loader_path=None), None, interactive=False)
    with pytest.raises(
        Refused, match=r"no gauge or device IH on this node \(did you mean IG\?\); this node has CG1, IG"
    ):
        alone["read"]("IH")


@pytest.mark.parametrize("wrong", ["800", float("nan"), True])
def test_a_setpoint_that_is_no_number_is_not_sent(words, wrong):
    with pytest.raises(Refused, match="a setpoint is a number of degrees Celsius"):
        words["furnace"].setpoint(wrong)
    assert words["furnace"].setpoint() == 20.0


def test_events_ends_after_n_and_passes_over_heartbeats(words, bench, capsys):
    bench.notifier.told = [
        ("pychron.valve.A", {"value": "open", "source": "readback", "node": "bench", "ts": 0.25}),
        ("pychron.heartbeat.bench", {"value": 1}),
        ("pychron.furnace.Furnace", {"value": 23.4, "units": "degC", "quality": "stale"}),
        ("pychron.valve.B", {"value": "closed"}),
    ]
    words["events"](2)
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith(":00.250  valve.A  open  (readback, bench)")
    assert second.endswith("furnace.Furnace  23.4 degC  (stale)")


def test_an_event_says_what_and_where_it_happened(words, bench, capsys):
    tripped = {"text": "Furnace: 1460 C is over 1450 C", "origin": "furpi"}
    bench.notifier.told = [
        ("pychron.alarm.furnace", {"value": "tripped", "node": "bench", **tripped}),
        ("pychron.valve.A", {"value": "unknown", "node": "bench", "why": "its node\nis down"}),
    ]
    words["events"](2)
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("alarm.furnace  tripped  (furpi)  Furnace: 1460 C is over 1450 C")
    assert second.endswith("valve.A  unknown  (bench)  its node is down")


def test_events_ends_after_its_time_and_stops_following(words, bench):
    words["events"](within_s=0.01)
    bench.notifier.actor_ref.ask(Ping(), timeout=5)
    assert bench.notifier.sinks == []


def test_a_feed_finds_the_notifier_again_after_its_restart(bench):
    with bench.operator.feed() as feed:
        bench.stop("notifier")
        bench.start("notifier", FakeNotifier)
        bench.notifier.told = [("pychron.valve.A", {"value": "open"})]
        assert next(feed.events(5.0)) == ("pychron.valve.A", {"value": "open"})


def test_run_says_how_it_ended_and_jobs_lists_it(bench, tmp_path):
    (tmp_path / "fill.py").write_text("open('A')\nabort('no gas')\n")
    words = namespace(bench.operator, ScriptRunner(bench.operator, folder=tmp_path), interactive=False)
    assert repr(words["jobs"]()) == "no script has run yet"
    assert run_text("run('fill')", words) == 1
    header, row = str(words["jobs"]()).splitlines()
    assert header.split() == ["script", "state", "line", "time"]
    assert row.split()[:3] == ["fill.py", "failed", "fill.py:2"]


def test_the_banner_says_what_this_is_in_at_most_six_lines(bench):
    lines = banner(bench.operator).splitlines()
    assert lines[0] == "valvetree  bench  SIMULATED"
    bench.context.facts["simulated_devices"] = {"relays": True}
    assert banner(bench.hands(site_label="bench")).startswith("valvetree  bench  with SIMULATED relays\n")
    assert 4 <= len(lines) <= 6
    assert "help()" in "".join(lines)


def test_nodes_that_nobody_can_tell_of_show_the_reason(bench):
    words = namespace(bench.hands(nodes_path="mirror"), None, interactive=True)
    assert repr(words["nodes"]) == "refused: mirror does not run now: it is restarting, or was given up (see tree())"


@pytest.mark.parametrize("code", ["open()", "open('A', 'B')", "state(name='A')", "restart()"])
def test_a_word_that_is_misused_says_how_it_is_used(words, capsys, code):
    assert run_text(code, words) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"{code.partition('(')[0]}: ")
    assert "it is used like this: " in err
    assert "Operator" not in err


@pytest.mark.parametrize("code", ["valves.A = 1", "valves.A.open = True", "furnace.setpoint = 700"])
def test_what_is_assigned_to_moves_nothing_and_says_how_it_is_done(words, capsys, code):
    before = str(words["states"]())
    assert run_text(code, words) == 1
    assert capsys.readouterr().err
    assert str(words["states"]()) == before


@pytest.mark.parametrize("word", ["exit", "quit"])
def test_statements_end_with_0_at_a_bare_exit(words, capsys, word):
    assert run_text(f"1 + 1\n{word}\n1 + 2", words) == 0
    assert capsys.readouterr().out == "2\n"


def test_a_path_is_found_by_its_end_and_the_supervisor_is_not_restarted(words, capsys):
    assert run_text("restart('supervisor')", words) == 1
    assert "only with its process" in capsys.readouterr().err
