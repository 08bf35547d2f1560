"""The words beyond open and close, on a real line: claim, safe, why, assume, service; and scripts that claim."""

import json
import re

import pytest

from actors.errors import CommandError, Latched, NotConnected, OutOfService, Owned, Refused
from actors.messages import Kind, Outcome, Query, State
from actors.store import Store
from actors.table import PipetteSpec, SafeStep, ValveSpec
from roles.console.namespace import namespace
from roles.console.operator import Operator
from roles.scripting.outcome import JobState, ScriptFailed
from roles.scripting.runner import ScriptRunner
from tests.actors.house import until
from tests.actors.line_bench import CLOSED, four


@pytest.fixture
def line(line_of):
    return line_of(four(A={"interlocks": ("B",)}, B={"interlocks": ("A",)}), safe_state=(SafeStep("A", CLOSED),))


def hands_of(line, session="console-1"):
    return Operator(line.house.context, by=f"eva@bench/{session}", site_label="bench")


@pytest.fixture
def hands(line):
    return hands_of(line)


def test_a_claimed_valve_is_ones_own_until_it_is_released(line, hands):
    said = str(hands.claim("A", 30))
    text = "eva@bench/console-1, 30 s longer than its session"
    assert re.fullmatch(rf"A  claimed  \(done, \d+\.\d ms, {text}\)  bench", said)
    assert hands.open("A").outcome.ok
    with pytest.raises(Owned, match="A is owned by eva@bench/console-1; you are eva@bench/console-2"):
        hands_of(line, "console-2").close("A")
    assert "owned by eva@bench/console-1" in str(hands.state("A"))
    hands.release("A")
    assert hands_of(line, "console-2").close("A").outcome.ok


@pytest.mark.parametrize("seconds", ["60", 1.5, True, 0, 4000])
def test_a_claim_of_no_length_says_what_is_expected(hands, seconds):
    with pytest.raises(Refused, match=r"seconds are a whole number|a lease lives 1 to 3600 s"):
        hands.claim("A", seconds)


def test_safe_brings_the_line_there_and_clearing_it_lets_valves_open(hands):
    hands.open("A")
    assert re.match(r"safe state  1 valve confirmed, Opens are latched  \(done, ", str(hands.safe()))
    assert hands.state("A") == "closed"
    with pytest.raises(Latched, match=r"the safe state was called \(.*\); safe\(clear=True\) ends that"):
        hands.open("A")
    hands.safe(clear=True)
    assert hands.open("A").outcome.ok


def test_safe_takes_nothing_else(hands):
    with pytest.raises(Refused, match=re.escape("safe() calls it, safe(clear=True) clears it; not 'A'")):
        hands.safe("A")


def test_why_says_whether_it_would_and_why_not(hands):
    assert hands.why("A") == "A: yes: it would open"
    assert hands.why("A", "close") == "A: yes: it is closed already: nothing would move"
    hands.open("B")
    assert hands.why("A") == "A: no: interlock: A may not open while B is open"
    with pytest.raises(Refused, match="a valve opens or closes"):
        hands.why("A", "toggle")


def test_service_and_assumption(line, hands, box):
    hands.out_of_service("A", "it leaks")
    with pytest.raises(OutOfService, match="A is out of service: it leaks"):
        hands.open("A")
    hands.in_service("A")
    assert hands.open("A").outcome.ok
    box.silent.add("D")
    line.house.context.facts["table"]["D"].state = State.UNKNOWN
    assert str(hands.assume("D", "closed", "I looked")).startswith("D  closed by your word  (done, ")
    assert hands.state("D") == "closed"
    with pytest.raises(Refused, match="a valve is assumed to be 'open' or 'closed', not 'shut'"):
        hands.assume("D", "shut", "I looked")


def test_what_holds_for_all_valves_and_who_owns_one_is_shown_with_them(hands):
    hands.claim("A")
    hands.safe()
    words = namespace(hands, None, interactive=False)
    first, warning, headers, row_a, *_ = str(words["states"]()).splitlines()
    assert first == "4 valves  bench"
    assert re.fullmatch(
        r"WARNING: nothing opens: the safe state was called by eva@bench/console-1 at [-0-9: ]{19}; "
        r"safe\(clear=True\) clears it",
        warning,
    )
    assert headers.split() == ["name", "state", "learned", "lock", "owner", "description", "why"]
    assert "eva@bench/console-1" in row_a
    assert warning in repr(words["valves"])
    hands.safe(clear=True)
    assert "WARNING" not in str(words["states"]())


def test_by_whose_word_a_valve_stands_where_it_does_is_shown(hands):
    hands.assume("D", "closed", "I looked")
    row_d = str(namespace(hands, None, interactive=False)["states"]()).splitlines()[-1]
    assert re.search(r"\(assumed\) .* assumed by eva@bench/console-1 at .*: I looked", row_d)


def test_pipettes_are_shown_with_those_of_other_nodes(line_of, house):
    far_pipettes = [{"name": "Air", "counts": 7, "armed": True, "last_shot_time": "2026-11-01T09:31:07+00:00"}]

    def far(message):
        if isinstance(message, Query):
            text = json.dumps(far_pipettes)
            message.request.reply_to.answer(Outcome("query", message.what, Kind.DONE, text=text))

    house.recorder("node.Far", far)
    specs = (
        *four(A={"pipette": "Cocktail", "pipette_part": "inner"}),
        ValveSpec("Q", actuator="node.Far", remote=True),
        ValveSpec("R", actuator="node.Gone", remote=True),
    )
    hands = hands_of(line_of(specs, pipettes=(PipetteSpec("Cocktail", "A", "B"),)))
    hands.open("A")
    lines = str(namespace(hands, None, interactive=False)["pipettes"]()).splitlines()
    assert lines[0] == "2 pipettes  bench"
    assert lines[1].split() == ["pipette", "shots", "filled", "last", "shot", "node"]
    assert lines[2].split() == ["Cocktail", "0", "filled", "never", "bench"]
    assert re.fullmatch(r"Air +7 +filled +2026-1[01]-\d\d \d\d:\d\d:07\.000 +Far", lines[3])
    assert lines[4].startswith("those of Gone are not known now: node.Gone does not run now")


def test_why_knows_that_a_node_has_not_told_its_valves(line_of, house):
    house.recorder("node.Far")
    hands = hands_of(line_of(four(), nodes=("node.Far",)))
    with pytest.raises(NotConnected, match=r"Q is not known here, and node\.Far has not told its valves"):
        hands.why("Q")


# --- scripts ------------------------------------------------------------------------------------------------------


@pytest.fixture
def runner_of(hands, tmp_path):
    def make(text, **more):
        (tmp_path / "fill.py").write_text(text)
        return ScriptRunner(hands, folder=tmp_path, **{"say": lambda _text: None, **more})

    return make


def test_a_script_claims_the_valves_that_it_moves_and_releases_them_at_its_end(runner_of, hands):
    runner = runner_of("open('A')\nlock('C')\nunlock('C')\nsleep(60)\n", claim_valves=True)
    script = runner.start("fill")
    until(lambda: hands.state("A") == "open", "the script has opened A")
    assert re.fullmatch(r"eva@bench/script-\d+-fill", hands.state("A").view.owner)
    assert hands.state("C").view.owner == ""
    with pytest.raises(Owned):
        hands.close("A")
    script.cancel()
    assert hands.close("A").outcome.ok


def test_a_script_that_cannot_claim_does_not_begin(runner_of, line, hands):
    hands_of(line, "console-2").claim("A")
    with pytest.raises(ScriptFailed, match=r"A is owned by eva@bench/console-2"):
        runner_of("open('B')\nopen('A')\n", claim_valves=True).run("fill")
    assert hands.state("B") == "closed"
    assert hands.state("B").view.owner == ""


def test_a_valve_that_a_script_could_not_release_is_said_and_its_person_can(runner_of, line, hands):
    said = []
    runner = runner_of("claim('A')\nsleep(60)\n", say=said.append)
    script = runner.start("fill")
    until(lambda: hands.state("A").view.owner, "the script has claimed A")
    line.house.stop("store")
    script.cancel()
    why = "A is still claimed by eva@bench/script-"
    assert (why in said[-1], "the store is not running" in said[-1]) == (True, True)
    line.house.start(Store, "store", ":memory:")
    hands.release("A")
    assert hands.state("A").view.owner == ""


def test_a_script_claims_by_its_own_word(runner_of, hands):
    runner_of("claim('A')\nopen('A')\n").run("fill")
    assert hands.state("A").view.owner == ""


@pytest.mark.parametrize("text", ["open('A')\nsleep(60)\n", "open('A')\nwhile True: pass\n"])
def test_the_safe_state_ends_scripts(runner_of, hands, text):
    runner = runner_of(text)
    script = runner.start("fill")
    until(lambda: hands.state("A") == "open", "the script has opened A")
    hands.safe()
    assert script.wait(10.0)
    (job,) = runner.jobs()
    assert job.state is JobState.CANCELLED
    with pytest.raises(ScriptFailed, match="cancelled: the safe state was called by eva@bench/console-1 at"):
        script.result()


def test_whoever_asks_for_a_valve_that_is_not_there_is_told(hands):
    for ask in (hands.claim, hands.release, hands.in_service, hands.why):
        with pytest.raises(CommandError, match="Q is not a registered valve name"):
            ask("Q")
